// SY-5: peers of a node that fetches a state: what they break or withhold costs neither the start nor what was fetched.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type DigestItem, grandpaDigest, type Header } from '@cess/chain-primitives';
import { finalityProofCodec } from '@cess/consensus';
import type { NetworkHost, PeerId } from '@cess/network';
import { CessError, silentLogger, utf8 } from '@cess/primitives';
import type { StateImportProgress } from '../engine/state-import.js';
import { StateSync } from './state-sync.js';
import { proofsProtocol, stateResponse } from './sync-messages.js';

const [liar, honest] = ['liar', 'honest'] as unknown as [PeerId, PeerId];
const timers = { nowMs: () => 0, sleep: () => Promise.resolve() };
const target = { number: 9, hash: new Uint8Array(32) };
const zero = new Uint8Array(32);

function proofOf(announcement: DigestItem): Uint8Array {
  const header: Header = {
    ...{ parent_hash: zero, number: 9, state_root: zero, extrinsics_root: zero },
    digest: { logs: [announcement] },
  };
  const commit = { target_hash: zero, target_number: 9, precommits: [] };
  return finalityProofCodec.encode({ links: [{ header, justification: { round: 1n, commit, votes_ancestries: [] } }] });
}
const readable = grandpaDigest({ type: 'OnDisabled', value: 0n });
const unreadable: DigestItem = { type: 'Consensus', value: [utf8('FRNK'), Uint8Array.of(200)] };

/** Runs the synchronisation; the state is whole after two ranges. */
async function synchronise(
  peers: readonly PeerId[],
  answer: (peer: PeerId, request: 'proofs' | 'state') => Uint8Array,
) {
  const [begun, reported]: [number[], PeerId[]] = [[], []];
  let ranges = 0;
  let progress: StateImportProgress | undefined;
  const calls = {
    stateImport: () => progress,
    beginStateImport: () => {
      begun.push(ranges);
      progress = { target, after: undefined, entries: 0 };
      return progress;
    },
    addStateRange: () => ++ranges === 2,
  };
  const host: Pick<NetworkHost, 'peers' | 'request' | 'report'> = {
    peers: () =>
      peers.map((peer) => ({ peer, address: '', direction: 'outbound', isRelayed: false, penalty: 0 }) as const),
    request: async (peer, { name }) => answer(peer, name === proofsProtocol.name ? 'proofs' : 'state'),
    report: (peer) => void reported.push(peer),
  };
  const engine = { run: async (call: keyof typeof calls) => calls[call]() };
  await new StateSync({
    ...{ host, timers, logger: silentLogger, keepsHistory: false },
    engine: engine as ConstructorParameters<typeof StateSync>[0]['engine'],
  }).run(new AbortController().signal);
  return { begun, reported, ranges };
}

describe('peers of a node that fetches a state', () => {
  it('SY-5.2: a proof with an announcement that does not decode is malformed, and the next peer is asked', async () => {
    const { begun, reported } = await synchronise([liar, honest], (peer, request) => {
      if (request === 'state') return stateResponse.encode([Uint8Array.of(1)]);
      return proofOf(peer === liar ? unreadable : readable);
    });
    assert.deepEqual(begun, [0]);
    assert.deepEqual(reported, [liar]);
  });

  it('SY-5.4: an answer that is lost does not give up the ranges before it', async () => {
    let requests = 0;
    const { begun, ranges } = await synchronise([honest], (_, request) => {
      if (request === 'proofs') return proofOf(readable);
      if (++requests === 2) throw new CessError('NETWORK_BUSY', 'busy', { peer: 'honest', protocol: 'states' });
      return stateResponse.encode([Uint8Array.of(1)]);
    });
    assert.deepEqual([begun, ranges, requests], [[0], 2, 3]);
  });

  it('SY-5.4: another state is begun with when all peers say that they do not have it any more', async () => {
    let requests = 0;
    const { begun } = await synchronise([liar, honest], (_, request) => {
      if (request === 'proofs') return proofOf(readable);
      requests += 1;
      return stateResponse.encode(requests === 2 || requests === 3 ? [] : [Uint8Array.of(1)]);
    });
    assert.deepEqual(begun, [0, 1]);
  });
});
