// Our codecs against scale-ts and @polkadot-api/substrate-bindings: random schemas, random values, both ways.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isCessError } from '@cess/primitives';
import fc from 'fast-check';
import { leaves, schemaWithValue } from './test-support/schemas.js';

const runs = { seed: 20_241, numRuns: 600 };

describe('codec against the oracles', () => {
  for (const leaf of leaves) {
    it(`${leaf.name} has the oracle's bytes and reads them back`, () => {
      fc.assert(
        fc.property(leaf.values, (value) => {
          const encoded = leaf.ours.encode(value);
          assert.deepEqual(encoded, new Uint8Array(leaf.theirs.enc(value)));
          assert.deepEqual(leaf.ours.decode(encoded), value);
        }),
        { ...runs, numRuns: 200 },
      );
    });
  }

  it('values of random types have the same bytes as in scale-ts and come back equal from both', () => {
    fc.assert(
      fc.property(schemaWithValue, ({ schema, value }) => {
        const translated = schema.translate(value);
        const encoded = schema.ours.encode(value);
        assert.deepEqual(encoded, new Uint8Array(schema.theirs.enc(translated)), schema.name);
        assert.deepEqual(schema.ours.decode(encoded), value, schema.name);
        assert.deepEqual(schema.theirs.dec(encoded), translated, schema.name);
      }),
      runs,
    );
  });

  it('every strict prefix and every longer string of an encoding is refused with SCALE_MALFORMED', () => {
    fc.assert(
      fc.property(schemaWithValue, fc.nat(), ({ schema, value }, cut) => {
        const encoded = schema.ours.encode(value);
        const refused = (bytes: Uint8Array) =>
          assert.throws(
            () => schema.ours.decode(bytes),
            (thrown) => isCessError(thrown, 'SCALE_MALFORMED'),
            schema.name,
          );
        refused(Uint8Array.of(...encoded, 0));
        if (encoded.length > 0) refused(encoded.subarray(0, cut % encoded.length));
      }),
      runs,
    );
  });

  it('arbitrary bytes either are refused or are exactly the encoding of what they decode to', () => {
    fc.assert(
      fc.property(schemaWithValue, fc.uint8Array({ maxLength: 80 }), ({ schema }, bytes) => {
        let value: unknown;
        try {
          value = schema.ours.decode(bytes);
        } catch (thrown) {
          assert.ok(isCessError(thrown, 'SCALE_MALFORMED'), String(thrown));
          return;
        }
        assert.deepEqual(schema.ours.encode(value), bytes, schema.name);
      }),
      { ...runs, numRuns: 3000 },
    );
  });

  it('no value encodes to fewer bytes than minBytes', () => {
    fc.assert(
      fc.property(schemaWithValue, ({ schema, value }) => {
        assert.ok(schema.ours.encode(value).length >= schema.ours.minBytes, schema.name);
      }),
      runs,
    );
  });
});
