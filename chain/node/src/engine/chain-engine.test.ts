// CHAIN-2, CHAIN-9: the import pipeline accepts exactly valid blocks, follows the longest chain, and survives a crash at
// every single write.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { headerHash, sealHeader, slotAt, splitSeal } from '@cess/consensus';
import { createSr25519Signer } from '@cess/crypto';
import { CESS, type ErrorCode, isCessError, toHex } from '@cess/primitives';
import { query } from '@cess/runtime';
import { StateReader } from '@cess/state';
import { createMemoryKv, prefixed } from '@cess/store';
import { createFaultyKv, type FaultyKv, isInjectedFault } from '@cess/store/testing';
import {
  buildBlock,
  extend,
  finalizeBest,
  finalizeBlock,
  ManualClock,
  openEngine,
  receiver,
  rich,
  signedTransfer,
  signer,
  spec,
} from '../test-support/engine-chain.js';
import { BlockStore } from './block-store.js';
import { keptStates } from './canonical-chain.js';
import type { ChainEngine } from './chain-engine.js';
import { blockPrefix, statePrefix } from './database.js';

const poor = createSr25519Signer(new Uint8Array(32).fill(6));

const slotOf = (clock: ManualClock) => slotAt(clock.nowMs(), spec.slotDurationMs);

const code = (name: ErrorCode) => (thrown: unknown) => isCessError(thrown, name);

async function newChain() {
  const kv = createMemoryKv();
  const clock = new ManualClock();
  return { kv, clock, engine: await openEngine(kv, clock) };
}

