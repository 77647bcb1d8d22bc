// The few types of ASN.1 in DER (ITU-T X.690) that an X.509 certificate needs.
import { concatBytes, utf8 } from '@cess/primitives';

const tags = { integer: 0x02, bits: 0x03, octets: 0x04, oid: 0x06, text: 0x0c, sequence: 0x30, set: 0x31, time: 0x18 };
const trueValue = Uint8Array.of(0x01, 0x01, 0xff);

/** One value with its tag and length. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = concatBytes(...contents);
  return concatBytes(Uint8Array.of(tag, ...lengthOf(content.length)), content);
}

export const sequence = (...items: readonly Uint8Array[]): Uint8Array => der(tags.sequence, ...items);
export const setOf = (item: Uint8Array): Uint8Array => der(tags.set, item);
export const octets = (content: Uint8Array): Uint8Array => der(tags.octets, content);
export const text = (content: string): Uint8Array => der(tags.text, utf8(content));
export const booleanTrue = (): Uint8Array => trueValue;
/** Explicit tag of the context. */
export const explicit = (number: number, content: Uint8Array): Uint8Array => der(0xa0 | number, content);

/** An unsigned integer, big-endian. */
export function integer(bytes: Uint8Array): Uint8Array {
  const [first = 0] = bytes;
  return first >= 0x80 ? der(tags.integer, Uint8Array.of(0), bytes) : der(tags.integer, bytes);
}

/** `unused`: bits at the end that do not count. */
export function bits(content: Uint8Array, unused = 0): Uint8Array {
  return der(tags.bits, Uint8Array.of(unused), content);
}

export function time(ms: number): Uint8Array {
  const digits = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '');
  return der(tags.time, utf8(digits));
}

/** An object identifier such as `2.5.29.17`. */
export function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return der(tags.oid, Uint8Array.of(first * 40 + second), ...rest.map(base128));
}

function base128(value: number): Uint8Array {
  const digits = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift((rest % 128) | 0x80);
  return Uint8Array.from(digits);
}

function lengthOf(length: number): readonly number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}
