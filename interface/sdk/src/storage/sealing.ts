// Sealing in the client (docs/protocol/data-path.md §15): frames of AES-256-GCM as the data path has them, by WebCrypto, under a fresh key for each object. That
// key is wrapped under the key of the user, for the name of the object, so that a gateway cannot answer with another object of the user.
import { CessError, concatBytes, fromHex, isCessError, toHex, utf8, webRng } from '@cess/primitives';
import { framePlaintextSizeBytes, frameSizeBytes, frameTagSizeBytes } from '@cess/sealing/frames';

/** The mark of a sealed object in its metadata. */
export const sealedMark = 'cess-sealed';
const sealedVersion = '1';
const streamName = 'cess-stream';
const wrapName = 'cess-key-wrap';
const wrapInfo = utf8('CESS/wrap/client/v1');
const keyBytes = 32;

/** A key for sealed objects: 32 random bytes. Who loses it loses the objects. */
export function createEncryptionKey(): Uint8Array {
  return webRng.bytes(keyBytes);
}

type SealingKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

export interface SealedStream {
  readonly streamId: Uint8Array;
  readonly key: SealingKey;
}

export interface SealedName {
  readonly bucket: string;
  readonly key: string;
}

/** A new stream, and the metadata from which the holder of the key finds its key again. */
export async function createSealedStream(
  userKey: Uint8Array,
  name: SealedName,
): Promise<{ readonly stream: SealedStream; readonly metadata: Readonly<Record<string, string>> }> {
  const [streamId, streamKey] = [webRng.bytes(32), webRng.bytes(keyBytes)];
  const wrap = await crypto.subtle.encrypt(
    wrapParameters(name, streamId),
    await wrapKey(userKey, streamId),
    plain(streamKey),
  );
  const metadata = {
    [sealedMark]: sealedVersion,
    [streamName]: toHex(streamId),
    [wrapName]: toHex(new Uint8Array(wrap)),
  };
  return { stream: { streamId, key: await importKey(streamKey) }, metadata };
}

/** The stream of a sealed object. Throws `SEALED_OBJECT_INVALID`. */
export async function openSealedStream(
  userKey: Uint8Array,
  name: SealedName,
  metadata: Readonly<Record<string, string>>,
): Promise<SealedStream> {
  if (metadata[sealedMark] === undefined) throw invalid('it is not sealed');
  if (metadata[sealedMark] !== sealedVersion) throw invalid('this version of the SDK does not know its format');
  try {
    const streamId = fromHex(metadata[streamName] ?? '');
    const wrap = fromHex(metadata[wrapName] ?? '');
    const key = await crypto.subtle.decrypt(
      wrapParameters(name, streamId),
      await wrapKey(userKey, streamId),
      plain(wrap),
    );
    return { streamId, key: await importKey(new Uint8Array(key)) };
  } catch (cause) {
    if (isCessError(cause) && cause.code !== 'HEX_MALFORMED') throw cause;
    throw invalid('its key does not open with this key and for this name', cause);
  }
}

export async function sealClientFrame(
  stream: SealedStream,
  index: number,
  plaintext: Uint8Array,
  isLast: boolean,
): Promise<Uint8Array> {
  return new Uint8Array(
    await crypto.subtle.encrypt(frameParameters(stream, index, isLast), stream.key, plain(plaintext)),
  );
}

/** Throws `SEALED_OBJECT_INVALID`. */
export async function openClientFrame(
  stream: SealedStream,
  index: number,
  sealed: Uint8Array,
  isLast: boolean,
): Promise<Uint8Array> {
  try {
    return new Uint8Array(
      await crypto.subtle.decrypt(frameParameters(stream, index, isLast), stream.key, plain(sealed)),
    );
  } catch (cause) {
    throw invalid(`frame ${index} was changed, moved or cut`, cause);
  }
}

export function invalid(reason: string, cause?: unknown): CessError {
  return new CessError('SEALED_OBJECT_INVALID', `The sealed object does not open: ${reason}.`, { reason }, { cause });
}

/** Chunks of any size as pieces of exactly `size` bytes, the last excepted; `isLast` is known when it is given. At least one piece. */
export async function* piecesOf(
  chunks: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<{ readonly bytes: Uint8Array; readonly isLast: boolean }> {
  let buffer = new Uint8Array(size);
  let length = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      // A full piece waits for a byte behind it: it may be the last one.
      if (length === size) {
        yield { bytes: buffer, isLast: false };
        buffer = new Uint8Array(size);
        length = 0;
      }
      const taken = chunk.subarray(at, at + size - length);
      buffer.set(taken, length);
      length += taken.length;
      at += taken.length;
    }
  }
  yield { bytes: buffer.subarray(0, length), isLast: true };
}

export const sealedFrameBytes = frameSizeBytes;
export const plainFrameBytes = framePlaintextSizeBytes;

async function wrapKey(userKey: Uint8Array, streamId: Uint8Array): Promise<SealingKey> {
  if (userKey.length !== keyBytes) throw invalid('a key has 32 bytes');
  const secret = await crypto.subtle.importKey('raw', plain(userKey), 'HKDF', false, ['deriveKey']);
  const parameters = { name: 'HKDF', hash: 'SHA-256', salt: plain(streamId), info: plain(wrapInfo) };
  return crypto.subtle.deriveKey(parameters, secret, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}

/** The key seals one message, so the nonce is constant. */
function wrapParameters({ bucket, key }: SealedName, streamId: Uint8Array) {
  return {
    name: 'AES-GCM',
    iv: new Uint8Array(12),
    additionalData: plain(concatBytes(streamId, utf8(`${bucket}/${key}`))),
    tagLength: 128,
  };
}

function importKey(bytes: Uint8Array): Promise<SealingKey> {
  return crypto.subtle.importKey('raw', plain(bytes), 'AES-GCM', false, ['encrypt', 'decrypt']);
}

/** Nonce and associated data of a frame, as the data path has them. */
function frameParameters({ streamId }: SealedStream, index: number, isLast: boolean) {
  const iv = new Uint8Array(12);
  new DataView(iv.buffer).setBigUint64(0, BigInt(index), true);
  iv[11] = isLast ? 1 : 0;
  const additionalData = new Uint8Array(41);
  additionalData.set(streamId, 0);
  new DataView(additionalData.buffer).setBigUint64(32, BigInt(index), true);
  additionalData[40] = isLast ? 1 : 0;
  return { name: 'AES-GCM', iv, additionalData, tagLength: 8 * frameTagSizeBytes };
}

/** The types of WebCrypto do not take views of shared memory. */
function plain(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>;
}
