// The queue of restoral orders under junk: whatever an owner puts into it, the segments of others are served.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256 } from '@cess/crypto';
import { toHex, utf8 } from '@cess/primitives';
import type { DutyChain, QueuedSegment, QueuePoint } from '../chain/duty-chain.js';
import { seededRng } from '../test-support/test-tee.js';
import { segmentsInTurn } from './fair-queue.js';

const keyOf = ({ margin, owner, fileId }: QueuePoint) =>
  `${String(margin).padStart(3, '0')}/${toHex(owner)}/${toHex(fileId)}`;
const hash = (text: string) => sha256(utf8(text));

/** Queued segments in order, found by bisection as a chain node does. */
class Queue implements Pick<DutyChain, 'queuedSegments'> {
  calls = 0;
  readonly #sorted: readonly (readonly [string, QueuedSegment])[];

  constructor(segments: readonly QueuedSegment[]) {
    const entries = segments.map((segment) => [keyOf(segment), segment] as const);
    this.#sorted = entries.sort(([a], [b]) => (a < b ? -1 : 1));
  }

  async queuedSegments(_: string, after: QueuePoint, limit: number): Promise<readonly QueuedSegment[]> {
    this.calls++;
    const key = keyOf(after);
    let [low, high] = [0, this.#sorted.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#sorted[middle]![0] <= key) low = middle + 1;
      else high = middle;
    }
    return this.#sorted.slice(low, low + limit).map(([, segment]) => segment);
  }
}

const segmentsOf = (owner: Uint8Array, count: number, margin: (i: number) => number, name: string): QueuedSegment[] =>
  Array.from({ length: count }, (_, i) => ({ margin: margin(i), owner, fileId: hash(`${name}/${i}`), segment: 0 }));

test('STORE-4: among 100,000 segments, 99 % of them of one owner and more urgent, every other owner is served', async () => {
  const junk = hash('junk').subarray(0, 8);
  const honest = Array.from({ length: 10 }, (_, i) => hash(`owner ${i}`).subarray(0, 8));
  const queue = new Queue([
    ...segmentsOf(junk, 99_000, () => 0, 'junk'),
    ...honest.flatMap((owner, i) => segmentsOf(owner, 100, (n) => 1 + (n % 4), `honest ${i}`)),
  ]);
  const rng = seededRng('fair');
  const served = new Set<string>();
  for (let round = 0; round < 50; round++) {
    queue.calls = 0;
    const turn = await segmentsInTurn({ chain: queue, rng }, 'losses');
    assert.ok(queue.calls < 300, `a round read the queue ${queue.calls} times`);
    const first = turn.slice(0, 8);
    assert.ok(first.filter(({ owner }) => toHex(owner) === toHex(junk)).length <= 1);
    served.add(toHex(turn[0]!.owner));
    for (const { owner } of first) served.add(toHex(owner));
  }
  for (const owner of honest) assert.ok(served.has(toHex(owner)));
});

test('an owner whose hash lies right behind those of others is served as often as they are', async () => {
  const owners = [1, 2, 3, 4].map((last) => Uint8Array.from([9, 0, 0, 0, 0, 0, 0, last]));
  const queue = new Queue(owners.flatMap((owner, i) => segmentsOf(owner, 50, () => 2, `owner ${i}`)));
  const rng = seededRng('neighbours');
  const firsts = new Map<string, number>();
  for (let round = 0; round < 200; round++) {
    const [first] = await segmentsInTurn({ chain: queue, rng }, 'holes');
    firsts.set(toHex(first!.owner), (firsts.get(toHex(first!.owner)) ?? 0) + 1);
  }
  assert.deepEqual(
    [...firsts.values()].map((count) => count > 25),
    [true, true, true, true],
  );
});

test('segments that nobody can rebuild do not keep a less urgent one from being served first', async () => {
  const [junk, honest] = [hash('a').subarray(0, 8), hash('b').subarray(0, 8)];
  const queue = new Queue([...segmentsOf(junk, 1000, () => 0, 'junk'), ...segmentsOf(honest, 1, () => 7, 'honest')]);
  const rng = seededRng('progress');
  const firsts = [];
  for (let round = 0; round < 40; round++) firsts.push((await segmentsInTurn({ chain: queue, rng }, 'losses'))[0]!);
  assert.ok(firsts.some(({ margin }) => margin === 7));
  assert.ok(firsts.filter(({ margin }) => margin === 0).length > 20, 'the more urgent one is served first more often');
});

test('segments that leave the queue while it is read are skipped', async () => {
  const owners = Array.from({ length: 6 }, (_, i) => hash(`owner ${i}`).subarray(0, 8));
  const segments = owners.flatMap((owner, i) => segmentsOf(owner, 3, (n) => n, `owner ${i}`));
  const rng = seededRng('leaving');
  for (let until = 1; until < 60; until++) {
    let queue = new Queue(segments);
    const chain: Pick<DutyChain, 'queuedSegments'> = {
      queuedSegments: (...args) => {
        if (queue.calls === until) queue = new Queue(segments.filter(({ owner }) => owner === owners[5]));
        return queue.queuedSegments(...args);
      },
    };
    const turn = await segmentsInTurn({ chain, rng }, 'losses');
    assert.ok(turn.length >= 1 && turn.length <= segments.length);
  }
});

test('an owner and a file at the end of the range are found, and an empty queue gives nothing', async () => {
  const last = new Uint8Array(8).fill(0xff);
  const queue = new Queue(segmentsOf(last, 40, () => 255, 'last'));
  const turn = await segmentsInTurn({ chain: queue, rng: seededRng('end') }, 'losses');
  assert.equal(new Set(turn.map(({ fileId }) => toHex(fileId))).size, 32);
  assert.deepEqual(await segmentsInTurn({ chain: new Queue([]), rng: seededRng('none') }, 'losses'), []);
});