describe('import pipeline', () => {
  it('a block of another node is executed anew and gives the same state', async () => {
    const one = await newChain();
    const two = await newChain();
    for (let i = 0; i < 3; i++) {
      const { header, extrinsics } = await extend(one.engine, one.clock);
      two.clock.nextSlot();
      await two.engine.importBlock(header, extrinsics);
    }
    assert.deepEqual(two.engine.heads().best, one.engine.heads().best);
  });

  it('every forgery is refused with its own code and leaves no trace', async () => {
    const { engine, clock, kv } = await newChain();
    await extend(engine, clock);
    clock.nextSlot();
    const { header, extrinsics } = buildBlock(engine, clock);
    const { unsealed } = splitSeal(header)!;
    const rows = () => [...kv.entries()].length;
    const before = rows();
    const refused = async (changed: object, name: ErrorCode, body: readonly Uint8Array[] = extrinsics) => {
      const forged = sealHeader({ ...unsealed, ...changed }, signer);
      await assert.rejects(engine.importBlock(forged, body), code(name));
    };
    await refused({ state_root: new Uint8Array(32) }, 'BLOCK_STATE_MISMATCH');
    await refused({ extrinsics_root: new Uint8Array(32) }, 'BLOCK_STATE_MISMATCH');
    await refused({ parent_hash: new Uint8Array(32) }, 'BLOCK_PARENT_UNKNOWN');
    await refused({ number: 7 }, 'HEADER_NUMBER');
    await refused({}, 'BLOCK_INVALID', []);
    await refused({}, 'BLOCK_INVALID', [...extrinsics, new Uint8Array([4, 1])]);
    await refused({}, 'BLOCK_INVALID', [...extrinsics, ...extrinsics]);
    await assert.rejects(engine.importBlock(unsealed, extrinsics), code('HEADER_SEAL'));
    assert.equal(rows(), before);
    await engine.importBlock(header, extrinsics);
    await assert.rejects(engine.importBlock(header, extrinsics), code('BLOCK_KNOWN'));
  });

  it('a block from the future waits for its slot', async () => {
    const { engine, clock } = await newChain();
    const author = await newChain();
    author.clock.nextSlot(10);
    const { header, extrinsics } = await extend(author.engine, author.clock);
    await assert.rejects(engine.importBlock(header, extrinsics), code('HEADER_SLOT_FUTURE'));
    clock.nextSlot(11);
    await engine.importBlock(header, extrinsics);
  });

  it('the longer fork becomes the best chain, and finality drops the other with its states', async () => {
    const one = await newChain();
    const two = await newChain();
    const common = await extend(one.engine, one.clock);
    two.clock.nextSlot();
    await two.engine.importBlock(common.header, common.extrinsics);
    const short = await extend(one.engine, one.clock);
    two.clock.nextSlot(2);
    const long = [await extend(two.engine, two.clock), await extend(two.engine, two.clock)];
    one.clock.nextSlot(6);
    const first = await one.engine.importBlock(long[0]!.header, long[0]!.extrinsics);
    assert.equal(first.isBest, false, 'its first block is of a later slot');
    const second = await one.engine.importBlock(long[1]!.header, long[1]!.extrinsics);
    assert.deepEqual(second.retracted, [short.imported.pointer]);
    assert.deepEqual(
      second.enacted.map(({ number }) => number),
      [2, 3],
    );
    const finalized = await finalizeBest(one.engine);
    assert.deepEqual(
      finalized.newlyFinal.map(({ hash }) => toHex(hash)),
      [common, ...long].map(({ header }) => toHex(headerHash(header))),
    );
    const blocks = new BlockStore(prefixed(one.kv, blockPrefix));
    const states = new StateReader(prefixed(one.kv, statePrefix));
    assert.equal(blocks.block(short.imported.pointer.hash), undefined);
    assert.equal(states.rootOf(short.imported.pointer.hash), undefined);
    assert.ok(states.rootOf(second.pointer.hash));
    await assert.rejects(one.engine.importBlock(short.header, short.extrinsics), code('BLOCK_BELOW_FINALIZED'));
  });

  it('RS-6.3: of two chains of one length, nodes follow the one that differs with the earlier slot', async () => {
    const one = await newChain();
    const two = await newChain();
    two.clock.nextSlot();
    const late = await extend(two.engine, two.clock);
    const early = await extend(one.engine, one.clock);
    two.clock.nextSlot();
    one.clock.nextSlot(2);
    const { isBest, retracted, enacted } = await two.engine.importBlock(early.header, early.extrinsics);
    assert.deepEqual([isBest, retracted, enacted], [true, [late.imported.pointer], [early.imported.pointer]]);
    const other = await one.engine.importBlock(late.header, late.extrinsics);
    assert.deepEqual([other.isBest, other.retracted, other.enacted], [false, [], []]);
    assert.deepEqual(two.engine.heads().best, one.engine.heads().best);
  });

  it('RS-8.1: an own slot is not authored again, also where the best chain left its block and the node was killed', async () => {
    const one = await newChain();
    const two = await newChain();
    const early = await extend(one.engine, one.clock);
    two.clock.nextSlot();
    await extend(two.engine, two.clock);
    await two.engine.importBlock(early.header, early.extrinsics);
    assert.deepEqual(two.engine.heads().best, early.imported.pointer);
    const again = await openEngine(two.kv, two.clock);
    for (const engine of [two.engine, again]) assert.throws(() => buildBlock(engine, two.clock), code('SLOT_TAKEN'));
    await extend(again, two.clock);
  });

  it('a block off the best chain becomes final: the best chain is the best one over it', async () => {
    const one = await newChain();
    const two = await newChain();
    const short = [await extend(one.engine, one.clock), await extend(one.engine, one.clock)];
    two.clock.nextSlot(4);
    for (let i = 0; i < 3; i++) {
      const { header, extrinsics } = await extend(two.engine, two.clock);
      one.clock.nextSlot(4);
      await one.engine.importBlock(header, extrinsics);
    }
    const long = two.engine.heads().best;
    assert.deepEqual(one.engine.heads().best, long);
    const [target, tip] = short.map(({ imported }) => imported.pointer);
    assert.ok(target && tip);
    const finalized = await finalizeBlock(one.engine, target);
    assert.deepEqual(finalized.newlyFinal, [target]);
    assert.deepEqual(finalized.best, tip);
    assert.deepEqual(
      finalized.retracted.map(({ number }) => number),
      [3, 2, 1],
    );
    assert.deepEqual(finalized.enacted, [target, tip]);
    assert.deepEqual([one.engine.heads().best, one.engine.heads().finalized], [tip, target]);
    const blocks = new BlockStore(prefixed(one.kv, blockPrefix));
    assert.deepEqual(blocks.canonicalHash(2), tip.hash);
    assert.equal(blocks.canonicalHash(3), undefined);
    assert.equal(blocks.block(long.hash), undefined, 'the other chain is dropped');
    await extend(one.engine, one.clock);
  });

  it('a finality proof for an unknown block is refused, and so is one that conflicts with a final block', async () => {
    const { engine, clock } = await newChain();
    const { imported } = await extend(engine, clock);
    const unknown = { number: 1, hash: new Uint8Array(32).fill(1) };
    await assert.rejects(finalizeBlock(engine, unknown), code('FINALITY_BLOCK_UNKNOWN'));
    await finalizeBlock(engine, imported.pointer);
    await assert.rejects(finalizeBlock(engine, unknown), code('FINALITY_CONFLICT'));
    assert.deepEqual((await finalizeBlock(engine, imported.pointer)).newlyFinal, []);
  });

  it('states older than the kept number are dropped, later ones stay readable', async () => {
    const { engine, clock, kv } = await newChain();
    const total = keptStates + 12;
    for (let i = 0; i < total; i++) {
      await extend(engine, clock);
      await finalizeBest(engine);
    }
    const blocks = new BlockStore(prefixed(kv, blockPrefix));
    const states = new StateReader(prefixed(kv, statePrefix));
    for (let number = 0; number <= total; number++) {
      const hash = blocks.canonicalHash(number)!;
      const root = states.rootOf(hash);
      assert.equal(root !== undefined, number >= total - keptStates, `block ${number}`);
      if (!root) continue;
      assert.equal(query.System.Number.decodeValue(states.get(root, query.System.Number.key())), number);
    }
  });

  it('a transaction is validated, included once, and stale afterwards', async () => {
    const { engine, clock, kv } = await newChain();
    const transfer = signedTransfer(engine.genesisHash, rich, 0);
    const [verdict] = engine.validate('External', [transfer]);
    assert.ok(verdict?.ok);
    assert.equal(verdict.value.requires.length, 0);
    const unpaid = engine.validate('External', [signedTransfer(engine.genesisHash, poor, 0)])[0];
    assert.ok(unpaid && !unpaid.ok && unpaid.error.value.type === 'Payment');

    clock.nextSlot();
    const proposal = buildBlock(engine, clock, [transfer, transfer, signedTransfer(engine.genesisHash, poor, 0)]);
    assert.equal(proposal.extrinsics.length, 2, 'the inherent and one transfer');
    await engine.importBlock(proposal.header, proposal.extrinsics);
    const again = engine.validate('External', [transfer])[0];
    assert.ok(again && !again.ok && again.error.value.type === 'Stale');

    const states = new StateReader(prefixed(kv, statePrefix));
    const root = states.requireRoot(engine.heads().best.hash);
    const received = query.System.Account.decodeValue(states.get(root, query.System.Account.key(receiver)));
    assert.equal(received.data.free, CESS);
  });

  it('an authored slot is not authored again', async () => {
    const { engine, clock } = await newChain();
    await extend(engine, clock);
    assert.throws(() => buildBlock(engine, clock), code('SLOT_TAKEN'));
  });
});

