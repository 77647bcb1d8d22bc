// SY-5: the state of a final block in place of the blocks: what is no proof is refused and changes nothing, and a crash at any write loses nothing.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { finalityProofCodec, headerHash, justificationCodec, justifyBySingleVote } from '@cess/consensus';
import { createEd25519Signer } from '@cess/crypto';
import { isCessError } from '@cess/primitives';
import { StateReader } from '@cess/state';
import { createMemoryKv, type Kv, prefixed } from '@cess/store';
import { createFaultyKv, isInjectedFault } from '@cess/store/testing';
import { proofFor } from '../sync/state-server.js';
import { proofRequest } from '../sync/sync-messages.js';
import {
  type BuiltBlock,
  extend,
  finalizeBest,
  ManualClock,
  openEngine,
  rich,
  signedTransfer,
} from '../test-support/engine-chain.js';
import { BlockStore } from './block-store.js';
import type { ChainEngine } from './chain-engine.js';
import { blockPrefix, statePrefix } from './database.js';

const code = (expected: Parameters<typeof isCessError>[1]) => (thrown: unknown) => isCessError(thrown, expected);
const rangeBytes = 2_000;

describe('import of a state', () => {
  const kv = createMemoryKv();
  const clock = new ManualClock();
  const blocks = new BlockStore(prefixed(kv, blockPrefix));
  const states = new StateReader(prefixed(kv, statePrefix));
  let source: ChainEngine;
  let proof: Uint8Array;
  let target: Uint8Array;
  /** Blocks behind the target. */
  const next: BuiltBlock[] = [];

  before(async () => {
    source = await openEngine(kv, clock);
    for (let nonce = 0; nonce < 6; nonce++) {
      await extend(source, clock, [signedTransfer(source.genesisHash, rich, nonce)]);
      await finalizeBest(source);
    }
    target = source.heads().finalized.hash;
    proof = proofFor(blocks, proofRequest.encode({ set_id: 0n }));
    for (let nonce = 6; nonce < 9; nonce++) {
      next.push(await extend(source, clock, [signedTransfer(source.genesisHash, rich, nonce)]));
    }
  });

  const range = (after: Uint8Array | undefined) =>
    states.createRangeProof(states.requireRoot(target), after, rangeBytes);

  /** Goes on until the state is whole; the number of ranges. */
  async function complete(engine: ChainEngine): Promise<number> {
    for (let ranges = 1; ; ranges++) {
      const { after } = engine.stateImport.progress() ?? assert.fail('an import is under way');
      if (await engine.stateImport.add(range(after))) return ranges;
    }
  }

  async function goesOn(engine: ChainEngine): Promise<void> {
    assert.deepEqual(engine.heads().finalized.hash, target);
    assert.deepEqual(engine.heads().best.hash, target);
    for (const { header, extrinsics } of next) await engine.importBlock(header, extrinsics);
    assert.deepEqual(engine.heads().best, source.heads().best);
  }

  it('SY-5.3: by ranges, then the next blocks are executed on it', async () => {
    const engine = await openEngine(createMemoryKv(), clock);
    await engine.stateImport.begin([proof], false);
    assert.ok((await complete(engine)) > 3);
    assert.equal(engine.stateImport.progress(), undefined);
    await goesOn(engine);
    await assert.rejects(engine.stateImport.begin([proof], false), code('STATE_IMPORT_TOO_LATE'));
  });

  it('SY-5.4: goes on after a crash at any write', async () => {
    const undisturbed = createFaultyKv({ seed: 0 });
    const first = await openEngine(undisturbed, clock);
    await first.stateImport.begin([proof], false);
    await complete(first);
    const writes = undisturbed.writeCount();
    for (let crashAtWrite = 2; crashAtWrite <= writes; crashAtWrite++) {
      const crashing = createFaultyKv({ seed: crashAtWrite, crashAtWrite });
      try {
        const engine = await openEngine(crashing, clock);
        await engine.stateImport.begin([proof], false);
        await complete(engine);
      } catch (thrown) {
        if (!isInjectedFault(thrown)) throw thrown;
      }
      const engine = await openEngine(crashing.reopen(), clock);
      if (engine.heads().best.number === 0) {
        if (engine.stateImport.progress() === undefined) await engine.stateImport.begin([proof], false);
        await complete(engine);
      }
      await goesOn(engine);
    }
  });

  it('SY-5.2: a proof by other voters, one without blocks, and one that is cut are refused', async () => {
    const engine = await openEngine(createMemoryKv(), clock);
    const { links } = finalityProofCodec.decode(proof);
    const { header } = links.at(-1) ?? assert.fail();
    const stranger = createEd25519Signer(new Uint8Array(32).fill(99));
    const vote = { target: { hash: headerHash(header), number: header.number }, round: 1n, setId: 0n };
    const forged = { links: [{ header, justification: justifyBySingleVote(vote, stranger) }] };
    const other = {
      links: [
        { header: { ...header, number: header.number + 1 }, justification: links[0]?.justification ?? assert.fail() },
      ],
    };
    for (const refused of [forged, other, { links: [] }]) {
      await assert.rejects(
        engine.stateImport.begin([finalityProofCodec.encode(refused)], false),
        code('FINALITY_PROOF_INVALID'),
      );
    }
    await assert.rejects(engine.stateImport.begin([], false), code('FINALITY_PROOF_INVALID'));
    await assert.rejects(engine.stateImport.begin([proof, proof], false), code('FINALITY_PROOF_INVALID'));
    await assert.rejects(engine.stateImport.begin([proof.slice(0, -1)], false), code('SCALE_MALFORMED'));
    assert.equal(engine.stateImport.progress(), undefined);
    await assert.rejects(engine.stateImport.add([]), code('STATE_IMPORT_NONE'));
  });

  it('SY-5.3: items of another state, without the first one, or of an earlier range add nothing', async () => {
    const engine = await openEngine(createMemoryKv(), clock);
    await engine.stateImport.begin([proof], false);
    const other = states.createRangeProof(states.requireRoot(source.heads().best.hash), undefined, rangeBytes);
    const items = range(undefined);
    for (const refused of [other, items.slice(1), []]) {
      await assert.rejects(engine.stateImport.add(refused), code('PROOF_INCOMPLETE'));
    }
    await engine.stateImport.add(items);
    const { entries } = engine.stateImport.progress() ?? assert.fail();
    await assert.rejects(engine.stateImport.add(items), code('PROOF_INCOMPLETE'));
    assert.equal(engine.stateImport.progress()?.entries, entries);
    await complete(engine);
    await goesOn(engine);
  });

  it('SY-5.4: a state that is given up leaves nothing behind', async () => {
    const given = createMemoryKv();
    const engine = await openEngine(given, clock);
    const before = size(given);
    await engine.stateImport.begin([proof], false);
    await engine.stateImport.add(range(undefined));
    assert.ok(size(given) > before);
    await engine.stateImport.drop();
    assert.equal(size(given), before);
    await engine.importBlock(...first());
  });

  it('SY-5.5: blocks that are not those below the state are refused', async () => {
    const engine = await openEngine(createMemoryKv(), clock);
    await engine.stateImport.begin([proof], true);
    await complete(engine);
    const ascending = [1, 2, 3, 4, 5, 6].map(historic);
    const [six, five] = [ascending[5] ?? assert.fail(), ascending[4] ?? assert.fail()];
    await assert.rejects(engine.addHistory([five]), code('HISTORY_INVALID'));
    await assert.rejects(engine.addHistory([{ ...six, body: five.body }]), code('HISTORY_INVALID'));
    const notAProof = { ...six, justification: justificationCodec.encode(otherJustification()) };
    await engine.addHistory([five, notAProof]);
    await engine.addHistory(ascending.slice(0, 4));
    await assert.rejects(engine.addHistory(ascending.slice(0, 1)), code('HISTORY_INVALID'));
  });

  const size = (store: Kv): number => [...store.entries({})].length;

  function historic(number: number) {
    const hash = blocks.canonicalHash(number) ?? assert.fail();
    return {
      header: blocks.requireBlock(hash).header,
      body: blocks.body(hash) ?? [],
      justification: blocks.justification(hash),
    };
  }

  function first(): Parameters<ChainEngine['importBlock']> {
    const { header, body } = historic(1);
    return [header, body];
  }

  function otherJustification() {
    const vote = { target: { hash: blocks.canonicalHash(5) ?? assert.fail(), number: 5 }, round: 5n, setId: 0n };
    return justifyBySingleVote(vote, createEd25519Signer(new Uint8Array(32).fill(98)));
  }
});
