// Checksums over parts: the CRC of a concatenation from the CRCs of its pieces, and the composite checksum of a
// multipart object (the same algorithm over the parts' raw digests).
//   crc(A ‖ B) = crc(A) · x^(8·|B|) mod P  xor  crc(B)        over GF(2), reflected, as for zlib's crc32_combine
import { createHash } from 'node:crypto';
import { elementAt, invariant } from '@cess/primitives';
import type { ChecksumAlgorithm } from './checksums.js';

interface CrcField {
  readonly bits: bigint;
  /** Reflected polynomial. */
  readonly polynomial: bigint;
}

const fields = {
  CRC32: { bits: 32n, polynomial: 0xedb88320n },
  CRC32C: { bits: 32n, polynomial: 0x82f63b78n },
  CRC64NVME: { bits: 64n, polynomial: 0x9a6c9329ac4bc9b5n },
} satisfies Partial<Record<ChecksumAlgorithm, CrcField>>;

export type CombinableAlgorithm = keyof typeof fields;

export function isCombinable(algorithm: ChecksumAlgorithm): algorithm is CombinableAlgorithm {
  return algorithm in fields;
}

/** CRC of the concatenation; `digests` big-endian, `sizes` in bytes. */
export function combineCrc(
  algorithm: CombinableAlgorithm,
  digests: readonly Buffer[],
  sizes: readonly number[],
): Buffer {
  const field = fields[algorithm];
  let crc = 0n;
  digests.forEach((digest, index) => {
    crc = multiply(field, powerOfX(field, elementAt(sizes, index)), crc) ^ BigInt(`0x${digest.toString('hex')}`);
  });
  return toBytes(field, crc);
}

/** Base64 of the algorithm applied to the concatenated raw digests of the parts. */
export function compositeDigest(algorithm: ChecksumAlgorithm, digests: readonly Buffer[]): string {
  const bytes = Buffer.concat(digests);
  if (isCombinable(algorithm)) return toBytes(fields[algorithm], crcOf(fields[algorithm], bytes)).toString('base64');
  return createHash(algorithm.toLowerCase()).update(bytes).digest('base64');
}

/** Bit by bit: only for the few kilobytes of a list of digests. */
function crcOf({ bits, polynomial }: CrcField, bytes: Uint8Array): bigint {
  const ones = (1n << bits) - 1n;
  let crc = ones;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1n) === 1n ? (crc >> 1n) ^ polynomial : crc >> 1n;
  }
  return crc ^ ones;
}

/** x^(8·size) in the reflected field. */
function powerOfX(field: CrcField, size: number): bigint {
  invariant(Number.isSafeInteger(size) && size >= 0, 'size of a part');
  let square = 1n << (field.bits - 9n);
  let power = 1n << (field.bits - 1n);
  for (let rest = BigInt(size); rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) power = multiply(field, square, power);
    square = multiply(field, square, square);
  }
  return power;
}

function multiply({ bits, polynomial }: CrcField, a: bigint, b: bigint): bigint {
  let product = 0n;
  let shifted = b;
  for (let mask = 1n << (bits - 1n); mask > 0n; mask >>= 1n) {
    if ((a & mask) !== 0n) product ^= shifted;
    shifted = (shifted & 1n) === 1n ? (shifted >> 1n) ^ polynomial : shifted >> 1n;
  }
  return product;
}

function toBytes({ bits }: CrcField, crc: bigint): Buffer {
  return Buffer.from(crc.toString(16).padStart(Number(bits) / 4, '0'), 'hex');
}
