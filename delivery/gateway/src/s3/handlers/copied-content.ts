// What a copy states about its content. A copy is one piece, whatever its source was made of, as at Amazon: its entity tag is the
// MD5 of its bytes, and its checksum covers the full object. A source in parts has neither, so its bytes are read for them.
import type { NewObject, ObjectRecord } from '@cess/object-index';
import { type ChecksumAlgorithm, parseAlgorithm } from '../body/checksums.js';
import type { S3Context } from '../context.js';
import { S3Error } from '../errors.js';
import type { Digests } from './digest-while-reading.js';
import { maxBodyBytes } from './write-object.js';

type CopiedContent = Pick<ObjectRecord, 'etag' | 'parts' | 'checksums' | 'checksumType'>;

export interface DigestPlan {
  /** To compute; undefined: the copy keeps the checksums of its source. */
  readonly algorithm: ChecksumAlgorithm | undefined;
  /** Whether something is missing that only the bytes can tell. */
  readonly isNeeded: boolean;
}

/** The digests that a copy needs beside those of its source. Throws InvalidRequest for an unknown algorithm. */
export function planDigests(
  headers: S3Context['headers'],
  { parts, checksums, checksumType }: ObjectRecord,
): DigestPlan {
  const wanted = headers['x-amz-checksum-algorithm'] ?? checksums[0]?.[0];
  const algorithm = wanted === undefined ? undefined : parseAlgorithm(wanted);
  const isKept = checksumType === 'FULL_OBJECT' && checksums.some(([own]) => own === algorithm);
  const computed = isKept ? undefined : algorithm;
  return { algorithm: computed, isNeeded: parts.length > 0 || computed !== undefined };
}

export function contentInOnePiece(
  source: Pick<NewObject, 'checksums'>,
  { algorithm }: DigestPlan,
  { md5, checksums }: Digests,
): CopiedContent {
  return {
    etag: md5,
    parts: [],
    checksums: algorithm === undefined ? source.checksums : checksums,
    checksumType: 'FULL_OBJECT',
  };
}

/** Amazon's limit of a copy, whose bytes may have to be read while the client waits. Throws InvalidRequest. */
export function requireCopySize(length: number): void {
  if (length <= maxBodyBytes) return;
  throw new S3Error('InvalidRequest', {
    message: `The specified copy source is larger than the maximum allowable size for a copy source: ${maxBodyBytes}`,
  });
}
