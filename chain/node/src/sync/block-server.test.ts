// What is served of a chain of which a part is missing, as in a node that took a state from peers (docs/protocol/sync.md §4 and §5).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Header } from '@cess/chain-primitives';
import { headerHash } from '@cess/consensus';
import { createMemoryKv } from '@cess/store';
import { BlockStore, putBlock } from '../engine/block-store.js';
import { branchFor } from './block-server.js';
import { blockResponse, branchRequest } from './sync-messages.js';

const root = new Uint8Array(32);
const beacon = new Uint8Array(64);

describe('branches for peers', () => {
  it('SY-4.5: a branch that does not begin where the peer asked is not served, or the peer would take it for an attack', async () => {
    const kv = createMemoryKv();
    const blocks = new BlockStore(kv);
    let parent = new Uint8Array(32);
    for (let number = 5; number <= 8; number++) {
      const header: Header = {
        ...{ parent_hash: parent, number, state_root: root, extrinsics_root: root },
        digest: { logs: [] },
      };
      parent = Uint8Array.from(headerHash(header));
      await kv.write(putBlock(parent, { header, beacon, slot: BigInt(number) }, []));
    }
    const served = (above: number) =>
      blockResponse
        .decode(branchFor(blocks, branchRequest.encode({ hash: parent, above })))
        .map(({ header }) => header.number);
    assert.deepEqual(served(6), [7, 8]);
    assert.deepEqual(served(4), [5, 6, 7, 8]);
    assert.deepEqual(served(8), []);
    assert.deepEqual(served(2), [], 'blocks 3 and 4 are missing');
  });
});
