// Byte-string helpers shared by every package. All functions copy unless the name says otherwise.

import { byteAt } from './present.js';

/** Joins byte strings into one new array. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

/** Equality by content. Not constant-time: never use it on secrets (see `timingSafeEqual` of node:crypto). */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Lexicographic order by unsigned byte, shorter first on a common prefix: the order of every KV key. */
export function compareBytes(a: Uint8Array, b: Uint8Array): -1 | 0 | 1 {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    const x = byteAt(a, i);
    const y = byteAt(b, i);
    if (x !== y) return x < y ? -1 : 1;
  }
  return a.length === b.length ? 0 : a.length < b.length ? -1 : 1;
}

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder('utf-8', { fatal: true });

/** UTF-8 bytes of a string. */
export function utf8(text: string): Uint8Array {
  return textEncoder.encode(text);
}

/** String of UTF-8 bytes. Throws `TypeError` on malformed input. */
export function fromUtf8(bytes: Uint8Array): string {
  return textDecoder.decode(bytes);
}

/** The same, and an empty string for malformed input: for text from the chain that strangers wrote. */
export function utf8OrEmpty(bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes);
  } catch (error) {
    if (error instanceof TypeError) return '';
    throw error;
  }
}

/** The smallest byte string greater than every string that starts with `prefix`; undefined if there is none. */
export function prefixEnd(prefix: Uint8Array): Uint8Array | undefined {
  const end = prefix.slice();
  for (let i = end.length - 1; i >= 0; i--) {
    if (byteAt(end, i) < 0xff) {
      end[i] = byteAt(end, i) + 1;
      return end.subarray(0, i + 1);
    }
  }
  return undefined;
}
