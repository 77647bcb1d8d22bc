// The adapter against a client whose state is a map, with keys and values made by the runtime's own declarations.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EventRecord, query } from '@cess/client';
import { utf8 } from '@cess/primitives';
import { callOf, finalized, stubClient } from '../test-support/stub-client.js';
import { ProviderChainAdapter, type ProviderChainInit } from './chain-adapter.js';
import type { ProviderEvent } from './chain-port.js';
import { FinalizedFeed } from './finalized-feed.js';

const account = new Uint8Array(32).fill(1);
const bytes32 = (fill: number) => new Uint8Array(32).fill(fill);

type Feed = ConstructorParameters<typeof FinalizedFeed>[0];
type OnHead = Parameters<Feed['followFinalized']>[0];

function adapterOf(client: ProviderChainInit['client'], submitted: Uint8Array[] = []): ProviderChainAdapter {
  const submitter: ProviderChainInit['submitter'] = {
    submit: async (call) => {
      submitted.push(call);
      return { blockHash: finalized, blockNumber: 1, events: [] };
    },
  };
  const feed = new FinalizedFeed({ followFinalized: () => async () => {}, events: async () => [] });
  return new ProviderChainAdapter({ client, submitter, feed, account });
}

test('gateways, node keys and the own record are read as the runtime writes them', async () => {
  const { client, put } = stubClient();
  const chain = adapterOf(client);
  assert.equal(await chain.ownRecord(), undefined);
  assert.equal(await chain.providerOfNodeKey(bytes32(3)), undefined);
  const gateway = { node_key: bytes32(7), wrapping_key: bytes32(8), endpoint: utf8('http://g'), domain: utf8('g') };
  put(query.Oss.Oss.key(bytes32(6)), query.Oss.Oss.codec.encode(gateway));
  const served = bytes32(16);
  put(query.Oss.Oss.key(served), query.Oss.Oss.codec.encode({ ...gateway, node_key: bytes32(17) }));
  const { Quota } = query.StorageHandler;
  put(Quota.key(bytes32(1), utf8('t'), served), Quota.codec.encode({ token: bytes32(2), locked: 5n }));
  put(query.Sminer.NodeKeys.key(bytes32(3)), query.Sminer.NodeKeys.codec.encode(17));
  put(query.Sminer.MinerIndex.key(account), query.Sminer.MinerIndex.codec.encode(17));
  const info = {
    account,
    beneficiary: account,
    node_key: bytes32(3),
    endpoint: utf8('http://127.0.0.1:1'),
    staked: 4000n,
    declared_space: 1_000_000n,
    service_space: 0n,
    fragment_count: 0n,
    proven_space: 0n,
    debt: 0n,
    failures: 0,
    state: 'Positive' as const,
    registered_at: 1,
  };
  put(query.Sminer.Miners.key(17), query.Sminer.Miners.codec.encode(info));
  assert.deepEqual(await chain.listGateways(), [
    { account: bytes32(6), nodeKey: bytes32(7), hasQuota: false },
    { account: served, nodeKey: bytes32(17), hasQuota: true },
  ]);
  assert.equal(await chain.providerOfNodeKey(bytes32(3)), 17);
  const record = { index: 17, nodeKey: bytes32(3), endpoint: 'http://127.0.0.1:1', declaredBytes: 1_000_000 };
  assert.deepEqual(await chain.ownRecord(), record);
});

test('files, fragments and orders are looked up many at once, in the order asked', async () => {
  const { client, put, asked } = stubClient();
  const chain = adapterOf(client);
  const ids = Array.from({ length: 600 }, (_, i) => {
    const id = new Uint8Array(32);
    new DataView(id.buffer).setUint32(0, i);
    return id;
  });
  const [owner, stranger] = [bytes32(0xaa), bytes32(0xbb)];
  const { OwnedOrders } = query.FileBank;
  for (const [i, id] of ids.entries()) {
    if (i === 1) {
      put(OwnedOrders.key(id, owner), OwnedOrders.codec.encode(bytes32(1)));
      put(OwnedOrders.key(id, stranger), OwnedOrders.codec.encode(bytes32(2)));
    }
    if (i % 3 !== 0) continue;
    put(query.FileBank.Orders.key(id), query.FileBank.Orders.codec.encode(bytes32(i & 0xff)));
    const fragment = { root: bytes32(i & 0xff), holder: i % 2 === 0 ? i : undefined, declared_at: 4, restored: 0 };
    put(query.FileBank.Fragments.key(id, 2, 3), query.FileBank.Fragments.codec.encode(fragment));
  }
  const orders = await chain.filesOfOrders(ids);
  assert.deepEqual(asked, [600]);
  const fragments = await chain.fragments(ids.map((fileId) => ({ fileId, segment: 2, fragment: 3 })));
  for (const i of ids.keys()) {
    if (i !== 1) assert.deepEqual(orders[i], i % 3 === 0 ? [bytes32(i & 0xff)] : []);
    const expected = { root: bytes32(i & 0xff), holder: i % 2 === 0 ? i : undefined };
    assert.deepEqual(fragments[i], i % 3 === 0 ? expected : undefined);
  }
  assert.equal(orders[1]!.length, 2, 'an order id that several owners use belongs to several files');
  assert.deepEqual(await chain.filesExist([ids[0]!]), [false]);
  assert.deepEqual(await chain.filesExist([]), []);
});

