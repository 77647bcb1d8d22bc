// A chain client whose state is a map, with keys and values made by the runtime's own declarations.
import assert from 'node:assert/strict';
import { type Header, type MapItem, readExtrinsic, type ValueItem } from '@cess/client';
import { fromHex, toHex0x } from '@cess/primitives';
import type { DutyAdapterInit, ProviderChainInit } from '../index.js';

/** Hash of the finalized block, at which everything is asked. */
export const finalized = new Uint8Array(32).fill(0xff);

/** A client over a map of raw storage. */
export function stubClient() {
  const state = new Map<string, Uint8Array>();
  const put = (key: Uint8Array, value: Uint8Array) => state.set(toHex0x(key), value);
  const asked: number[] = [];
  const client: ProviderChainInit['client'] & DutyAdapterInit['client'] = {
    genesisHash: new Uint8Array(32).fill(0xee),
    finalizedHash: async () => finalized,
    header: async () => ({ number: 77 }) as Header,
    onConnected: () => () => {},
    value: async <T>(item: ValueItem<T>, at?: Uint8Array) => {
      assert.deepEqual(at, finalized);
      return item.decodeValue(state.get(toHex0x(item.key())));
    },
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
    keysAfter: async (item, partial, after, limit) => {
      const prefix = toHex0x(item.prefix(...partial));
      const keys = [...state.keys()].filter((key) => key.startsWith(prefix) && key > toHex0x(after)).sort();
      return keys.slice(0, limit).map((key) => item.decodeKey(fromHex(key)));
    },
    values: async (keys, at) => {
      assert.deepEqual(at, finalized);
      asked.push(keys.length);
      return keys.map((key) => state.get(toHex0x(key)));
    },
  };
  return { client, put, asked };
}

/** What a submitted call is. */
export function callOf(call: Uint8Array) {
  // A bare extrinsic (version 4): length, 0x04, call.
  return readExtrinsic(Uint8Array.from([...compactLength(call.length + 1), 0x04, ...call]));
}

function compactLength(length: number): number[] {
  return length < 64 ? [length << 2] : [((length << 2) | 1) & 0xff, length >> 6];
}
