// The adapter against a client whose state is a map, with keys and values made by the runtime's own declarations.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EventRecord, type MapItem, query, readExtrinsic } from '@cess/client';
import { fromHex, toHex0x, utf8 } from '@cess/primitives';
import type { ProviderEvent } from '../chain-port.js';
import { ProviderChainAdapter, type ProviderChainInit } from './chain-adapter.js';
import { FinalizedFeed } from './finalized-feed.js';

const finalized = new Uint8Array(32).fill(0xff);
const account = new Uint8Array(32).fill(1);
const bytes32 = (fill: number) => new Uint8Array(32).fill(fill);

type Feed = ConstructorParameters<typeof FinalizedFeed>[0];
type OnHead = Parameters<Feed['followFinalized']>[0];

function stubClient() {
  const state = new Map<string, Uint8Array>();
  const put = (key: Uint8Array, value: Uint8Array) => state.set(toHex0x(key), value);
  const asked: number[] = [];
  const client: ProviderChainInit['client'] = {
    genesisHash: bytes32(0xee),
    finalizedHash: async () => finalized,
    entry: async <K extends readonly unknown[], T>(item: MapItem<K, T>, keys: K, at?: Uint8Array) => {
      assert.deepEqual(at, finalized);
      return item.decodeValue(state.get(toHex0x(item.key(...keys))));
    },
    entries: async function* <K extends readonly unknown[], T>(item: MapItem<K, T>, partial: Partial<K>) {
      const prefix = toHex0x(item.prefix(...partial));
      for (const [key, value] of state) {
        if (key.startsWith(prefix))
          yield [item.decodeKey(fromHex(key)), item.decodeValue(value) as NonNullable<T>] as const;
      }
    },
    values: async (keys, at) => {
      assert.deepEqual(at, finalized);
      asked.push(keys.length);
      return keys.map((key) => state.get(toHex0x(key)));
    },
  };
  return { client, put, asked };
}

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
  assert.equal(await chain.minerOfNodeKey(bytes32(3)), undefined);
  const gateway = { node_key: bytes32(7), wrapping_key: bytes32(8), endpoint: utf8('http://g'), domain: utf8('g') };
  put(query.Oss.Oss.key(bytes32(6)), query.Oss.Oss.codec.encode(gateway));
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
  assert.deepEqual(await chain.listGateways(), [{ account: bytes32(6), nodeKey: bytes32(7) }]);
  assert.equal(await chain.minerOfNodeKey(bytes32(3)), 17);
  const record = { miner: 17, nodeKey: bytes32(3), endpoint: 'http://127.0.0.1:1', declaredBytes: 1_000_000 };
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
  for (const [i, id] of ids.entries()) {
    if (i % 3 !== 0) continue;
    put(query.FileBank.Orders.key(id), query.FileBank.Orders.codec.encode(bytes32(i & 0xff)));
    const fragment = { root: bytes32(i & 0xff), holder: i % 2 === 0 ? i : undefined, declared_at: 4, restored: 0 };
    put(query.FileBank.Fragments.key(id, 2, 3), query.FileBank.Fragments.codec.encode(fragment));
  }
  const orders = await chain.filesOfOrders(ids);
  assert.deepEqual(asked, [600]);
  const fragments = await chain.fragments(ids.map((fileId) => ({ fileId, segment: 2, fragment: 3 })));
  for (const i of ids.keys()) {
    assert.deepEqual(orders[i], i % 3 === 0 ? bytes32(i & 0xff) : undefined);
    const expected = { root: bytes32(i & 0xff), holder: i % 2 === 0 ? i : undefined };
    assert.deepEqual(fragments[i], i % 3 === 0 ? expected : undefined);
  }
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
  // A bare extrinsic (version 4): length, 0x04, call.
  const decoded = submitted.map((call) =>
    readExtrinsic(Uint8Array.from([...compactLength(call.length + 1), 0x04, ...call])),
  );
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

function compactLength(length: number): number[] {
  return length < 64 ? [length << 2] : [((length << 2) | 1) & 0xff, length >> 6];
}

test('one following of the chain serves all providers; a block whose listener fails is handed over again', async () => {
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
    { type: 'placed', fileId: bytes32(3), segment: 1, fragment: 2, miner: 4 },
    { type: 'deleted', fileId: bytes32(5) },
  ]);
  await first();
  assert.equal(ends, 0);
  await second();
  assert.equal(ends, 1);
});