describe('a chain that is ahead of the clock', () => {
  /** A chain whose clock was an hour ahead for one block, and is right again. */
  async function aheadChain(isFinal = true) {
    const chain = await newChain();
    await extend(chain.engine, chain.clock);
    chain.clock.nextSlot(3600);
    const { header, extrinsics } = await extend(chain.engine, chain.clock);
    if (isFinal) await finalizeBest(chain.engine);
    chain.clock.nextSlot(-3600);
    return { ...chain, ahead: { header, extrinsics } };
  }

  it('goes on after its final block, and the clock catches up by one slot in eight', async () => {
    const { engine, clock } = await aheadChain();
    const before = engine.heads().best.number;
    let skipped = 0;
    for (let slot = 0; slot < 80; slot++) {
      clock.nextSlot();
      try {
        const { header, extrinsics } = buildBlock(engine, clock);
        await engine.importBlock(header, extrinsics);
        await finalizeBest(engine);
      } catch (error) {
        assert.ok(isCessError(error, 'SLOT_TAKEN'));
        assert.ok((error.data.leadSeconds * 1000) / spec.slotDurationMs > 3500);
        skipped++;
      }
    }
    assert.deepEqual([skipped, engine.heads().best.number - before], [10, 70]);
  });

  it('waits for the finality of a block that is ahead', async () => {
    const { engine, clock } = await aheadChain(false);
    clock.nextSlot();
    assert.throws(() => buildBlock(engine, clock), code('SLOT_TAKEN'));
  });

  it('is followed by a node whose clock was always right, as far as it is final', async () => {
    const { engine, clock, ahead } = await aheadChain();
    clock.nextSlot();
    while (slotOf(clock) % 8n === 0n) clock.nextSlot();
    const next = buildBlock(engine, clock);
    const other = await newChain();
    await extend(other.engine, other.clock);
    await assert.rejects(other.engine.importBlock(ahead.header, ahead.extrinsics), code('HEADER_SLOT_FUTURE'));
    // It took the block while its clock was wrong as well, and knows that it is final.
    other.clock.nextSlot(3600);
    await other.engine.importBlock(ahead.header, ahead.extrinsics);
    other.clock.nextSlot(-3600);
    await assert.rejects(other.engine.importBlock(next.header, next.extrinsics), code('HEADER_SLOT_FUTURE'));
    await finalizeBest(other.engine);
    await other.engine.importBlock(next.header, next.extrinsics);
    assert.deepEqual(other.engine.heads().best.number, 3);
  });

  it('never skips a slot after the final block', async () => {
    const { engine, clock } = await aheadChain();
    clock.nextSlot();
    while (slotOf(clock) % 8n === 0n) clock.nextSlot();
    const { header, extrinsics } = buildBlock(engine, clock);
    await engine.importBlock(header, extrinsics);
    // Not final: the next block would be a second one beyond the clock.
    clock.nextSlot();
    while (slotOf(clock) % 8n === 0n) clock.nextSlot();
    assert.throws(() => buildBlock(engine, clock), code('SLOT_TAKEN'));
  });
});

