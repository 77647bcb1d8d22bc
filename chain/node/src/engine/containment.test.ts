// What strangers send cannot end block production: a bug of the runtime that one of their transactions meets costs this
// transaction its place, or the block its transactions, never the chain.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CessError, equalBytes, isCessError, utf8 } from '@cess/primitives';
import type { Externalities, Runtime } from '@cess/runtime';
import { createMemoryKv } from '@cess/store';
import {
  buildBlock,
  extend,
  ManualClock,
  openEngine,
  propose,
  proposeBlock,
  rich,
  runtime,
  signedTransfer,
} from '../test-support/engine-chain.js';

const strayKey = utf8('written by an abandoned call');

async function chainOver(faulty: Runtime, clock = new ManualClock()) {
  const engine = await openEngine(createMemoryKv(), clock, { eras: [{ fromBlock: 0, runtime: faulty }] });
  const transfers = [0, 1].map((nonce) => signedTransfer(engine.genesisHash, rich, nonce)) as [Uint8Array, Uint8Array];
  return { clock, engine, transfers };
}

/** A chain on which the second transfer writes, and then reads the state so many times, a millisecond each. */
async function slowChain(reads: number) {
  const clock = new ManualClock();
  const slow: Uint8Array[] = [];
  let done = 0;
  const read = (ext: Externalities) => {
    ext.put(strayKey, utf8('stray'));
    for (let i = 0; i < reads; i++, done++) {
      ext.get(utf8(String(i)));
      clock.advance(1);
    }
  };
  const applyExtrinsic: Runtime['applyExtrinsic'] = (ext, encoded) => {
    if (!slow.some((each) => equalBytes(each, encoded))) return runtime.applyExtrinsic(ext, encoded);
    ext.beginTransaction();
    try {
      read(ext);
    } finally {
      ext.rollbackTransaction();
    }
    return runtime.applyExtrinsic(ext, encoded);
  };
  const chain = await chainOver({ ...runtime, applyExtrinsic }, clock);
  slow.push(chain.transfers[1]);
  clock.nextSlot();
  return { ...chain, slow, reads: () => done };
}

/** A runtime that throws when it meets a transaction. */
const throwsAt = (isMet: (transaction: Uint8Array) => boolean, error: Error): Runtime => ({
  ...runtime,
  applyExtrinsic: (ext, encoded) => {
    if (isMet(encoded)) throw error;
    return runtime.applyExtrinsic(ext, encoded);
  },
});

