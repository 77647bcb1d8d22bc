// The checksums of the S3 protocol: CRC32, CRC32C, CRC64NVME, SHA1, SHA256 over the object's plaintext. Values travel
// in base64, big-endian. Only what a request names is computed.
import { createHash, type Hash } from 'node:crypto';
import { createCRC32, createCRC64, type IHasher } from 'hash-wasm';
import { S3Error } from '../errors.js';

export const checksumAlgorithms = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const;
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number];

export const checksumHeader = (algorithm: ChecksumAlgorithm): string => `x-amz-checksum-${algorithm.toLowerCase()}`;

const digestBytes: Readonly<Record<ChecksumAlgorithm, number>> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
};

export interface ChecksumHasher {
  readonly algorithm: ChecksumAlgorithm;
  update(chunk: Uint8Array): void;
  /** Base64 of the digest. */
  finish(): string;
}

/** Castagnoli polynomial, reflected. */
const crc32cPolynomial = 0x82f63b78;
/** NVM Express polynomial, reflected. */
const crc64NvmePolynomial = '9a6c9329ac4bc9b5';

export async function createChecksum(algorithm: ChecksumAlgorithm): Promise<ChecksumHasher> {
  switch (algorithm) {
    case 'CRC32':
      return wasmChecksum(algorithm, await createCRC32());
    case 'CRC32C':
      return wasmChecksum(algorithm, await createCRC32(crc32cPolynomial));
    case 'CRC64NVME':
      return wasmChecksum(algorithm, await createCRC64(crc64NvmePolynomial));
    case 'SHA1':
      return nodeChecksum(algorithm, createHash('sha1'));
    case 'SHA256':
      return nodeChecksum(algorithm, createHash('sha256'));
  }
}

function wasmChecksum(algorithm: ChecksumAlgorithm, hasher: IHasher): ChecksumHasher {
  hasher.init();
  return {
    algorithm,
    update: (chunk) => {
      hasher.update(chunk);
    },
    finish: () => Buffer.from(hasher.digest('hex'), 'hex').toString('base64'),
  };
}

function nodeChecksum(algorithm: ChecksumAlgorithm, hash: Hash): ChecksumHasher {
  return { algorithm, update: (chunk) => hash.update(chunk), finish: () => hash.digest('base64') };
}

/** The algorithm of a name in any case. Throws InvalidRequest for another. */
export function parseAlgorithm(name: string): ChecksumAlgorithm {
  const algorithm = checksumAlgorithms.find((known) => known === name.toUpperCase());
  if (algorithm === undefined) {
    throw new S3Error('InvalidRequest', { message: 'Checksum algorithm provided is unsupported.' });
  }
  return algorithm;
}

/** True when `value` is base64 of a digest of that algorithm. */
export function isChecksumValue(algorithm: ChecksumAlgorithm, value: string): boolean {
  const bytes = Buffer.from(value, 'base64');
  return bytes.length === digestBytes[algorithm] && bytes.toString('base64') === value;
}

/** What a request states about checksums: a value in a header, or an algorithm whose value follows in the trailer. */
export interface ChecksumClaim {
  readonly algorithm: ChecksumAlgorithm;
  /** Undefined when it comes in the trailer, or when the client only asks for it to be computed. */
  readonly value: string | undefined;
  /** True when the trailer was announced to bring the value. */
  readonly inTrailer: boolean;
}

/** Reads the claim from headers. At most one checksum may be given. */
export function checksumClaim(headers: Readonly<Record<string, string>>): ChecksumClaim | undefined {
  const given = checksumAlgorithms.filter((algorithm) => headers[checksumHeader(algorithm)] !== undefined);
  if (given.length > 1) {
    throw new S3Error('InvalidRequest', { message: 'Expecting a single x-amz-checksum- header.' });
  }
  const [algorithm] = given;
  if (algorithm !== undefined) {
    const value = headers[checksumHeader(algorithm)]!;
    if (!isChecksumValue(algorithm, value)) {
      throw new S3Error('InvalidRequest', { message: `Value for ${checksumHeader(algorithm)} header is invalid.` });
    }
    return { algorithm, value, inTrailer: false };
  }
  const trailer = headers['x-amz-trailer']?.trim().toLowerCase();
  if (trailer !== undefined) {
    const announced = checksumAlgorithms.find((known) => checksumHeader(known) === trailer);
    if (announced === undefined)
      throw new S3Error('InvalidRequest', {
        message: 'The value specified in the x-amz-trailer header is not supported.',
      });
    return { algorithm: announced, value: undefined, inTrailer: true };
  }
  const named = headers['x-amz-sdk-checksum-algorithm'];
  return named === undefined ? undefined : { algorithm: parseAlgorithm(named), value: undefined, inTrailer: false };
}
