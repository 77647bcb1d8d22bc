// Names of files in the native API. A fid is 32 bytes in hexadecimal:
//   10 bytes  tag of the bucket: SHA-256("CESS/native-bucket/v1" ‖ owner ‖ territory), so a fid alone leads to its bucket
//    6 bytes  tag of the upload: SHA-256("CESS/native-upload/v1" ‖ length ‖ name), so an unfinished upload is found by its prefix
//   16 bytes  random: whoever has not been told the fid cannot guess it
// It is the key of an object in that bucket. It is no hash of the content, and no FileId of the chain (ADR 75).
import { randomBytes } from 'node:crypto';
import { sha256 } from '@cess/crypto';
import type { BucketRecord } from '@cess/object-index';
import { concatBytes, toHex, utf8 } from '@cess/primitives';

/** S3 clients cannot create buckets with it. */
export const nativeBucketPrefix = 'cess-native-';

const bucketTagBytes = 10;
const uploadTagBytes = 6;
const randomTailBytes = 16;
const fidPattern = /^[0-9a-f]{64}$/;

/** The bucket of an account and a territory. */
export function nativeBucketName(owner: Uint8Array, territory: string): string {
  return nativeBucketPrefix + toHex(bucketTag(owner, territory));
}

/** Whether the bucket is the one that the native API keeps under this name. */
export function isNativeBucket(name: string, { owner, territory }: BucketRecord): boolean {
  return name === nativeBucketName(owner, territory);
}

/** What the fids of all uploads of this name and length in the bucket begin with. */
export function uploadPrefix({ owner, territory }: BucketRecord, name: string, length: number): string {
  const tag = sha256(concatBytes(utf8('CESS/native-upload/v1'), utf8(`${length} ${name}`)));
  return toHex(bucketTag(owner, territory)) + toHex(tag.subarray(0, uploadTagBytes));
}

export function newFid(bucket: BucketRecord, name: string, length: number): string {
  return uploadPrefix(bucket, name, length) + randomBytes(randomTailBytes).toString('hex');
}

export function isFid(text: string): boolean {
  return fidPattern.test(text);
}

/** The name of the bucket in which the file of a fid lies. */
export function bucketOfFid(fid: string): string {
  return nativeBucketPrefix + fid.slice(0, 2 * bucketTagBytes);
}

function bucketTag(owner: Uint8Array, territory: string): Uint8Array {
  return sha256(concatBytes(utf8('CESS/native-bucket/v1'), owner, utf8(territory))).subarray(0, bucketTagBytes);
}
