// The voter between peers and engine: peers that begin to vote later, and blocks that the engine drops while a proof is on its way.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Header } from '@cess/chain-primitives';
import {
  type BlockRef,
  encodeBundle,
  encodeMessage,
  headerHash,
  type Message,
  type SignedVote,
  signVote,
} from '@cess/consensus';
import { createEd25519Signer, systemRng } from '@cess/crypto';
import type { NetworkHost, PeerId, RequestHandler } from '@cess/network';
import { aborted, CessError, createDeferred, noMetrics, silentLogger, toHex, toHex0x } from '@cess/primitives';
import { createMemoryKv } from '@cess/store';
import { BlockStore, deleteBlock, putBest, putBlock, putCanonical, putFinalized } from '../engine/block-store.js';
import { devSpec } from '../test-support/dev-node.js';
import { openKeptEpoch } from './kept-epoch.js';
import { VotingFinality } from './voting-finality.js';

const signers = [1, 2, 3, 4, 5, 6, 7].map((number) => createEd25519Signer(new Uint8Array(32).fill(number)));
const authorities = signers.map(({ publicKey }) => ({ key: toHex0x(publicKey), account: toHex0x(publicKey) }));
const spec = devSpec({ authorities });
const root = new Uint8Array(32);
const peer = 'peer' as unknown as PeerId;
const neighbour: Message = { type: 'neighbour', packet: { round: 1, setId: 0, commitHeight: 0 } };
const settled = () => new Promise((resolve) => setImmediate(resolve));

function precommit({ hash, number }: BlockRef, member: number): SignedVote {
  const signer = signers[member] ?? assert.fail();
  const vote = { kind: 'precommit', round: 1, setId: 0, target: { hash, number } } as const;
  return { ...vote, voter: toHex(signer.publicKey), signature: signVote(vote, signer) };
}

/** Time that the test moves. */
function manualTimers() {
  let nowMs = 1_000_000;
  const sleeping = new Set<{ readonly untilMs: number; wake(): void }>();
  return {
    nowMs: () => nowMs,
    sleep: (ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        if (signal?.aborted) return reject(aborted());
        const sleeper = { untilMs: nowMs + ms, wake: resolve };
        sleeping.add(sleeper);
        signal?.addEventListener('abort', () => reject(aborted()), { once: true });
      }),
    async advance(ms: number) {
      nowMs += ms;
      for (const sleeper of sleeping) {
        if (sleeper.untilMs > nowMs) continue;
        sleeping.delete(sleeper);
        sleeper.wake();
      }
      await settled();
    },
  };
}

/** One of seven authorities over blocks that the test writes: genesis, A on it, B and C on A, D on B. */
async function startVoter() {
  const kv = createMemoryKv();
  const blocks = new BlockStore(kv);
  const add = async (parent: BlockRef | undefined, fork = 0): Promise<BlockRef & { readonly id: Uint8Array }> => {
    const number = parent === undefined ? 0 : parent.number + 1;
    const header: Header = {
      ...{ parent_hash: parent === undefined ? root : Buffer.from(parent.hash, 'hex'), number },
      ...{ state_root: root.with(0, fork), extrinsics_root: root, digest: { logs: [] } },
    };
    const id = Uint8Array.from(headerHash(header));
    await kv.write(putBlock(id, { header, beacon: new Uint8Array(64), slot: BigInt(number) }, []));
    if (fork === 0) await kv.write([putCanonical(number, id), putBest({ number, hash: id })]);
    return { hash: toHex(id), number, id };
  };
  const genesis = await add(undefined);
  await kv.write(putFinalized({ number: 0, hash: genesis.id }, undefined));
  const a = await add(genesis);
  const [b, c] = [await add(a), await add(a, 1)];
  const d = await add(b);

  const timers = manualTimers();
  const told: Message['type'][] = [];
  const calls: string[] = [];
  const failures: unknown[] = [];
  let [speaks, handler]: [boolean, RequestHandler] = [true, () => assert.fail('no handler')];
  let writing: Promise<unknown> = Promise.resolve();
  let refusal: CessError | undefined;
  const host = {
    peers: () => [{ peer }],
    publish: async () => 1,
    report: () => {},
    subscribe: () => () => {},
    handle: async (_: unknown, given: RequestHandler) => {
      handler = given;
      return async () => {};
    },
    request: async () => {
      told.push('neighbour');
      if (!speaks)
        throw new CessError('NETWORK_PROTOCOL_UNSUPPORTED', 'unknown', { peer: 'peer', protocol: 'grandpa' });
      return new Uint8Array(0);
    },
  };
  const run = async (call: string) => {
    calls.push(call);
    await writing;
    if (call === 'finalize' && refusal !== undefined) throw refusal;
    return { newlyFinal: [] };
  };
  const voting = new VotingFinality({
    ...{ blocks, spec, timers, rng: systemRng, logger: silentLogger, metrics: noMetrics },
    finalized: { number: 0, hash: genesis.id },
    host: host as unknown as NetworkHost,
    engine: { run } as unknown as ConstructorParameters<typeof VotingFinality>[0]['engine'],
    secretSeed: new Uint8Array(32).fill(1),
    epoch: openKeptEpoch(
      { epoch: new Uint8Array(16), isNew: true, lastVote: undefined, lastSlot: undefined },
      () => {},
    ),
    onFatal: (error) => void failures.push(error),
    ...{ onEquivocation: () => {}, onFinalized: async () => {}, onMissing: () => {} },
  });
  return {
    ...{ kv, a, b, c, d, voting, timers, told, calls, failures },
    refuseProofs: () => {
      refusal = new CessError('JUSTIFICATION_INVALID', 'refused', { reason: 'weight' });
    },
    setSpeaks: (does: boolean) => {
      speaks = does;
    },
    holdWrites: () => {
      const held = createDeferred<void>();
      writing = held.promise;
      return held;
    },
    receive: (message: Message) =>
      handler(encodeBundle([encodeMessage(message)]), { peer } as Parameters<RequestHandler>[1]),
  };
}

