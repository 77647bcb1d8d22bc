import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bytes, fixedBytes, str, u16, u32 } from '@cess/codec';
import { fromHex, isCessError, toHex0x } from '@cess/primitives';
import {
  Blake2128Concat,
  Bytes,
  Identity,
  u16 as oracleU16,
  u32 as oracleU32,
  Storage,
  Twox64Concat,
} from '@polkadot-api/substrate-bindings';
import { MemoryExternalities } from '../test-support/memory-externalities.js';
import { dispatchInLayer, inLayer } from './dispatch.js';
import { fail } from './failure.js';
import { blake2Concat, identity, storageOf, twoxConcat } from './storage.js';

const at = storageOf('Pallet');
const items = {
  One: at.value('One', str),
  Count: at.valueOr('Count', u32, 7),
  Map: at.map('Map', [blake2Concat(bytes()), twoxConcat(u32), identity(u16)], str),
  Ids: at.mapOr('Ids', [identity(fixedBytes(2))], u32, 0),
};
const state = () => ({ ext: new MemoryExternalities() });

describe('storage items', () => {
  it('CHAIN-7: keys are those of an independent implementation', () => {
    const oracle = Storage('Pallet');
    assert.equal(toHex0x(items.One.key()), oracle('One').enc());
    const map = oracle('Map', [Bytes(), Blake2128Concat], [oracleU32, Twox64Concat], [oracleU16, Identity]);
    for (const [a, b, c] of [
      [[1, 2, 3], 4, 5],
      [[], 0xffffffff, 65535],
    ] as const) {
      const first = Uint8Array.from(a);
      assert.equal(toHex0x(items.Map.key(first, b, c)), map.enc(first, b, c));
      assert.equal(toHex0x(items.Map.prefix(first, b)), (map.enc as (...keys: unknown[]) => string)(first, b));
      assert.deepEqual(items.Map.decodeKey(items.Map.key(first, b, c)), [first, b, c]);
    }
    assert.throws(
      () => items.Map.decodeKey(items.Map.key(new Uint8Array(), 1, 2).subarray(0, 60)),
      (thrown) => isCessError(thrown, 'SCALE_MALFORMED'),
    );
  });

  it('absent values are undefined or the default', () => {
    const ctx = state();
    assert.equal(items.One.get(ctx), undefined);
    assert.equal(items.Count.get(ctx), 7);
    assert.equal(
      items.Count.mutate(ctx, (count) => count + 1),
      8,
    );
    items.Count.kill(ctx);
    assert.equal(items.Count.get(ctx), 7);
    assert.equal(items.Map.get(ctx, new Uint8Array(), 1, 2), undefined);
    assert.equal(items.Map.has(ctx, new Uint8Array(), 1, 2), false);
  });

  it('iterates the entries under a partial key in key order, up to a limit', () => {
    const ctx = state();
    for (const hex of ['0203', '0102', '0101', '0201']) items.Ids.put(ctx, fromHex(hex), Number.parseInt(hex, 16));
    assert.deepEqual(
      [...items.Ids.entries(ctx, [])].map(([, value]) => value),
      [0x0101, 0x0102, 0x0201, 0x0203],
    );
    assert.deepEqual(
      [...items.Ids.entries(ctx, [], 2)].map(([, value]) => value),
      [0x0101, 0x0102],
    );
    const first = Uint8Array.of(1);
    items.Map.put(ctx, first, 1, 1, 'a');
    items.Map.put(ctx, first, 1, 2, 'b');
    items.Map.put(ctx, first, 2, 1, 'c');
    assert.deepEqual(
      [...items.Map.entries(ctx, [first, 1])].map(([, value]) => value),
      ['a', 'b'],
    );
    items.Map.remove(ctx, first, 1, 1);
    assert.deepEqual([...items.Map.entries(ctx, [first])].map(([, value]) => value).sort(), ['b', 'c']);
  });
});

describe('transactional layers', () => {
  it('what fails leaves no trace, at any depth; what succeeds around it stays', () => {
    const ctx = state();
    const { failure: error } = dispatchInLayer(ctx, () => {
      items.Count.put(ctx, 1);
      const { failure: inner } = dispatchInLayer(ctx, () => {
        items.Count.put(ctx, 2);
        inLayer(ctx, () => items.One.put(ctx, 'deep'));
        fail({ type: 'Exhausted' });
      });
      assert.deepEqual(inner, { type: 'Exhausted' });
      assert.equal(items.Count.get(ctx), 1);
    });
    assert.equal(error, undefined);
    assert.equal(items.Count.get(ctx), 1);
    assert.equal(items.One.get(ctx), undefined);
    assert.equal(ctx.ext.depth, 0);
  });

  it('a value that its type cannot hold is an overflow of the call', () => {
    const ctx = state();
    const { failure: error } = dispatchInLayer(ctx, () => items.Count.put(ctx, 2 ** 32));
    assert.deepEqual(error, { type: 'Arithmetic', value: 'Overflow' });
  });

  it('a bug inside a call is not mistaken for its failure', () => {
    const ctx = state();
    assert.throws(
      () =>
        dispatchInLayer(ctx, () => {
          items.Count.put(ctx, 1);
          throw new TypeError('bug');
        }),
      TypeError,
    );
    assert.equal(items.Count.get(ctx), 7);
    assert.equal(ctx.ext.depth, 0);
  });
});
