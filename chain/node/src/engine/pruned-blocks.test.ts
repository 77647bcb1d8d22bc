// SY-5.7: a node that keeps the last blocks alone deletes older ones, goes on, and is a node that others can begin with.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StateReader } from '@cess/state';
import { createMemoryKv, type Kv, prefixed } from '@cess/store';
import { proofFor, stateFor } from '../sync/state-server.js';
import { proofRequest, stateRequest, stateResponse } from '../sync/sync-messages.js';
import { extend, finalizeBest, ManualClock, openEngine } from '../test-support/engine-chain.js';
import { BlockStore } from './block-store.js';
import { leastKeptBlocks } from './canonical-chain.js';
import { blockPrefix, statePrefix } from './database.js';

const total = leastKeptBlocks + 40;

async function chainOf(kv: Kv, clock: ManualClock, keptBlocks?: number) {
  const engine = await openEngine(kv, clock, keptBlocks === undefined ? {} : { keptBlocks });
  return { engine, blocks: new BlockStore(prefixed(kv, blockPrefix)) };
}

describe('blocks that are not kept', () => {
  it('are deleted with finality; an archive that becomes small catches up; the genesis stays', async () => {
    const [kv, clock] = [createMemoryKv(), new ManualClock()];
    const archive = await chainOf(kv, clock);
    for (let number = 1; number <= total; number++) {
      await extend(archive.engine, clock);
      await finalizeBest(archive.engine);
    }
    assert.ok(archive.blocks.canonicalHash(1), 'an archive keeps all');
    // Fewer than every node needs are not possible.
    const { engine, blocks } = await chainOf(kv, clock, 1);
    for (let i = 0; i < 8; i++) {
      await extend(engine, clock);
      await finalizeBest(engine);
    }
    const oldest = total + 8 - leastKeptBlocks;
    for (const number of [1, 2, oldest - 1]) {
      assert.equal(blocks.canonicalHash(number), undefined, `block ${number}`);
      assert.equal(blocks.hashesAt(number).length, 0);
    }
    for (const number of [0, oldest, total]) {
      const hash = blocks.canonicalHash(number) ?? assert.fail(`block ${number}`);
      assert.ok(blocks.block(hash));
      assert.ok(blocks.body(hash));
    }
    assert.equal(blocks.blocksPrunedTo(), oldest);

    const proof = proofFor(blocks, proofRequest.encode({ set_id: 0n }));
    const fresh = await openEngine(createMemoryKv(), clock);
    const { target } = await fresh.stateImport.begin([proof], false);
    const state = new StateReader(prefixed(kv, statePrefix));
    for (let isWhole = false; !isWhole; ) {
      const { after } = fresh.stateImport.progress() ?? assert.fail();
      const request = stateRequest.encode({ hash: target.hash, after });
      isWhole = await fresh.stateImport.add(stateResponse.decode(stateFor({ state }, request)));
    }
    assert.deepEqual(fresh.heads().best, engine.heads().best);
  });
});
