// The proof thread over real messages.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { ErasureCoder } from '@cess/erasure';
import { isCessError, silentLogger } from '@cess/primitives';
import { blockOf, expandChallenge, fragmentTagId, podr2BlockCount, tagSizeBytes } from '@cess/proofs';
import { fragmentRootOf } from '@cess/sealing';
import { turn } from '../test-support/auto-timers.js';
import { shallowBytes, testBytes } from '../test-support/provider-fixture.js';
import { TestTee, workerA } from '../test-support/test-tee.js';
import type { BlockBatch, TagKeyWithSrs } from './proof-tasks.js';
import { ProofWorker, type ProofWorkerInit } from './proof-worker.js';

const genesis = new Uint8Array(32).fill(0xee);
const [orderId, fileId] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
const tee = new TestTee(genesis, 5, () => orderId);
const key: TagKeyWithSrs = { ...workerA.key, srs: workerA.srs };
const malformed = { ...key, srsHash: new Uint8Array(32) };
const identityOf = (root: Uint8Array) => {
  const where = { genesis, orderId, fileId, segment: 0, fragment: 1, replica: 0 };
  return { ...where, root, provider: 5, keyId: key.keyId };
};

/** Shared by all tests that leave it as it is: a thread takes a while to start and to check an SRS. */
const sharedWorker = new ProofWorker({ logger: silentLogger, maxQueued: 2 });
after(() => sharedWorker.stop());

function workerTest(name: string, body: (worker: ProofWorker) => Promise<void>, init?: Partial<ProofWorkerInit>) {
  test(name, async () => {
    if (init === undefined) return body(sharedWorker);
    const worker = new ProofWorker({ logger: silentLogger, ...init });
    try {
      await body(worker);
    } finally {
      await worker.stop();
    }
  });
}

async function tagged(bytes: Uint8Array) {
  const { length } = bytes;
  const root = fragmentRootOf(bytes);
  const place = { fileId, segment: 0, fragment: 1 };
  const tagSet = await tee.requestTags(workerA.record, place, { root, keyId: key.keyId }, [bytes]);
  const id = { bytes, root, identity: identityOf(root) };
  const seed = new Uint8Array(64).fill(3);
  const context = { genesis, seed, provider: 5, keyId: key.keyId };
  return { ...id, ...tagSet, challengeOf: (tagId: Uint8Array) => expandChallenge(context, [{ id: tagId, length }]) };
}

const checkOf = ({ bytes, identity, tags, signature }: Awaited<ReturnType<typeof tagged>>) => ({
  key,
  signerKey: workerA.signer.publicKey,
  identity,
  fragment: [bytes.slice(0, 10_000), bytes.slice(10_000)],
  tags,
  signature,
});

workerTest('PODR2-1: an SRS and tags are checked, and what is wrong with them is told', async (worker) => {
  assert.equal(worker.isAwake, false);
  assert.equal(await worker.checkSrs(key, key.srs), 'ok');
  assert.equal(worker.isAwake, true);
  const swapped = key.srs.slice();
  swapped.set(key.srs.subarray(48, 96), 96);
  assert.equal(await worker.checkSrs(key, swapped), 'SRS_WRONG');
  assert.equal(await worker.checkSrs(malformed, key.srs), 'KEY_MALFORMED');
  const one = await tagged(shallowBytes(100_000));
  assert.equal(await worker.checkTags(checkOf(one)), 'ok');
  const bent = one.tags.slice();
  bent.set(one.tags.subarray(0, tagSizeBytes), tagSizeBytes);
  assert.equal(await worker.checkTags({ ...checkOf(one), tags: bent }), 'SIGNATURE');
  const other = { ...checkOf(one), fragment: [testBytes(100_000, 9)] };
  assert.equal(await worker.checkTags(other), 'ROOT_MISMATCH');
});

workerTest(
  'PODR2-3: a proof is built from streamed blocks and verifies; of other blocks it does not',
  async (worker) => {
    const one = await tagged(testBytes(200_000));
    const challenge = one.challengeOf(fragmentTagId(one.identity));
    async function* blocks(bytes: Uint8Array): AsyncGenerator<BlockBatch> {
      const { indices } = challenge.fragments[0]!;
      assert.equal(indices.length, podr2BlockCount(bytes.length));
      for (const [from, index] of indices.entries()) {
        const tags = [one.tags.slice(index * tagSizeBytes, (index + 1) * tagSizeBytes)];
        yield { fragment: 0, from, blocks: [blockOf(bytes, index).slice()], tags };
      }
    }
    const proof = await worker.prove(key, challenge, blocks(one.bytes));
    assert.equal(await worker.verify(key, challenge, proof), true);
    const damaged = one.bytes.slice();
    damaged[100_000]! ^= 1;
    const wrong = await worker.prove(key, challenge, blocks(damaged));
    assert.equal(await worker.verify(key, challenge, wrong), false);
    const badSrs = { ...key, keyId: key.keyId.slice().fill(7), srs: key.srs.slice(48) };
    await assert.rejects(worker.prove(badSrs, challenge, blocks(one.bytes)), (error) =>
      isCessError(error, 'PROOF_MATERIAL_DAMAGED'),
    );
  },
);

workerTest('STORE-4: a shard is made of k others', async (worker) => {
  const coder = new ErasureCoder({ k: 2, n: 4 });
  const data = [testBytes(5_000, 1), testBytes(5_000, 2)];
  const parity = coder.encode(data);
  const shards = [
    { index: 1, bytes: data[1]!.slice() },
    { index: 3, bytes: parity[1]!.slice() },
  ];
  assert.deepEqual(await worker.reconstruct({ k: 2, n: 4, wanted: 0, shards }), data[0]);
});

