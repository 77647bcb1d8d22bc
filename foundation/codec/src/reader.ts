// A bounded cursor over untrusted bytes. Every read checks what is left before it allocates; compact integers
// must be canonical; recursion is bounded.
import { byteAt } from '@cess/primitives';

import { malformed } from './errors.js';

/** Nesting of recursive types beyond this is refused. */
export const MAX_DEPTH = 64;
const textDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;
  #depth = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get offset(): number {
    return this.#offset;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  #take(count: number): number {
    const at = this.#offset;
    if (at + count > this.#bytes.length) throw malformed('truncated', at);
    this.#offset = at + count;
    return at;
  }

  /** Fails unless everything was read. */
  end(): void {
    if (this.#offset !== this.#bytes.length) throw malformed('trailing bytes', this.#offset);
  }

  fail(reason: string): never {
    throw malformed(reason, this.#offset);
  }

  /** Enters a recursive type; pair with `leave`. */
  enter(): void {
    if (++this.#depth > MAX_DEPTH) throw malformed('nesting too deep', this.#offset);
  }

  leave(): void {
    this.#depth--;
  }

  u8(): number {
    const at = this.#take(1);
    return byteAt(this.#bytes, at);
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }

  u128(): bigint {
    const at = this.#take(16);
    const low = this.#view.getBigUint64(at, true);
    const high = this.#view.getBigUint64(at + 8, true);
    return high === 0n ? low : (high << 64n) | low;
  }

  u256(): bigint {
    const low = this.u128();
    const high = this.u128();
    return high === 0n ? low : (high << 128n) | low;
  }

  /** Compact integer of at most 32 bits. */
  compact(): number {
    const at = this.#offset;
    const first = this.u8();
    let value: number;
    switch (first & 3) {
      case 0:
        return first >>> 2;
      case 1:
        value = ((this.u8() << 8) | first) >>> 2;
        if (value < 0x40) throw malformed('non-canonical compact integer', at);
        return value;
      case 2:
        this.#offset = at;
        value = this.u32() >>> 2;
        if (value < 0x4000) throw malformed('non-canonical compact integer', at);
        return value;
      default:
        if (first !== 3) throw malformed('compact integer above 32 bits', at);
        value = this.u32();
        if (value < 0x4000_0000) throw malformed('non-canonical compact integer', at);
        return value;
    }
  }

  /** Compact integer of at most `bytes` bytes. */
  compactBig(bytes: number): bigint {
    const at = this.#offset;
    const first = this.#bytes[at];
    if (first === undefined) throw malformed('truncated', at);
    if ((first & 3) !== 3) return BigInt(this.compact());
    this.#offset++;
    const length = (first >>> 2) + 4;
    if (length > bytes) throw malformed(`compact integer above ${bytes * 8} bits`, at);
    const start = this.#take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(byteAt(this.#bytes, start + i));
    if (value < 0x4000_0000n || this.#bytes[start + length - 1] === 0) {
      throw malformed('non-canonical compact integer', at);
    }
    return value;
  }

  /** A copy of the next `length` bytes. */
  raw(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.slice(at, at + length);
  }

  /** A view of the next `length` bytes: valid as long as the input is not changed. */
  view(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** Reads a vector's length and refuses it before anything is allocated. */
  length(max: number, minItemBytes: number): number {
    const at = this.#offset;
    const length = this.compact();
    if (length > max) throw malformed(`length ${length} above the bound ${max}`, at);
    if (length * minItemBytes > this.remaining) throw malformed('truncated', at);
    return length;
  }

  str(max: number): string {
    const at = this.#offset;
    const bytes = this.view(this.length(max, 1));
    try {
      return textDecoder.decode(bytes);
    } catch {
      throw malformed('invalid UTF-8', at);
    }
  }
}
