// Reads an object that was sealed in a client: every byte is verified before it is given out, also of ranges.
import { frameRange, plaintextLengthOf } from '@cess/sealing/frames';
import { type GetObjectOptions, getObject, readAll, type StoredObject } from './get-object.js';
import { headObject } from './head-object.js';
import {
  invalid,
  openClientFrame,
  openSealedStream,
  piecesOf,
  type SealedStream,
  sealedFrameBytes,
} from './sealing.js';
import type { StorageClient } from './storage-client.js';

/** Which sealed object to read, and its key. */
export interface SealedObjectOptions extends Omit<GetObjectOptions, 'asCiphertext'> {
  /** The key with which the object was stored. */
  readonly encryptionKey: Uint8Array;
}

/** Opens a sealed object; sizes are those of the plaintext. Throws `SEALED_OBJECT_INVALID`, also while `body` is read, and what `getObject` throws. */
export async function getSealedObject(storage: StorageClient, options: SealedObjectOptions): Promise<StoredObject> {
  const { encryptionKey, range, ...request } = options;
  const head = await headObject(storage, request);
  const stream = await openSealedStream(encryptionKey, request, head.metadata);
  const sizeBytes = plaintextLengthOf(head.sizeBytes);
  if (sizeBytes === undefined) throw invalid('no sealed stream has this length');
  const first = Math.min(range?.firstByte ?? 0, sizeBytes);
  const end = Math.min((range?.lastByte ?? sizeBytes - 1) + 1, sizeBytes);
  const frames = frameRange(sizeBytes, first, Math.max(0, end - first));
  const sealed = await getObject(storage, {
    ...request,
    asCiphertext: true,
    range: { firstByte: frames.ciphertextOffset, lastByte: frames.ciphertextOffset + frames.ciphertextLength - 1 },
  });
  if (sealed.etag !== head.etag) throw invalid('it was overwritten while it was read');
  const isWholeTail = frames.ciphertextOffset + frames.ciphertextLength === head.sizeBytes;
  const opened = openedFrames(stream, chunksOf(sealed.body), { firstFrame: frames.firstFrame, isWholeTail });
  const bodyBytes = Math.max(0, end - first);
  const body = streamOf(cut(opened, frames.skip, bodyBytes));
  const bytes = () => readAll(body, bodyBytes);
  return { ...head, sizeBytes, bodyBytes, body, bytes, text: async () => new TextDecoder().decode(await bytes()) };
}

async function* openedFrames(
  stream: SealedStream,
  chunks: AsyncIterable<Uint8Array>,
  { firstFrame, isWholeTail }: { readonly firstFrame: number; readonly isWholeTail: boolean },
): AsyncGenerator<Uint8Array> {
  let index = firstFrame;
  for await (const { bytes, isLast } of piecesOf(chunks, sealedFrameBytes)) {
    yield await openClientFrame(stream, index++, bytes, isLast && isWholeTail);
  }
}

async function* cut(chunks: AsyncIterable<Uint8Array>, skip: number, length: number): AsyncGenerator<Uint8Array> {
  let [before, left] = [skip, length];
  for await (const chunk of chunks) {
    const wanted = chunk.subarray(before, before + left);
    before = Math.max(0, before - chunk.length);
    left -= wanted.length;
    if (wanted.length > 0) yield wanted;
  }
}

async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel();
  }
}

function streamOf(chunks: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const { done, value } = await chunks.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
    cancel: async () => {
      await chunks.return(undefined);
    },
  });
}