workerTest('the thread lowers its own priority and nobody else’s', async (worker) => {
  if (process.platform !== 'linux') return;
  await worker.checkSrs(key, key.srs);
  const niceOf = (path: string) => {
    const text = readFileSync(path, 'latin1');
    // Fields after the name in parentheses; nice is number 19 of all.
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[16]);
  };
  const tasks = readdirSync('/proc/self/task');
  const lowered = tasks.filter((task) => niceOf(`/proc/self/task/${task}/stat`) === 10);
  assert.equal(lowered.length, 1);
  assert.notEqual(niceOf(`/proc/self/task/${process.pid}/stat`), 10);
});

const isSettledIn = (ms: number, work: Promise<unknown>) =>
  Promise.race([work.then(() => true), new Promise((resolve) => setTimeout(resolve, ms, false))]);

workerTest('a held check of tags stands still until it is let go, or something else waits', async (worker) => {
  const one = await tagged(shallowBytes(100_000));
  const check = (mayBeHeld: boolean) => worker.checkTags(checkOf(one), undefined, mayBeHeld);
  assert.equal(await check(true), 'ok');
  worker.hold(true);
  const held = check(true);
  assert.equal(await isSettledIn(1_000, held), false);
  worker.hold(false);
  assert.equal(await held, 'ok');
  worker.hold(true);
  assert.equal(await check(false), 'ok');
  const again = check(true);
  assert.equal(await worker.checkSrs(key, key.srs), 'ok');
  assert.equal(await again, 'ok');
});

workerTest(
  'PODR2-2: checks that wait are made together, each with its own verdict',
  async (worker) => {
    const sizes = [1_000, 40_000, 70_000, 100_000, 130_000];
    const checks = await Promise.all(sizes.map(async (size) => checkOf(await tagged(shallowBytes(size)))));
    const running = worker.checkSrs(key, key.srs);
    const bent = { ...checks[1]!, signature: checks[2]!.signature };
    const controller = new AbortController();
    const given = worker.checkTags(checks[4]!, controller.signal);
    controller.abort();
    await assert.rejects(given, (error) => isCessError(error, 'ABORTED'));
    let settled = 0;
    const verdicts = [checks[0]!, bent, checks[2]!, checks[3]!].map(async (check) => {
      const verdict = await worker.checkTags(check);
      settled++;
      return verdict;
    });
    assert.equal(await running, 'ok');
    const first = await Promise.race(verdicts);
    await Promise.resolve();
    assert.deepEqual([first, settled], ['ok', 4], 'one answer settles all');
    assert.deepEqual(await Promise.all(verdicts), ['ok', 'SIGNATURE', 'ok', 'ok']);
  },
  {},
);

workerTest('what waits is bounded, and an aborted call does not wait any longer', async (worker) => {
  const running = worker.checkSrs(key, key.srs);
  const controller = new AbortController();
  const queued = worker.checkSrs(key, key.srs, controller.signal);
  const more = worker.checkSrs(key, key.srs);
  await assert.rejects(worker.checkSrs(key, key.srs), (error) => isCessError(error, 'PROOF_WORKER_BUSY'));
  controller.abort();
  await assert.rejects(queued, (error) => isCessError(error, 'ABORTED'));
  assert.deepEqual(await Promise.all([running, more]), ['ok', 'ok']);
  await assert.rejects(worker.checkSrs(key, key.srs, AbortSignal.abort()), (error) => isCessError(error, 'ABORTED'));
});

workerTest(
  'a thread that dies takes only its task with it; the next one takes over',
  async (worker) => {
    const dying = worker.checkTags(checkOf(await tagged(shallowBytes(40_000))));
    const waiting = worker.checkSrs(key, key.srs);
    await assert.rejects(dying, (error) => isCessError(error, 'PROOF_WORKER_CRASHED'));
    assert.equal(await waiting, 'ok');
  },
  { thread: new URL('../test-support/dying-thread.js', import.meta.url) },
);

test('a thread that cannot be loaded is started again with back-off, not at once', async () => {
  const slept: number[] = [];
  const timers = { nowMs: () => 0, sleep: async (ms: number) => void slept.push(ms) };
  const thread = new URL('./not-there.js', import.meta.url);
  const worker = new ProofWorker({ logger: silentLogger, thread, timers });
  for (let i = 0; i < 4; i++) {
    await assert.rejects(worker.checkSrs(key, key.srs), (error) => isCessError(error, 'PROOF_WORKER_CRASHED'));
  }
  assert.deepEqual(slept, [250, 500, 1_000]);
  await worker.stop();
});

workerTest(
  'an idle worker ends its thread and makes a new one when it is needed',
  async (worker) => {
    const isAnswering = async () => (await worker.checkSrs(malformed, key.srs)) === 'KEY_MALFORMED';
    assert.ok(await isAnswering());
    while (worker.isAwake) await turn();
    assert.ok(await isAnswering());
  },
  { idleMs: 1 },
);

test('a stopped worker refuses what waits and what comes', async () => {
  const worker = new ProofWorker({ logger: silentLogger });
  const running = worker.checkSrs(key, key.srs);
  const refused = assert.rejects(running, (error) => isCessError(error, 'PROOF_WORKER_STOPPED'));
  await turn();
  await worker.stop();
  await refused;
  await assert.rejects(worker.checkSrs(key, key.srs), (error) => isCessError(error, 'PROOF_WORKER_STOPPED'));
});
