// Seals the bytes of a stream again (docs/protocol/data-path.md §1), with the cryptography that Node.js and browsers share.
import { fromHex } from '@cess/primitives';
import { frameCountOf, framePlaintextSizeBytes, frameTagSizeBytes } from '@cess/sealing/frames';
import type { ReceiptStream } from './statement.js';

/** Reads exact lengths from chunks of any length. */
export class ExactReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Fills the target; returns fewer bytes only at the end. */
  async read(target: Uint8Array): Promise<number> {
    let filled = 0;
    while (filled < target.length) {
      const piece = await this.#take(target.length - filled);
      if (piece === undefined) break;
      target.set(piece, filled);
      filled += piece.length;
    }
    return filled;
  }

  /** Drops so many bytes; returns fewer only at the end. */
  async skip(length: number): Promise<number> {
    let skipped = 0;
    while (skipped < length) {
      const piece = await this.#take(length - skipped);
      if (piece === undefined) break;
      skipped += piece.length;
    }
    return skipped;
  }

  /** At most so many bytes, at least one; undefined at the end. */
  async #take(most: number): Promise<Uint8Array | undefined> {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) return undefined;
      this.#rest = next.value;
    }
    const piece = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }
}

/** The frames of a stream whose plaintext has `length` bytes; ends early where the plaintext does. */
export async function* sealedFrames(
  { id, key: keyHex }: ReceiptStream,
  plaintext: ExactReader,
  length: number,
): AsyncGenerator<Uint8Array> {
  const { subtle } = globalThis.crypto;
  const key = await subtle.importKey('raw', ownBytes(fromHex(keyHex ?? '')), 'AES-GCM', false, ['encrypt']);
  const frames = frameCountOf(length);
  for (let index = 0; index < frames; index++) {
    const isLast = index === frames - 1;
    const frame = new Uint8Array(isLast ? length - index * framePlaintextSizeBytes : framePlaintextSizeBytes);
    if ((await plaintext.read(frame)) < frame.length) return;
    const { nonce, associatedData } = frameContext(fromHex(id), index, isLast);
    const algorithm = {
      name: 'AES-GCM',
      iv: nonce,
      additionalData: associatedData,
      tagLength: 8 * frameTagSizeBytes,
    };
    yield new Uint8Array(await subtle.encrypt(algorithm, key, frame));
  }
}

function frameContext(streamId: Uint8Array, index: number, isLast: boolean) {
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setBigUint64(0, BigInt(index), true);
  nonce[11] = isLast ? 1 : 0;
  const associatedData = new Uint8Array(41);
  associatedData.set(streamId);
  associatedData.set(nonce.subarray(0, 8), 32);
  associatedData[40] = isLast ? 1 : 0;
  return { nonce, associatedData };
}

/** WebCrypto takes bytes of their own buffer only. */
function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