describe('building a block', () => {
  it('leaves out a transaction whose execution throws, and reports it as failed', async () => {
    const met: Uint8Array[] = [];
    const faulty = throwsAt((bytes) => met.some((each) => equalBytes(each, bytes)), new RangeError('injected'));
    const { clock, engine, transfers } = await chainOver(faulty);
    met.push(transfers[1]);
    clock.nextSlot();
    const proposal = proposeBlock(engine, clock, transfers);
    assert.equal(proposal.extrinsics.length, 2, 'the inherent and the other transfer');
    assert.deepEqual(proposal.refused, [{ index: 1, reason: 'failed', failure: 'injected' }]);
  });

  it('falls back to the inherents alone when the block cannot be closed with its transactions', async () => {
    let applied = 0;
    const { clock, engine, transfers } = await chainOver({
      ...runtime,
      initializeBlock: (...args) => {
        applied = 0;
        runtime.initializeBlock(...args);
      },
      applyExtrinsic: (...args) => {
        applied++;
        return runtime.applyExtrinsic(...args);
      },
      finalizeBlock: (...args) => {
        if (applied > 1) throw new RangeError('injected');
        return runtime.finalizeBlock(...args);
      },
    });
    clock.nextSlot();
    const proposal = proposeBlock(engine, clock, transfers);
    assert.equal(proposal.extrinsics.length, 1);
    assert.equal(proposal.degraded, 'injected');
    const { imported } = await extend(engine, clock, transfers);
    assert.equal(imported.pointer.number, 1);
  });

  it('keeps the transactions that follow one which does not fit: they may fit into a later block', async () => {
    let isFull = true;
    const { clock, engine, transfers } = await chainOver({
      ...runtime,
      applyExtrinsic: (ext, encoded) =>
        isFull && equalBytes(encoded, first())
          ? { type: 'Err', value: { type: 'Invalid', value: { type: 'ExhaustsResources' } } }
          : runtime.applyExtrinsic(ext, encoded),
    });
    const first = () => transfers[0];
    clock.nextSlot();
    const { refused } = proposeBlock(engine, clock, transfers);
    assert.deepEqual(refused, [
      { index: 0, reason: 'full' },
      { index: 1, reason: 'full' },
    ]);
    isFull = false;
    assert.equal(proposeBlock(engine, clock, transfers).extrinsics.length, 3);
  });

  it('includes a duty behind any number of normal transactions that no longer fit', async () => {
    const full = Array.from({ length: 40 }, (_, i) => Uint8Array.of(4, i));
    const { clock, engine, transfers } = await chainOver({
      ...runtime,
      applyExtrinsic: (ext, encoded) =>
        full.some((each) => equalBytes(each, encoded))
          ? { type: 'Err', value: { type: 'Invalid', value: { type: 'ExhaustsResources' } } }
          : runtime.applyExtrinsic(ext, encoded),
    });
    clock.nextSlot();
    const { extrinsics } = propose(engine, clock, [
      ...full.map((bytes) => ({ bytes, isDuty: false })),
      { bytes: transfers[0], isDuty: true },
    ]);
    assert.equal(extrinsics.length, 2, 'the inherent and the duty');
  });

  it('abandons a call that exceeds its time, and closes the block with the others', async () => {
    const { clock, engine, transfers, reads } = await slowChain(100_000);
    const { refused, extrinsics } = proposeBlock(engine, clock, [transfers[1], transfers[0]]);
    assert.deepEqual(refused, [{ index: 0, reason: 'abandoned' }]);
    assert.equal(extrinsics.length, 2, 'the inherent and the other transfer');
    assert.ok(reads() < 1000, 'it ends soon after its budget');
  });

  it('keeps a duty that exceeds its time: a busy machine slows down every call', async () => {
    const { clock, engine, transfers } = await slowChain(100_000);
    const limits = { budgetMs: 400, endMs: clock.nowMs() + 10_000 };
    const { refused } = propose(engine, clock, [{ bytes: transfers[1], isDuty: true }], limits);
    assert.deepEqual(refused, [{ index: 0, reason: 'full' }]);
  });

  it('keeps a call that only met the end of the block', async () => {
    const { clock, engine, transfers } = await slowChain(300);
    const transactions = [{ bytes: transfers[1], isDuty: false }];
    const { refused } = propose(engine, clock, transactions, { budgetMs: 400, endMs: clock.nowMs() + 100 });
    assert.deepEqual(refused, [{ index: 0, reason: 'full' }]);
  });

  it('never abandons a call of a block that it imports', async () => {
    const author = await slowChain(0);
    author.clock.nextSlot();
    const block = buildBlock(author.engine, author.clock, author.transfers);
    const follower = await slowChain(10_000);
    follower.slow.push(author.transfers[1]);
    follower.clock.nextSlot();
    await follower.engine.importBlock(block.header, block.extrinsics);
    assert.equal(follower.reads(), 10_000);
  });

  it('ends with the error when the state cannot be read', async () => {
    const error = new CessError('KV_IO', 'injected', {});
    const met: Uint8Array[] = [];
    const { clock, engine, transfers } = await chainOver(throwsAt((bytes) => met.includes(bytes), error));
    met.push(transfers[0]);
    clock.nextSlot();
    assert.throws(
      () => buildBlock(engine, clock, transfers),
      (thrown) => isCessError(thrown, 'KV_IO'),
    );
  });
});
