// Reads stored bytes and digests them on their way into another object: copies that need the MD5 or a checksum of their bytes.
import { createHash } from 'node:crypto';
import type { ReadRequest } from '@cess/data-path';
import { type ChecksumAlgorithm, createChecksum } from '../body/checksums.js';
import type { S3Context } from '../context.js';

export type ReadPlan = Omit<ReadRequest, 'client' | 'signal' | 'feedsStore'>;

/** `finish` is called after the last chunk. */
export async function digestWhileReading(
  { storage, client, signal }: Pick<S3Context, 'storage' | 'client' | 'signal'>,
  plan: ReadPlan,
  algorithm: ChecksumAlgorithm | undefined,
) {
  const md5 = createHash('md5');
  const checksum = algorithm === undefined ? undefined : await createChecksum(algorithm);
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for await (const piece of storage.read({ ...plan, client, signal, feedsStore: true })) {
      md5.update(piece);
      checksum?.update(piece);
      yield piece;
    }
  }
  return {
    chunks: chunks(),
    finish: () => ({
      md5: md5.digest('hex'),
      checksums: checksum === undefined ? [] : [[checksum.algorithm, checksum.finish()] as const],
    }),
  };
}
