// Stores an object that only holders of its key can read: the gateway sees ciphertext, and neither plaintext nor key.
import { bodySourceOf, type UploadBody } from './body-source.js';
import { type PutObjectOptions, type PutObjectResult, putObject } from './put-object.js';
import { createSealedStream, piecesOf, plainFrameBytes, type SealedStream, sealClientFrame } from './sealing.js';
import type { StorageClient } from './storage-client.js';

/** What to seal and store. */
export interface PutSealedObjectOptions extends Omit<PutObjectOptions, 'resume' | 'onState'> {
  /** 32 bytes, of `createEncryptionKey`. */
  readonly encryptionKey: Uint8Array;
}

const readBytes = 1024 * 1024;

/**
 * Seals and stores an object. Name, size, content type, tags and metadata are not sealed. The object opens under this bucket and key only:
 * a copy under another name does not. An upload is not resumable: the same frame must never be sealed twice with different content.
 */
export async function putSealedObject(
  storage: StorageClient,
  options: PutSealedObjectOptions,
): Promise<PutObjectResult> {
  const { encryptionKey, body, metadata, ...rest } = options;
  const { stream, metadata: sealing } = await createSealedStream(encryptionKey, rest);
  return putObject(storage, { ...rest, metadata: { ...metadata, ...sealing }, body: sealedBody(stream, body) });
}

async function* sealedBody(stream: SealedStream, body: UploadBody): AsyncGenerator<Uint8Array> {
  let index = 0;
  for await (const { bytes, isLast } of piecesOf(chunksOf(body), plainFrameBytes)) {
    yield await sealClientFrame(stream, index++, bytes, isLast);
  }
}

async function* chunksOf(body: UploadBody): AsyncGenerator<Uint8Array> {
  const source = bodySourceOf(body);
  for (let index = 0; ; index++) {
    const part = await source.part(index, readBytes);
    if (part === undefined) return;
    yield part;
  }
}
