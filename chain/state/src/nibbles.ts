// Keys as sequences of half bytes, high half first: the alphabet of the radix-16 trie.

import { byteAt, elementAt } from '@cess/primitives';

/** One array element per nibble. */
export function toNibbles(key: Uint8Array): Uint8Array {
  const out = new Uint8Array(key.length * 2);
  for (let i = 0; i < key.length; i++) {
    out[2 * i] = byteAt(key, i) >>> 4;
    out[2 * i + 1] = byteAt(key, i) & 15;
  }
  return out;
}

/** Bytes of an even number of nibbles. */
export function fromNibbles(nibbles: ArrayLike<number>, length: number = nibbles.length): Uint8Array {
  const out = new Uint8Array(length >>> 1);
  for (let i = 0; i < out.length; i++) out[i] = (elementAt(nibbles, 2 * i) << 4) | elementAt(nibbles, 2 * i + 1);
  return out;
}

/** Length of the common start of `a` and of `b` from `bStart` on. */
export function commonPrefixLength(a: Uint8Array, b: Uint8Array, bStart: number): number {
  const limit = Math.min(a.length, b.length - bStart);
  let i = 0;
  while (i < limit && a[i] === b[bStart + i]) i++;
  return i;
}

/** `head ‖ nibble ‖ tail`. */
export function joinNibbles(head: Uint8Array, nibble: number, tail: Uint8Array): Uint8Array {
  const out = new Uint8Array(head.length + 1 + tail.length);
  out.set(head);
  out[head.length] = nibble;
  out.set(tail, head.length + 1);
  return out;
}
