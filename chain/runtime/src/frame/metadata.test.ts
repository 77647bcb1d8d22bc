// CHAIN-7: the metadata is read by clients that are not ours. It is part of the chain's interface: a change of its
// hash is a change of the runtime and needs a new SPEC_VERSION, or TRANSACTION_VERSION where calls change.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { blake2_256, createRuntimeCrypto } from '@cess/crypto';
import { toHex } from '@cess/primitives';
import { decAnyMetadata, metadata as metadataCodec, unifyMetadata } from '@polkadot-api/substrate-bindings';
import { createRuntime } from '../create-runtime.js';
import { declarations } from '../declarations/pallets.js';

const GOLDEN: Readonly<Record<number, string>> = {
  14: '5d02c1a6c20ffa7a7cdcb29ed4dda1d968c9ffc319d5c4c6a5522342a0332788',
  15: '87257583235ec7159dddc9246fd321674f6f9440a46b61ad469fef0c91089c10',
  16: '27ef9b2cecf645cd00a5f41ffe4c79fbb9f27a1b242b9e8e89a4774dad352d0e',
};
const runtime = createRuntime(await createRuntimeCrypto());
const decoded = (version: 14 | 15 | 16) => unifyMetadata(decAnyMetadata(runtime.metadata(version)));

describe('metadata', () => {
  for (const version of [14, 15, 16] as const) {
    it(`CHAIN-7: V${version} decodes with an independent decoder and encodes back to the same bytes`, () => {
      const bytes = runtime.metadata(version);
      const value = decAnyMetadata(bytes);
      assert.equal(value.metadata.tag, `v${version}`);
      assert.deepEqual(new Uint8Array(metadataCodec.enc(value)), bytes);
    });

    it(`CHAIN-7: V${version} describes every pallet, item, call, event, error and constant`, () => {
      const { pallets: shown, lookup } = decoded(version);
      assert.deepEqual(
        shown.map(({ name, index }) => [name, index]),
        Object.values(declarations).map(({ id }) => [id.name, id.index]),
      );
      const variants = (type: number | undefined) => {
        const def = type === undefined ? undefined : lookup[type]!.def;
        return def?.tag === 'variant' ? def.value.map(({ name }) => name) : [];
      };
      for (const pallet of Object.values(declarations)) {
        const entry = shown.find(({ name }) => name === pallet.id.name)!;
        assert.deepEqual(entry.storage?.items.map(({ name }) => name) ?? [], Object.keys(pallet.storage));
        assert.deepEqual(variants(entry.calls?.type), 'calls' in pallet ? Object.keys(pallet.calls) : []);
        assert.deepEqual(variants(entry.errors?.type), 'errors' in pallet ? Object.keys(pallet.errors.docs) : []);
        assert.deepEqual(
          entry.constants.map(({ name }) => name),
          'constants' in pallet ? Object.keys(pallet.constants) : [],
        );
      }
    });

    it(`V${version} is the one that was published`, () => {
      assert.equal(toHex(blake2_256(runtime.metadata(version))), GOLDEN[version]);
    });
  }

  it('CHAIN-7: ids are positions and the types that clients find by path are there', () => {
    const { lookup } = decoded(14);
    assert.deepEqual(
      lookup.map(({ id }) => id),
      lookup.map((_, index) => index),
    );
    const find = (path: string) => lookup.find((entry) => entry.path.join('::') === path);
    const extrinsic = find('sp_runtime::generic::unchecked_extrinsic::UncheckedExtrinsic')!;
    assert.deepEqual(
      extrinsic.params.map(({ name }) => name),
      ['Address', 'Call', 'Signature', 'Extra'],
    );
    assert.deepEqual(
      find('frame_system::EventRecord')!.params.map(({ name }) => name),
      ['E', 'T'],
    );
    const paths = [
      'sp_core::crypto::AccountId32',
      'sp_runtime::MultiSignature',
      'sp_runtime::generic::era::Era',
      'sp_runtime::DispatchError',
      'primitive_types::H256',
    ];
    for (const path of paths) assert.ok(find(path), path);
    const paths15 = decoded(15).lookup.map((entry) => entry.path.join('::'));
    assert.ok(paths15.includes('sp_runtime::generic::unchecked_extrinsic::UncheckedExtrinsic'));
  });

  it('no two types of the table are equal', () => {
    const bodies = decoded(16).lookup.map(({ id: _id, ...body }) => JSON.stringify(body));
    assert.equal(new Set(bodies).size, bodies.length);
  });

  it('CHAIN-7: runtime APIs of V15 and V16 are those of the version', () => {
    for (const version of [15, 16] as const) {
      assert.deepEqual(
        decoded(version).apis.map(({ name }) => name),
        runtime.version.apis.map(({ name }) => name),
      );
    }
  });
});
