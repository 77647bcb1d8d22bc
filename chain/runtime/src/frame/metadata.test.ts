// CHAIN-7: the metadata is read by clients that are not ours.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRuntimeCrypto } from '@cess/crypto';
import { decAnyMetadata, unifyMetadata } from '@polkadot-api/substrate-bindings';
import { createRuntime } from '../create-runtime.js';

describe('metadata', () => {
  const runtime = createRuntime(createRuntimeCrypto());
  for (const version of [14, 15, 16] as const) {
    it(`CHAIN-7: V${version} decodes with an independent decoder and names every pallet`, () => {
      const decoded = decAnyMetadata(runtime.metadata(version));
      assert.equal(decoded.metadata.tag, `v${version}`);
      const unified = unifyMetadata(decoded);
      assert.deepEqual(
        unified.lookup.map((entry) => entry.id),
        unified.lookup.map((_, index) => index),
      );
      const names = unified.pallets.map((pallet) => pallet.name);
      for (const name of ['System', 'Timestamp', 'Balances', 'TransactionPayment', 'Randomness'])
        assert.ok(names.includes(name), name);
    });
  }
});
