// R2S-5, R2S-9: of two branches one becomes the chain, and its authors reference the late block of the other one, also when finality has
// decided before it came. Other nodes accept exactly what is valid (docs/protocol/r2s.md §7).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeBareExtrinsic, type Header } from '@cess/chain-primitives';
import { sealHeader, splitSeal } from '@cess/consensus';
import { isCessError, present } from '@cess/primitives';
import { query, tx } from '@cess/runtime';
import { StateReader } from '@cess/state';
import { createMemoryKv, prefixed } from '@cess/store';
import {
  type BuiltBlock,
  buildBlock,
  extend,
  finalizeBest,
  ManualClock,
  openEngine,
  signer,
} from '../test-support/engine-chain.js';
import { statePrefix } from './database.js';
import { LateBlocks } from './late-blocks.js';

async function newChain() {
  const kv = createMemoryKv();
  const clock = new ManualClock();
  return { kv, clock, engine: await openEngine(kv, clock) };
}

type Chain = Awaited<ReturnType<typeof newChain>>;

async function give(to: Chain, { header, extrinsics }: BuiltBlock): Promise<void> {
  await to.engine.importBlock(header, extrinsics);
}

/** Two nodes of one chain of two blocks. One makes block 3 in time, and the other one, which does not see it, in the next slot. */
async function forked() {
  const [one, two] = [await newChain(), await newChain()];
  for (let i = 0; i < 2; i++) {
    const block = await extend(one.engine, one.clock);
    two.clock.nextSlot();
    await give(two, block);
  }
  const late = await extend(one.engine, one.clock);
  two.clock.nextSlot();
  const chain = [await extend(two.engine, two.clock), await extend(two.engine, two.clock)];
  one.clock.nextSlot(3);
  return { one, two, late, chain };
}

/** Points of uncles in the state of the best block: of references, and of those that are referenced. */
function points({ kv, engine }: Chain): readonly [number, number] {
  const state = new StateReader(prefixed(kv, statePrefix));
  const root = present(state.rootOf(engine.heads().best.hash), 'the state of the best block');
  const all = query.Staking.Points.decodeValue(state.get(root, query.Staking.Points.key()));
  const sum = (each: 'uncle_references' | 'referenced_uncles') =>
    all.reduce((total, member) => total + member[each], 0);
  return [sum('uncle_references'), sum('referenced_uncles')];
}

const referencesOf = (uncles: readonly Header[]) => encodeBareExtrinsic(tx.Authorship.set_uncles({ uncles }));

describe('late blocks', () => {
  it('RS-7.1: the block of the branch that lost is an uncle of the next one, once, and importers agree', async () => {
    const { one, two, late, chain } = await forked();
    await give(two, late);
    const block = await extend(two.engine, two.clock);
    assert.deepEqual(block.extrinsics.slice(1), [referencesOf([late.header])]);
    assert.deepEqual(points(two), [1, 1]);
    for (const each of [...chain, block]) {
      one.clock.nextSlot();
      await give(one, each);
    }
    assert.deepEqual(one.engine.heads().best, two.engine.heads().best);
    assert.deepEqual(points(one), [1, 1]);
    assert.equal((await extend(two.engine, two.clock)).extrinsics.length, 1, 'once');
    assert.deepEqual(points(two), [1, 1]);
  });

  it('RS-7.1: who changed the branch references its own late block', async () => {
    const { one, chain } = await forked();
    for (const each of chain) await give(one, each);
    await extend(one.engine, one.clock);
    assert.deepEqual(points(one), [1, 1]);
  });

  it('RS-7.2: a block that comes after finality has decided is refused, and still becomes an uncle', async () => {
    const { two, late } = await forked();
    await finalizeBest(two.engine);
    for (let times = 0; times < 2; times++) {
      await assert.rejects(give(two, late), (thrown) => isCessError(thrown, 'BLOCK_BELOW_FINALIZED'));
    }
    const forged = sealHeader({ ...present(splitSeal(late.header), 'a seal').unsealed, number: 2 }, signer);
    await assert.rejects(give(two, { header: forged, extrinsics: [] }), (thrown) =>
      isCessError(thrown, 'HEADER_NUMBER'),
    );
    await extend(two.engine, two.clock);
    assert.deepEqual(points(two), [1, 1]);
  });

  it('RS-7.2: a block that is more than 7 blocks late is forgotten', async () => {
    const { two, late } = await forked();
    for (let i = 0; i < 6; i++) await extend(two.engine, two.clock);
    await give(two, late);
    await extend(two.engine, two.clock);
    assert.deepEqual(points(two), [0, 0]);
  });

  it('RS-7.3, RS-7.4, RS-7.7: importers refuse a block whose uncle is not valid', async () => {
    const { one, two, late, chain } = await forked();
    await give(two, late);
    for (const each of chain) await give(one, each);
    two.clock.nextSlot();
    one.clock.nextSlot();
    const valid = buildBlock(two.engine, two.clock);
    const [time] = valid.extrinsics;
    const { unsealed } = present(splitSeal(valid.header), 'a seal');
    const twin = present(chain[0], 'a block of the chain').header;
    for (const uncles of [[twin], [late.header, late.header], [{ ...late.header, state_root: twin.state_root }], []]) {
      const extrinsics = [present(time, 'an inherent'), referencesOf(uncles)];
      const header = sealHeader(unsealed, signer);
      await assert.rejects(give(one, { header, extrinsics }), (thrown) => isCessError(thrown, 'BLOCK_INVALID'));
    }
    await give(one, valid);
    assert.deepEqual(points(one), [1, 1]);
  });

  it('keeps one header of a slot, and those of 64 slots', () => {
    const headerOf = (slot: number, content = 0): Header => ({
      parent_hash: new Uint8Array(32),
      number: slot,
      state_root: new Uint8Array(32).fill(content),
      extrinsics_root: new Uint8Array(32),
      digest: { logs: [] },
    });
    const late = new LateBlocks();
    for (let slot = 0; slot < 200; slot++) {
      late.note(headerOf(slot), BigInt(slot));
      late.note(headerOf(slot, 1), BigInt(slot));
    }
    const known = Array.from({ length: 200 }, (_, slot) => slot).filter((slot) => late.has(headerOf(slot)));
    assert.deepEqual([known.length, known[0]], [64, 136]);
    assert.ok(!late.has(headerOf(199, 1)));
    const hashAt = (number: number) => (number === 197 ? new Uint8Array(32) : new Uint8Array(32).fill(1));
    assert.deepEqual(late.besides(199, hashAt), [headerOf(198)]);
  });
});
