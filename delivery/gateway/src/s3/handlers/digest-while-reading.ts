// Reads stored bytes and digests them: for copies that need the MD5 or a checksum of their bytes, on the way into another object
// or without one.
import { createHash } from 'node:crypto';
import type { ReadRequest } from '@cess/data-path';
import { type ChecksumAlgorithm, createChecksum } from '../body/checksums.js';
import type { S3Context } from '../context.js';

export type ReadPlan = Omit<ReadRequest, 'client' | 'signal' | 'feedsStore'>;
type Reader = Pick<S3Context, 'storage' | 'client' | 'signal' | 'request'>;

export interface Digests {
  readonly md5: string;
  readonly checksums: readonly (readonly [string, string])[];
}

/** Of bytes on their way into another object, within `ObjectStorage.copying`. `finish` is called after the last chunk. */
export async function digestWhileReading(
  reader: Reader,
  plan: ReadPlan,
  algorithm: ChecksumAlgorithm | undefined,
): Promise<{ readonly chunks: AsyncIterable<Uint8Array>; readonly finish: () => Digests }> {
  const { client, signal, storage, request } = reader;
  const { update, finish } = await createDigests(algorithm);
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for await (const piece of storage.read({ ...plan, client, signal, feedsStore: true })) {
      update(piece);
      keepOpen(request);
      yield piece;
    }
  }
  return { chunks: chunks(), finish };
}

/** Of bytes that stay where they are. Reads as a download does: nothing is held while it waits for memory. */
export async function digestOfStored(
  { storage, client, signal, request }: Reader,
  plan: ReadPlan,
  algorithm: ChecksumAlgorithm | undefined,
): Promise<Digests> {
  const { update, finish } = await createDigests(algorithm);
  for await (const piece of storage.read({ ...plan, client, signal })) {
    update(piece);
    keepOpen(request);
  }
  return finish();
}

/** Nothing passes on the connection while bytes are read, and the server closes a connection that is idle for too long. */
function keepOpen({ socket }: Reader['request']): void {
  socket.setTimeout(socket.timeout ?? 0);
}

async function createDigests(algorithm: ChecksumAlgorithm | undefined) {
  const md5 = createHash('md5');
  const checksum = algorithm === undefined ? undefined : await createChecksum(algorithm);
  return {
    update: (piece: Uint8Array): void => {
      md5.update(piece);
      checksum?.update(piece);
    },
    finish: (): Digests => ({
      md5: md5.digest('hex'),
      checksums: checksum === undefined ? [] : [[checksum.algorithm, checksum.finish()] as const],
    }),
  };
}