describe('the voter of a node', () => {
  it('GR-22: a peer that did not speak the protocol is told where this node stands again as soon as it speaks it', async () => {
    const { voting, timers, told, setSpeaks, receive } = await startVoter();
    setSpeaks(false);
    await voting.start();
    await settled();
    assert.equal(told.length, 1);
    for (let count = 0; count < 5; count++) await timers.advance(1_000);
    assert.equal(told.length, 1, 'a follower is left alone');
    setSpeaks(true);
    await receive(neighbour);
    for (let count = 0; count < 5; count++) await timers.advance(1_000);
    assert.ok(told.length > 1);
    await voting.stop();
  });

  it('GR-40: a block that synchronisation made final first needs no proof of votes for blocks that were dropped with it', async () => {
    const { kv, a, b, c, voting, calls, failures, holdWrites, receive } = await startVoter();
    const held = holdWrites();
    await voting.start();
    const precommits = [a, a, a, b, c].map((target, index) => precommit(target, index + 1));
    const target = precommits[0]?.target ?? assert.fail();
    await receive({ type: 'commit', commit: { round: 1, setId: 0, target, precommits } });
    await kv.write([...putFinalized({ number: 2, hash: b.id }, undefined), ...deleteBlock(c.id, 2)]);
    held.resolve();
    for (let count = 0; count < 10; count++) await settled();
    assert.deepEqual(failures, []);
    assert.ok(calls.includes('putVoterRecord') && !calls.includes('finalize'));
    await voting.stop();
  });

  it('GR-40: a member that votes twice, once for a block that was dropped, does not keep the others from the proof', async () => {
    const { kv, a, b, c, d, voting, calls, failures, receive } = await startVoter();
    await voting.start();
    await receive({ type: 'vote', vote: precommit(c, 6) });
    await kv.write([...putFinalized({ number: 2, hash: b.id }, undefined), ...deleteBlock(c.id, 2)]);
    voting.finalizedElsewhere({ number: 2, hash: b.id });
    const precommits = [precommit(a, 6), precommit(c, 6), ...[1, 2, 3, 4, 5].map((member) => precommit(d, member))];
    const target = { hash: d.hash, number: d.number };
    await receive({ type: 'commit', commit: { round: 1, setId: 0, target, precommits } });
    for (let count = 0; count < 10; count++) await settled();
    assert.deepEqual(failures, []);
    assert.ok(calls.includes('finalize'));
    await voting.stop();
  });

  it('GR-40: a proof that needs the weight of such a member ends no node: a later block makes this one final', async () => {
    const { kv, a, b, c, d, voting, calls, failures, receive, refuseProofs } = await startVoter();
    await voting.start();
    await receive({ type: 'vote', vote: precommit(c, 6) });
    await kv.write([...putFinalized({ number: 2, hash: b.id }, undefined), ...deleteBlock(c.id, 2)]);
    voting.finalizedElsewhere({ number: 2, hash: b.id });
    refuseProofs();
    const precommits = [precommit(a, 6), precommit(c, 6), ...[1, 2, 3, 4].map((member) => precommit(d, member))];
    const target = { hash: d.hash, number: d.number };
    await receive({ type: 'commit', commit: { round: 1, setId: 0, target, precommits } });
    for (let count = 0; count < 10; count++) await settled();
    assert.ok(calls.includes('finalize'));
    assert.deepEqual(failures, []);
    await voting.stop();
  });

  it('GR-40: a refused proof with all votes ends the node', async () => {
    const { d, voting, failures, receive, refuseProofs } = await startVoter();
    await voting.start();
    refuseProofs();
    const precommits = [1, 2, 3, 4, 5].map((member) => precommit(d, member));
    const target = { hash: d.hash, number: d.number };
    await receive({ type: 'commit', commit: { round: 1, setId: 0, target, precommits } });
    for (let count = 0; count < 10; count++) await settled();
    assert.equal(failures.length, 1);
    await voting.stop();
  });
});
