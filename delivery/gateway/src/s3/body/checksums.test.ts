// Checksums against published check values and against each other.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { S3Error } from '../errors.js';
import { checksumAlgorithms, checksumClaim, createChecksum, isChecksumValue, parseAlgorithm } from './checksums.js';
import { combineCrc, compositeDigest } from './crc-combine.js';

const check = Buffer.from('123456789');
// The "check" values of the CRC catalogue, and FIPS 180 by node:crypto.
const published = {
  CRC32: 'cbf43926',
  CRC32C: 'e3069283',
  CRC64NVME: 'ae8b14860a799888',
  SHA1: createHash('sha1').update(check).digest('hex'),
  SHA256: createHash('sha256').update(check).digest('hex'),
} as const;
const combinable = ['CRC32', 'CRC32C', 'CRC64NVME'] as const;

async function digestOf(algorithm: (typeof checksumAlgorithms)[number], ...pieces: readonly Uint8Array[]) {
  const checksum = await createChecksum(algorithm);
  for (const piece of pieces) checksum.update(piece);
  return Buffer.from(checksum.finish(), 'base64');
}

describe('checksums', () => {
  for (const algorithm of checksumAlgorithms) {
    it(`${algorithm} of "123456789" is the published value, however it is cut`, async () => {
      for (let at = 0; at <= check.length; at++) {
        const digest = await digestOf(algorithm, check.subarray(0, at), check.subarray(at));
        assert.equal(digest.toString('hex'), published[algorithm]);
      }
      assert.ok(isChecksumValue(algorithm, Buffer.from(published[algorithm], 'hex').toString('base64')));
      assert.ok(!isChecksumValue(algorithm, 'AA=='));
    });
  }

  it('several at once do not disturb each other', async () => {
    const [a, b] = await Promise.all([createChecksum('CRC32'), createChecksum('CRC32')]);
    a.update(check.subarray(0, 4));
    b.update(Buffer.from('other'));
    a.update(check.subarray(4));
    assert.equal(Buffer.from(a.finish(), 'base64').toString('hex'), published.CRC32);
  });

  for (const algorithm of combinable) {
    it(`${algorithm}: the value of a concatenation follows from those of its parts`, async () => {
      const parts = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 5 });
      await fc.assert(
        fc.asyncProperty(parts, async (pieces) => {
          const digests = await Promise.all(pieces.map((piece) => digestOf(algorithm, piece)));
          const sizes = pieces.map(({ length }) => length);
          assert.deepEqual(combineCrc(algorithm, digests, sizes), await digestOf(algorithm, ...pieces));
        }),
        { seed: 3, numRuns: 60 },
      );
      const large = [randomBytes(3_000_001), randomBytes(1_234_567)];
      const digests = await Promise.all(large.map((piece) => digestOf(algorithm, piece)));
      const sizes = large.map(({ length }) => length);
      assert.deepEqual(combineCrc(algorithm, digests, sizes), await digestOf(algorithm, ...large));
    });
  }

  it('a composite is the algorithm over the digests of the parts', async () => {
    for (const algorithm of checksumAlgorithms) {
      const digests = [await digestOf(algorithm, check), await digestOf(algorithm, Buffer.from('b'))];
      const expected = await digestOf(algorithm, ...digests);
      assert.equal(compositeDigest(algorithm, digests), expected.toString('base64'));
    }
  });

  it('reads what a request states, and refuses what is ambiguous or malformed', () => {
    assert.equal(checksumClaim({}), undefined);
    assert.deepEqual(checksumClaim({ 'x-amz-trailer': 'X-Amz-Checksum-CRC32' }), {
      algorithm: 'CRC32',
      value: undefined,
      inTrailer: true,
    });
    assert.equal(checksumClaim({ 'x-amz-sdk-checksum-algorithm': 'sha256' })?.algorithm, 'SHA256');
    assert.equal(parseAlgorithm('crc64nvme'), 'CRC64NVME');
    const bad = [
      { 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-checksum-sha1': 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' },
      { 'x-amz-checksum-crc32': 'AAAA' },
      { 'x-amz-trailer': 'x-amz-checksum-md4' },
      { 'x-amz-sdk-checksum-algorithm': 'MD5' },
      // Statements that contradict each other.
      { 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-trailer': 'x-amz-checksum-crc32' },
      { 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-trailer': 'x-amz-checksum-sha1' },
      { 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-sdk-checksum-algorithm': 'SHA256' },
      { 'x-amz-trailer': 'x-amz-checksum-crc32', 'x-amz-sdk-checksum-algorithm': 'CRC32C' },
      { 'x-amz-trailer': 'x-amz-checksum-crc32, x-amz-checksum-sha1' },
      { 'x-amz-sdk-checksum-algorithm': 'CRC32', 'x-amz-checksum-algorithm': 'SHA1' },
    ];
    for (const headers of bad) {
      assert.throws(
        () => checksumClaim(headers),
        (thrown) => thrown instanceof S3Error && thrown.code === 'InvalidRequest',
      );
    }
  });
});
