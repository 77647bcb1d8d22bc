import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { query } from '@cess/client';
import { CessError, toHex } from '@cess/primitives';
import type { FragmentPlace } from '../chain-port.js';
import { tableState } from '../test-support/table-state.js';
import { fragmentsOnChain } from './fragments-on-chain.js';

const fileId = new Uint8Array(32).fill(1);
const keyId = new Uint8Array(32).fill(2);
const root = new Uint8Array(32).fill(3);
const signal = new AbortController().signal;
const place = (fragment: number): FragmentPlace => ({ fileId, segment: 0, fragment });

const { Fragments, RestoralOrders } = query.FileBank;
const { Tags, Registries } = query.Audit;
const fragment = (number: number, holder: number | undefined) =>
  [
    Fragments.key(fileId, 0, number),
    Fragments.codec.encode({ root, holder, declared_at: 10 + number, restored: number }),
  ] as const;
const tag = (number: number, tagged_at: number) =>
  [Tags.key(fileId, 0, number), Tags.codec.encode({ key_id: keyId, slot: number, tagged_at })] as const;
const registry = (provider: number, passed_at: number | undefined) => {
  const sizes = { slots: 1, live: 1, bytes: 1n, proven_bytes: 1n };
  const info = { ...sizes, round: 3, position: 0, since: 1, passed_at, strikes: 0 };
  return [Registries.key(provider, keyId), Registries.codec.encode(info)] as const;
};

function stateOf(...entries: readonly (readonly [Uint8Array, Uint8Array])[]) {
  const values = new Map(entries.map(([key, value]) => [toHex(key), value]));
  const table = { genesis: root, gateway: root, nodeKey: root, files: [] };
  const read = async (keys: readonly Uint8Array[]) => keys.map((key) => values.get(toHex(key)));
  return async () => ({ ...tableState(table), read });
}

describe('what the chain records of fragments', () => {
  it('is the last round that the holder passed since the fragment was tagged', async () => {
    const state = stateOf(
      ...[fragment(0, 7), fragment(1, 7), fragment(2, 8), fragment(3, 9)],
      ...[tag(0, 100), tag(1, 200), tag(2, 100), registry(7, 200), registry(8, undefined), registry(9, 300)],
    );
    const found = await fragmentsOnChain(state, [0, 1, 2, 3].map(place), signal);
    assert.equal(found?.block, 9);
    assert.deepEqual(
      found.fragments.map((one) => [one?.provider, one?.since, one?.restored, one?.taggedAt, one?.provenAt]),
      [
        [7, 10, 0, 100, 200],
        [7, 11, 1, 200, null],
        [8, 12, 2, 100, null],
        [9, 13, 3, null, null],
      ],
    );
  });

  it('is the open order to restore it, and nothing for a fragment that the chain does not know', async () => {
    const order = { reason: 'Failed' as const, opened_at: 5, margin: 3, claim: { miner: 4, until: 20 } };
    const state = stateOf(fragment(0, undefined), [
      RestoralOrders.key(fileId, 0, 0),
      RestoralOrders.codec.encode(order),
    ]);
    const found = await fragmentsOnChain(state, [place(0), place(1)], signal);
    assert.deepEqual(found?.fragments[0]?.restoral, { reason: 'Failed', openedAt: 5, claimedBy: 4 });
    assert.equal(found.fragments[0].provider, null);
    assert.equal(found.fragments[1], undefined);
  });

  it('is left out while the chain cannot be reached', async () => {
    const away = () => Promise.reject(new CessError('RPC_TIMEOUT', 'away'));
    assert.equal(await fragmentsOnChain(away, [place(0)], signal), undefined);
  });

  it('ends when the client leaves', async () => {
    await assert.rejects(fragmentsOnChain(stateOf(), [place(0)], AbortSignal.abort()), { name: 'AbortError' });
  });
});
