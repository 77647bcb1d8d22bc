import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCessError } from '@cess/primitives';
import fc from 'fast-check';
import {
  decodeSegment,
  ErasureCoder,
  encodeSegment,
  locateCiphertext,
  maxShardSizeBytes,
  rebuildFragment,
  segmentLayout,
} from './index.js';
import { testBytes } from './test-support/bytes.js';

const MiB = maxShardSizeBytes;

test('STORE: layouts of 4 + 8: full stripes, a short last stripe, and one byte', () => {
  assert.deepEqual(segmentLayout(32 * MiB, 4, 12).fragmentLength, 8 * MiB);
  assert.deepEqual(segmentLayout(32 * MiB, 4, 12).stripes.length, 8);
  assert.deepEqual(segmentLayout(1, 4, 12).stripes, [{ dataOffset: 0, dataLength: 1, shardOffset: 0, shardLength: 1 }]);
  const layout = segmentLayout(4 * MiB + 9, 4, 12);
  assert.deepEqual(layout.stripes[1], { dataOffset: 4 * MiB, dataLength: 9, shardOffset: MiB, shardLength: 3 });
  assert.equal(layout.fragmentLength, MiB + 3);
});

test('a layout covers its ciphertext once, in shards of equal length with at most k - 1 bytes of zeros', () => {
  const shapes = fc.record({ length: fc.integer({ min: 1, max: 40 * MiB }), k: fc.integer({ min: 1, max: 40 }) });
  fc.assert(
    fc.property(shapes, ({ length, k }) => {
      const layout = segmentLayout(length, k, k + 3);
      let data = 0;
      let fragment = 0;
      for (const [i, stripe] of layout.stripes.entries()) {
        assert.equal(stripe.dataOffset, data);
        assert.equal(stripe.shardOffset, fragment);
        if (i + 1 < layout.stripes.length) assert.equal(stripe.shardLength, MiB);
        assert.ok(stripe.shardLength >= 1 && stripe.shardLength <= MiB);
        const zeros = k * stripe.shardLength - stripe.dataLength;
        assert.ok(zeros >= 0 && zeros < k);
        data += stripe.dataLength;
        fragment += stripe.shardLength;
      }
      assert.equal(data, length);
      assert.equal(fragment, layout.fragmentLength);
    }),
    { seed: 9, numRuns: 300 },
  );
});

test('locateCiphertext finds the bytes where encodeSegment put them', () => {
  const coder = new ErasureCoder({ k: 3, n: 5 });
  const ciphertext = testBytes(3 * MiB + 1000, 1);
  const fragments = encodeSegment(coder, ciphertext);
  const layout = segmentLayout(ciphertext.length, 3, 5);
  const ends = fc.tuple(fc.nat(ciphertext.length), fc.nat(ciphertext.length));
  fc.assert(
    fc.property(ends, ([a, b]) => {
      const [offset, end] = [Math.min(a, b), Math.max(a, b)];
      const found = locateCiphertext(layout, offset, end - offset).map((span) => {
        const at = layout.stripes[span.stripe]!.shardOffset + span.offset;
        return fragments[span.shard]!.subarray(at, at + span.length);
      });
      assert.ok(Buffer.concat(found).equals(ciphertext.subarray(offset, end)));
    }),
    { seed: 10, numRuns: 60 },
  );
});

test('any k fragments give the segment, and any fragment can be rebuilt from k others', () => {
  const coder = new ErasureCoder({ k: 4, n: 7 });
  for (const length of [1, 3, 4, 5, 4096, 70_001, 4 * MiB, 4 * MiB + 1, 5 * MiB + 123]) {
    const ciphertext = testBytes(length, length);
    const fragments = encodeSegment(coder, ciphertext);
    for (const lost of [[0, 1, 2], [4, 5, 6], [0, 3, 5], [1], []]) {
      const left = fragments.map((fragment, i) => (lost.includes(i) ? undefined : fragment));
      assert.ok(Buffer.from(decodeSegment(coder, length, left)).equals(ciphertext), `${length} without ${lost}`);
    }
    for (const wanted of [0, 3, 6]) {
      const rebuilt = rebuildFragment(coder, length, fragments, wanted);
      assert.ok(Buffer.from(rebuilt).equals(fragments[wanted]!), `${length}: fragment ${wanted}`);
    }
  }
});

test('with fewer than k fragments decoding fails with a code', () => {
  const coder = new ErasureCoder({ k: 4, n: 7 });
  const fragments = encodeSegment(coder, testBytes(1000, 1)).map((fragment, i) => (i < 3 ? fragment : undefined));
  assert.throws(
    () => decodeSegment(coder, 1000, fragments),
    (error) => isCessError(error, 'ERASURE_TOO_FEW_SHARDS'),
  );
  assert.throws(
    () => rebuildFragment(coder, 1000, fragments, 0),
    (error) => isCessError(error, 'ERASURE_TOO_FEW_SHARDS'),
  );
});