describe('crashes', () => {
  it('a crash at any write of a chain under way leaves a chain that continues with complete blocks and correct states', async () => {
    const blocksPerRun = 4;
    const undisturbed = createFaultyKv({ seed: 0 });
    await runChain(undisturbed, blocksPerRun);
    const writes = undisturbed.writeCount();
    assert.ok(writes >= 2 * blocksPerRun);
    for (let crashAtWrite = 1; crashAtWrite <= writes; crashAtWrite++) {
      for (const seed of [1, 2, 3]) {
        const kv = createFaultyKv({ seed, crashAtWrite });
        const clock = new ManualClock();
        const announced = await runChain(kv, blocksPerRun, clock);
        const after = kv.reopen();
        const engine = await openEngine(after, clock);
        const { best } = engine.heads();
        const blocks = new BlockStore(prefixed(after, blockPrefix));
        for (const [number, hash] of announced) {
          assert.equal(toHex(blocks.canonicalHash(number)!), hash, `crash ${crashAtWrite}: block ${number} is kept`);
        }
        await verifyByReplay(blocks, best.number, clock);
        if (best.number > 0) await finalizeBest(engine);
        const { imported } = await extend(engine, clock);
        assert.equal(imported.pointer.number, best.number + 1);
        assert.equal((await finalizeBest(engine)).finalized.number, best.number + 1);
      }
    }
  });

  it('a failing write is reported and changes nothing', async () => {
    const kv = createFaultyKv({ seed: 1, failWrites: [4] });
    const clock = new ManualClock();
    const engine = await openEngine(kv, clock);
    await extend(engine, clock);
    const before = engine.heads();
    await assert.rejects(extend(engine, clock), code('KV_IO'));
    assert.deepEqual(engine.heads(), before);
    await extend(engine, clock);
  });
});

/** Authors and finalizes blocks until the store crashes; gives the hashes of the blocks that were announced. */
async function runChain(kv: FaultyKv, blocks: number, clock = new ManualClock()): Promise<Map<number, string>> {
  const announced = new Map<number, string>();
  try {
    const engine: ChainEngine = await openEngine(kv, clock);
    for (let i = 0; i < blocks; i++) {
      const { imported } = await extend(engine, clock);
      announced.set(imported.pointer.number, toHex(imported.pointer.hash));
      await finalizeBest(engine);
    }
  } catch (thrown) {
    if (!isInjectedFault(thrown)) throw thrown;
  }
  return announced;
}

/** Imports the stored chain into a fresh engine: every block is whole and gives its state root. */
async function verifyByReplay(blocks: BlockStore, bestNumber: number, clock: ManualClock): Promise<void> {
  const engine = await openEngine(createMemoryKv(), clock);
  for (let number = 1; number <= bestNumber; number++) {
    const hash = blocks.canonicalHash(number)!;
    await engine.importBlock(blocks.requireBlock(hash).header, blocks.body(hash)!);
  }
  assert.equal(engine.heads().best.number, bestNumber);
}
