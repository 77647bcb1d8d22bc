// Byte strings, arrays, vectors and tuples. A vector's length is checked against its bound and against the bytes
// that are left before anything is allocated.
import { elementAt, invariant } from '@cess/primitives';
import { type Codec, createCodec, type Static } from './codec.js';
import { describe } from './descriptor.js';
import { unencodable } from './errors.js';
import { u8 } from './primitives.js';

/** Bound of vectors that declare none; far above any message this project sends. */
const DEFAULT_MAX = 0x0fff_ffff;

export interface Bound {
  /** Most items; more are malformed. */
  readonly max?: number;
}

/** `Vec<u8>`. */
export function bytes(bound: Bound = {}): Codec<Uint8Array> {
  const max = bound.max ?? DEFAULT_MAX;
  return createCodec<Uint8Array>({
    type: describe({ kind: 'sequence', of: u8.type }),
    minBytes: 1,
    write: (value, writer) => {
      if (value.length > max) throw unencodable(`bytes of at most ${max}`, value.length);
      writer.compact(value.length);
      writer.raw(value);
    },
    read: (reader) => reader.raw(reader.length(max, 1)),
  });
}

/** `[u8; length]`. */
export function fixedBytes(length: number): Codec<Uint8Array> {
  return createCodec<Uint8Array>({
    type: describe({ kind: 'array', of: u8.type, length }),
    minBytes: length,
    write: (value, writer) => {
      if (value.length !== length) throw unencodable(`[u8; ${length}]`, value.length);
      writer.raw(value);
    },
    read: (reader) => reader.raw(length),
  });
}

/** `[T; length]`. */
export function array<T>(item: Codec<T>, length: number): Codec<readonly T[]> {
  return createCodec<readonly T[]>({
    type: describe({ kind: 'array', of: item.type, length }),
    minBytes: item.minBytes * length,
    write: (value, writer) => {
      if (value.length !== length) throw unencodable(`array of ${length}`, value.length);
      for (let i = 0; i < length; i++) item.write(elementAt(value, i), writer);
    },
    read: (reader) => {
      const out: T[] = [];
      for (let i = 0; i < length; i++) out.push(item.read(reader));
      return out;
    },
  });
}

/** `Vec<T>`. Items that may be empty need an explicit bound. */
export function vec<T>(item: Codec<T>, bound: Bound = {}): Codec<readonly T[]> {
  invariant(item.minBytes > 0 || bound.max !== undefined, 'a vector of possibly empty items needs a bound');
  const max = bound.max ?? DEFAULT_MAX;
  return createCodec<readonly T[]>({
    type: describe({ kind: 'sequence', of: item.type }),
    minBytes: 1,
    write: (value, writer) => {
      const { length } = value;
      if (length > max) throw unencodable(`vector of at most ${max}`, length);
      writer.compact(length);
      for (let i = 0; i < length; i++) item.write(elementAt(value, i), writer);
    },
    read: (reader) => {
      const length = reader.length(max, item.minBytes);
      const out: T[] = [];
      for (let i = 0; i < length; i++) out.push(item.read(reader));
      return out;
    },
  });
}

export type TupleOf<C extends readonly Codec<unknown>[]> = { readonly [K in keyof C]: Static<C[K]> };

/** `(A, B, ...)`. */
export function tuple<const C extends readonly Codec<unknown>[]>(...items: C): Codec<TupleOf<C>> {
  const count = items.length;
  return createCodec<TupleOf<C>>({
    type: describe({ kind: 'tuple', of: items.map((item) => item.type) }),
    minBytes: items.reduce((sum, item) => sum + item.minBytes, 0),
    write: (value, writer) => {
      const values = value as readonly unknown[];
      if (values.length !== count) throw unencodable(`tuple of ${count}`, values.length);
      for (let i = 0; i < count; i++) elementAt(items, i).write(values[i], writer);
    },
    read: (reader) => {
      const out: unknown[] = [];
      for (let i = 0; i < count; i++) out.push(elementAt(items, i).read(reader));
      return out as unknown as TupleOf<C>;
    },
  });
}
