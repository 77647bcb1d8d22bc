// The checksums of the S3 protocol: CRC32, CRC32C, CRC64NVME, SHA1, SHA256 over the object's plaintext. Values travel
// in base64, big-endian. Only the algorithm that a request names is computed.
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

/** Parses the name of an algorithm, case-insensitively. Throws InvalidRequest for unknown names. */
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

/** The checksum that a request claims for its body. */
export interface ChecksumClaim {
  readonly algorithm: ChecksumAlgorithm;
  /** Undefined when the trailer carries it, or when the client only asks the server to compute it. */
  readonly value: string | undefined;
  /** True when the request announces the value in the trailer. */
  readonly inTrailer: boolean;
}

type Headers = Readonly<Record<string, string>>;

/** Headers that name an algorithm without a value. */
const namingHeaders = ['x-amz-sdk-checksum-algorithm', 'x-amz-checksum-algorithm'] as const;

/** Of operations whose body Amazon takes only with a digest or a checksum. Throws InvalidRequest. */
export function requireDigest(headers: Headers): void {
  const claim = checksumClaim(headers);
  if (headers['content-md5'] !== undefined || claim?.value !== undefined || claim?.inTrailer === true) return;
  throw new S3Error('InvalidRequest', {
    message: 'Missing required header for this request: Content-MD5 OR x-amz-checksum-*.',
  });
}

/** Reads the claim from headers. Throws InvalidRequest for several values and for statements that contradict it. */
export function checksumClaim(headers: Headers): ChecksumClaim | undefined {
  const stated = statedValue(headers);
  const announced = announcedAlgorithm(headers['x-amz-trailer']);
  if (stated !== undefined && announced !== undefined) throw severalChecksums();
  const named = namingHeaders.flatMap((name) => (headers[name] === undefined ? [] : [parseAlgorithm(headers[name])]));
  const algorithm = stated?.algorithm ?? announced ?? named[0];
  if (algorithm === undefined) return undefined;
  if (named.some((other) => other !== algorithm)) {
    throw new S3Error('InvalidRequest', {
      message: `The checksum algorithm named is not ${algorithm}, by which the request states its checksum.`,
    });
  }
  return { algorithm, value: stated?.value, inTrailer: announced !== undefined };
}

function statedValue(headers: Headers): { algorithm: ChecksumAlgorithm; value: string } | undefined {
  const [first, ...more] = checksumAlgorithms.flatMap((algorithm) => {
    const value = headers[checksumHeader(algorithm)];
    return value === undefined ? [] : [{ algorithm, value }];
  });
  if (more.length > 0) throw severalChecksums();
  if (first !== undefined && !isChecksumValue(first.algorithm, first.value)) {
    throw new S3Error('InvalidRequest', { message: `Value for ${checksumHeader(first.algorithm)} header is invalid.` });
  }
  return first;
}

function announcedAlgorithm(trailer: string | undefined): ChecksumAlgorithm | undefined {
  if (trailer === undefined) return undefined;
  const name = trailer.trim().toLowerCase();
  const algorithm = checksumAlgorithms.find((known) => checksumHeader(known) === name);
  if (algorithm === undefined) {
    throw new S3Error('InvalidRequest', {
      message: 'The value specified in the x-amz-trailer header is not supported.',
    });
  }
  return algorithm;
}

function severalChecksums(): S3Error {
  return new S3Error('InvalidRequest', { message: 'Expecting a single x-amz-checksum- header or trailer.' });
}