test('registration and changes are submitted as calls of Sminer', async () => {
  const { client } = stubClient();
  const submitted: Uint8Array[] = [];
  const chain = adapterOf(client, submitted);
  const proofOfPossession = new Uint8Array(64).fill(2);
  await chain.register({ nodeKey: bytes32(3), proofOfPossession, endpoint: 'http://p', declaredBytes: 5_000 });
  await chain.updateEndpoint('http://q');
  await chain.updateNodeKey(bytes32(4), proofOfPossession);
  const decoded = submitted.map(callOf);
  assert.deepEqual(
    decoded.map(({ pallet, call }) => `${pallet}.${call}`),
    ['Sminer.regnstk', 'Sminer.update_endpoint', 'Sminer.update_node_key'],
  );
  assert.deepEqual(decoded[0]!.args, {
    beneficiary: account,
    node_key: bytes32(3),
    proof_of_possession: proofOfPossession,
    endpoint: utf8('http://p'),
    declared_space: 5_000n,
  });
});

test('one following of the chain serves all providers; a block whose listener fails is handed over again', async () => {
  const place = { file_id: bytes32(3), segment: 1, fragment: 2 };
  const round = { miner: 4, key_id: bytes32(8), round: 7 };
  const records = [
    {
      type: 'FileBank',
      value: { type: 'FilesDeclared', value: { gateway: account, files: [bytes32(1), bytes32(2)] } },
    },
    { type: 'System', value: { type: 'CodeUpdated', value: undefined } },
    {
      type: 'FileBank',
      value: { type: 'PlacementReported', value: { file_id: bytes32(3), segment: 1, fragment: 2, miner: 4 } },
    },
    { type: 'FileBank', value: { type: 'FileDeleted', value: { owner: account, file_id: bytes32(5) } } },
    { type: 'FileBank', value: { type: 'FragmentLost', value: { ...place, miner: 4 } } },
    { type: 'FileBank', value: { type: 'RestoralOrderOpened', value: { ...place, reason: 'Lost', margin: 2 } } },
    { type: 'FileBank', value: { type: 'RestoralOrderClaimed', value: { ...place, miner: 6, until: 9 } } },
    { type: 'FileBank', value: { type: 'RestoralOrderCompleted', value: { ...place, miner: 6 } } },
    { type: 'Audit', value: { type: 'ChallengeOpened', value: { ...round, deadline: 70 } } },
    { type: 'Audit', value: { type: 'ProofSubmitted', value: { ...round, worker: 1, verify_by: 80 } } },
    {
      type: 'Audit',
      value: { type: 'VerdictSubmitted', value: { ...round, worker: 1, passed: false, dispute_until: 90 } },
    },
    { type: 'Audit', value: { type: 'RoundClosed', value: { ...round, outcome: 'Passed' } } },
  ].map((event) => ({ event }) as unknown as EventRecord);
  let onHead: OnHead | undefined;
  let follows = 0;
  let ends = 0;
  const feed = new FinalizedFeed({
    followFinalized: (listener) => {
      follows++;
      onHead = listener;
      return async () => {
        ends++;
      };
    },
    events: async () => records,
  });
  const seen: ProviderEvent[][] = [];
  let fails = true;
  const first = feed.subscribe(async (events) => void seen.push([...events]));
  const second = feed.subscribe(async () => {
    if (fails) throw new Error('disk');
  });
  const block = async () => onHead!({} as Parameters<OnHead>[0], finalized);
  await assert.rejects(block());
  fails = false;
  await block();
  assert.equal(follows, 1);
  assert.equal(seen.length, 2);
  assert.deepEqual(seen[1], [
    { type: 'declared', fileIds: [bytes32(1), bytes32(2)] },
    { type: 'placed', fileId: bytes32(3), segment: 1, fragment: 2, provider: 4 },
    { type: 'deleted', fileId: bytes32(5) },
    { type: 'lost', fileId: bytes32(3), segment: 1, fragment: 2, provider: 4 },
    { type: 'ordered', fileId: bytes32(3), segment: 1, fragment: 2 },
    { type: 'restored', fileId: bytes32(3), segment: 1, fragment: 2, provider: 6 },
    { type: 'challenged', provider: 4, keyId: bytes32(8), round: 7 },
    { type: 'judged', provider: 4, keyId: bytes32(8), round: 7, passed: false },
    { type: 'closed', provider: 4, keyId: bytes32(8), round: 7, outcome: 'Passed' },
  ]);
  await first();
  assert.equal(ends, 0);
  await second();
  assert.equal(ends, 1);
});
