// SY-4.6: when a node that follows counts as up to date.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { finalityProofCodec } from '@cess/consensus';
import { systemRng } from '@cess/crypto';
import type { NetworkHost, PeerId, RequestProtocol } from '@cess/network';
import { noMetrics, silentLogger } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { devSpec } from '../test-support/dev-node.js';
import { ChainSync, type ChainSyncInit } from './chain-sync.js';
import { blockResponse, blocksProtocol, proofsProtocol } from './sync-messages.js';

const peer = 'peer' as unknown as PeerId;
const zero = new Uint8Array(32);

function proofUpTo(number: number): Uint8Array {
  const header = { parent_hash: zero, number, state_root: zero, extrinsics_root: zero, digest: { logs: [] } };
  const commit = { target_hash: zero, target_number: number, precommits: [] };
  const links = number === 0 ? [] : [{ header, justification: { round: 1n, commit, votes_ancestries: [] } }];
  return finalityProofCodec.encode({ links });
}

/** A node at its genesis with one peer that gives no blocks and says that this block is final. */
async function startWith(finalOfPeer: () => number) {
  const asked: string[] = [];
  const host = {
    peers: () => [{ peer }],
    handle: async () => async () => {},
    subscribe: () => () => {},
    report: () => assert.fail('the peer is honest'),
    request: async (_: PeerId, { name }: RequestProtocol) => {
      asked.push(name);
      return name === blocksProtocol.name ? blockResponse.encode([]) : proofUpTo(finalOfPeer());
    },
  };
  const view = { finalized: { number: 0, hash: zero }, reader: { blocks: { lastSetChange: () => undefined } } };
  const sync = new ChainSync({
    ...{ spec: devSpec(), isAuthority: false, onEquivocation: () => {}, rng: systemRng, logger: silentLogger },
    ...{ metrics: noMetrics, onFatal: (error) => assert.fail(String(error)) },
    // Two looks at the peer are a few milliseconds apart.
    timers: { nowMs: () => 0, sleep: () => new Promise((resolve) => setTimeout(resolve, 5)) },
    host: host as unknown as NetworkHost,
    view: view as unknown as ChainSyncInit['view'],
    ...({} as Pick<ChainSyncInit, 'pool' | 'input'>),
  });
  await sync.start();
  return { sync, asked };
}

describe('a node that follows', () => {
  it('SY-4.6: is not up to date while its peers are further and have no blocks for it', async () => {
    let final = 9;
    const { sync, asked } = await startWith(() => final);
    await eventually(() => asked.filter((name) => name === proofsProtocol.name).length >= 3, 'three looks');
    assert.equal(sync.isSyncing, true);
    final = 0;
    await eventually(() => !sync.isSyncing, 'a peer that is not further');
    await sync.stop();
  });
});
