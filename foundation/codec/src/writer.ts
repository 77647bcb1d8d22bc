// A growing byte buffer. Every codec writes straight into it: there are no intermediate arrays.
import { unencodable } from './errors.js';

const U64_MAX = (1n << 64n) - 1n;
const textEncoder = new TextEncoder();
/** Texts up to this length are written by a loop. */
const maxLoopLength = 64;

export class Writer {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }

  get capacity(): number {
    return this.#bytes.length;
  }

  /** Forgets what was written and keeps the buffer. */
  reset(): void {
    this.#length = 0;
  }

  /** A copy of what was written. */
  toBytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #reserve(count: number): number {
    const at = this.#length;
    const needed = at + count;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    this.#length = needed;
    return at;
  }

  u8(value: number): void {
    const at = this.#reserve(1);
    this.#bytes[at] = value;
  }

  u16(value: number): void {
    const at = this.#reserve(2);
    this.#view.setUint16(at, value, true);
  }

  u32(value: number): void {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value, true);
  }

  u64(value: bigint): void {
    const at = this.#reserve(8);
    this.#view.setBigUint64(at, value, true);
  }

  u128(value: bigint): void {
    const at = this.#reserve(16);
    this.#view.setBigUint64(at, value & U64_MAX, true);
    this.#view.setBigUint64(at + 8, value >> 64n, true);
  }

  u256(value: bigint): void {
    this.u128(value & ((1n << 128n) - 1n));
    this.u128(value >> 128n);
  }

  /** Compact integer of a non-negative safe integer. */
  compact(value: number): void {
    if (value < 0x40) {
      this.u8(value << 2);
    } else if (value < 0x4000) {
      this.u16((value << 2) | 1);
    } else if (value < 0x4000_0000) {
      this.u32(((value << 2) | 2) >>> 0);
    } else if (value <= 0xffff_ffff) {
      this.u8(3);
      this.u32(value);
    } else {
      this.compactBig(BigInt(value));
    }
  }

  /** Compact integer of a non-negative bigint below 2^536. */
  compactBig(value: bigint): void {
    if (value < 0x4000_0000n) {
      this.compact(Number(value));
      return;
    }
    let length = 0;
    for (let rest = value; rest > 0n; rest >>= 8n) length++;
    if (length > 67) throw unencodable('compact', value);
    this.u8(((length - 4) << 2) | 3);
    for (let rest = value; rest > 0n; rest >>= 8n) this.u8(Number(rest & 0xffn));
  }

  raw(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** Length-prefixed UTF-8. */
  str(text: string): void {
    if (text.length <= maxLoopLength && this.#ascii(text)) return;
    const bytes = textEncoder.encode(text);
    this.compact(bytes.length);
    this.raw(bytes);
  }

  /** A call of the encoder costs more than a loop over most names. False, and nothing is written, for other characters than ASCII. */
  #ascii(text: string): boolean {
    const before = this.#length;
    this.compact(text.length);
    const at = this.#reserve(text.length);
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) {
        this.#length = before;
        return false;
      }
      this.#bytes[at + i] = code;
    }
    return true;
  }
}
