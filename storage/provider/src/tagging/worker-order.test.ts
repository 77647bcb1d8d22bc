// R2S-2: workers of candidates without a seat tag more, and no worker more than one and a half times its share.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256 } from '@cess/crypto';
import { type Rng, utf8 } from '@cess/primitives';
import type { TeeWorkerRecord } from '../chain/duty-chain.js';
import { orderOfWorkers } from './worker-order.js';

const draws = 20_000;

function seededRng(): Rng {
  let count = 0;
  return { bytes: (length) => sha256(utf8(`order ${count++}`)).slice(0, length) };
}

const workersOf = (count: number, auxiliary: number): TeeWorkerRecord[] =>
  Array.from({ length: count }, (_, index) => ({
    endpoint: `http://${index}`,
    signerKey: new Uint8Array(32),
    keyId: new Uint8Array(32).fill(index),
    isAuxiliary: index < auxiliary,
  }));

/** Part of the draws in which one of the first workers is asked first. */
function shareOf(count: number, auxiliary: number): number {
  const rng = seededRng();
  const workers = workersOf(count, auxiliary);
  let first = 0;
  for (let i = 0; i < draws; i++) {
    const order = orderOfWorkers(workers, rng);
    assert.equal(new Set(order).size, count);
    if (order[0]?.isAuxiliary === true) first++;
  }
  return first / draws;
}

test('R2S-2: a worker that works for a candidate without a seat is asked first up to one and a half times as often', () => {
  for (const [count, auxiliary] of [
    [20, 1],
    [20, 9],
    [20, 19],
  ] as const) {
    const fair = auxiliary / count;
    // Of two different workers, one is auxiliary and comes second.
    const expected = fair + ((1 - fair) * (auxiliary / (count - 1))) / 2;
    const share = shareOf(count, auxiliary);
    assert.ok(Math.abs(share - expected) < 0.012, `${share}, not ${expected}`);
    assert.ok(share > fair && share <= 1.55 * fair, `${share}`);
  }
  assert.equal(shareOf(20, 20), 1);
  assert.equal(shareOf(20, 0), 0);
  assert.deepEqual(orderOfWorkers([], seededRng()), []);
});
