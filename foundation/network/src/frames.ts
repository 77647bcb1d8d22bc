// Frames of the request protocols: u32 length, little-endian, then as many bytes (docs/protocol/network.md §3). The limit is
// checked before anything is stored, and memory grows with what arrives, not with what the length promises.
import { CessError } from '@cess/primitives';

const headerBytes = 4;
const initialBytes = 1024;

export function encodeFrame(...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const frame = new Uint8Array(headerBytes + length);
  new DataView(frame.buffer).setUint32(0, length, true);
  let offset = headerBytes;
  for (const part of parts) {
    frame.set(part, offset);
    offset += part.length;
  }
  return frame;
}

/** Reads one frame from chunks of any size. */
export class FrameReader {
  #buffer = new Uint8Array(0);
  #filled = 0;

  /** `discard`: keeps nothing; the content is returned empty. */
  constructor(
    readonly maxBytes: number,
    readonly mode: 'keep' | 'discard' = 'keep',
  ) {}

  get hasBytes(): boolean {
    return this.#filled > 0;
  }

  /**
   * The content of the frame once it is complete. Throws `NETWORK_MESSAGE_TOO_LARGE`, and `NETWORK_MESSAGE_MALFORMED` for
   * bytes after the frame.
   */
  push(chunk: Uint8Array): Uint8Array | undefined {
    const lengthBefore = this.#length();
    if (lengthBefore === undefined && this.#filled + chunk.length >= headerBytes) {
      const take = headerBytes - this.#filled;
      this.#append(chunk.subarray(0, take));
      return this.#appendContent(chunk.subarray(take));
    }
    if (lengthBefore === undefined) {
      this.#append(chunk);
      return undefined;
    }
    return this.#appendContent(chunk);
  }

  #appendContent(chunk: Uint8Array): Uint8Array | undefined {
    const length = this.#length() ?? 0;
    if (length > this.maxBytes) throw tooLarge(length, this.maxBytes);
    const end = headerBytes + length;
    if (this.#filled + chunk.length > end) throw malformedFrame('bytes follow the frame');
    if (this.mode === 'discard') {
      this.#filled += chunk.length;
      return this.#filled === end ? new Uint8Array(0) : undefined;
    }
    this.#append(chunk);
    return this.#filled === end ? this.#buffer.slice(headerBytes, end) : undefined;
  }

  /** Undefined until the header is complete. */
  #length(): number | undefined {
    if (this.#filled < headerBytes) return undefined;
    return new DataView(this.#buffer.buffer).getUint32(0, true);
  }

  #append(chunk: Uint8Array): void {
    const needed = this.#filled + chunk.length;
    if (needed > this.#buffer.length) {
      const capacity = Math.max(needed, Math.min(this.#buffer.length * 2, headerBytes + this.maxBytes), initialBytes);
      const grown = new Uint8Array(capacity);
      grown.set(this.#buffer.subarray(0, this.#filled));
      this.#buffer = grown;
    }
    this.#buffer.set(chunk, this.#filled);
    this.#filled = needed;
  }
}

export function malformedFrame(reason: string): CessError<'NETWORK_MESSAGE_MALFORMED'> {
  return new CessError('NETWORK_MESSAGE_MALFORMED', `The peer sent a malformed frame: ${reason}.`, { reason });
}

export function tooLarge(bytes: number, maxBytes: number): CessError<'NETWORK_MESSAGE_TOO_LARGE'> {
  const text = `The message has ${bytes} bytes; its protocol allows ${maxBytes}.`;
  return new CessError('NETWORK_MESSAGE_TOO_LARGE', text, { bytes, maxBytes });
}
