// Enums with data: `{ type, value }`; plain enums as string literals; Option as `T | undefined`; Result.
// Variant indices are the declaration order unless given.
import { invariant, present } from '@cess/primitives';
import { type Codec, createCodec, type Static } from './codec.js';
import { describe, inlineFields, type TypeNaming } from './descriptor.js';
import { unencodable } from './errors.js';

export type VariantCases = Readonly<Record<string, Codec<unknown>>>;
export type VariantOf<V extends VariantCases> = {
  [K in keyof V & string]: Static<V[K]> extends undefined
    ? { readonly type: K; readonly value?: undefined }
    : { readonly type: K; readonly value: Static<V[K]> };
}[keyof V & string];

export interface VariantNaming<Name extends string = string> extends TypeNaming {
  /** Bytes on the wire where they differ from the declaration order. */
  readonly indices?: Readonly<Partial<Record<Name, number>>>;
  readonly caseDocs?: Readonly<Partial<Record<Name, readonly string[]>>>;
}

function indexOf(naming: VariantNaming, name: string, position: number): number {
  const index = naming.indices?.[name] ?? position;
  invariant(Number.isInteger(index) && index >= 0 && index < 256, `variant index of ${name} is not a byte`);
  return index;
}

/** An enum whose cases carry values (`unit` for none). */
export function variant<V extends VariantCases>(
  cases: V,
  naming: VariantNaming<keyof V & string> = {},
): Codec<VariantOf<V>> {
  const names = Object.keys(cases);
  const byName = new Map<string, { readonly index: number; readonly codec: Codec<unknown> }>();
  const byIndex: ({ readonly name: string; readonly codec: Codec<unknown> } | undefined)[] = [];
  names.forEach((name, position) => {
    const index = indexOf(naming, name, position);
    const codec = present(cases[name], 'the codec of the case');
    invariant(byIndex[index] === undefined, `variant index ${index} is used twice`);
    byName.set(name, { index, codec });
    byIndex[index] = { name, codec };
  });
  return createCodec<VariantOf<V>>({
    type: describe(
      {
        kind: 'variant',
        variants: names.map((name) => ({
          name,
          index: present(byName.get(name), 'the case').index,
          fields: inlineFields(present(cases[name], 'the codec of the case').type),
          docs: (naming.caseDocs as Readonly<Record<string, readonly string[]>> | undefined)?.[name] ?? [],
        })),
      },
      naming,
    ),
    minBytes:
      1 +
      names.reduce(
        (least, name) => Math.min(least, present(cases[name], 'the codec of the case').minBytes),
        names.length ? 1 << 30 : 0,
      ),
    write: (value, writer) => {
      const entry = byName.get(value.type);
      if (entry === undefined) throw unencodable('variant', value.type);
      writer.u8(entry.index);
      entry.codec.write(value.value, writer);
    },
    read: (reader) => {
      const entry = byIndex[reader.u8()];
      if (entry === undefined) return reader.fail('unknown variant index');
      return { type: entry.name, value: entry.codec.read(reader) } as VariantOf<V>;
    },
  });
}

/** An enum without data, as one of its names. */
export function enumeration<const N extends string>(names: readonly N[], naming: VariantNaming<N> = {}): Codec<N> {
  const indices = new Map<string, number>();
  const byIndex: (N | undefined)[] = [];
  names.forEach((name, position) => {
    const index = indexOf(naming, name, position);
    indices.set(name, index);
    byIndex[index] = name;
  });
  return createCodec<N>({
    type: describe(
      {
        kind: 'variant',
        variants: names.map((name) => ({
          name,
          index: present(indices.get(name), 'the index of the case'),
          fields: [],
          docs: naming.caseDocs?.[name] ?? [],
        })),
      },
      naming,
    ),
    minBytes: 1,
    write: (value, writer) => {
      const index = indices.get(value);
      if (index === undefined) throw unencodable('enumeration', value);
      writer.u8(index);
    },
    read: (reader) => byIndex[reader.u8()] ?? reader.fail('unknown variant index'),
  });
}

/** `Option<T>` as `T | undefined`. Nested options would be ambiguous, so they are rejected. */
export function option<T>(inner: Codec<T>): Codec<T | undefined> {
  invariant(inner.type.path[0] !== 'Option', 'nested options are ambiguous in TypeScript');
  return createCodec<T | undefined>({
    type: describe(
      {
        kind: 'variant',
        variants: [
          { name: 'None', index: 0, fields: [], docs: [] },
          { name: 'Some', index: 1, fields: [{ type: inner.type }], docs: [] },
        ],
      },
      { path: ['Option'], params: [{ name: 'T', type: inner.type }] },
    ),
    minBytes: 1,
    write: (value, writer) => {
      if (value === undefined) return writer.u8(0);
      writer.u8(1);
      inner.write(value, writer);
    },
    read: (reader) => {
      const flag = reader.u8();
      if (flag === 0) return undefined;
      if (flag !== 1) reader.fail('an option flag that is neither 0 nor 1');
      return inner.read(reader);
    },
  });
}

/** `Result<T, E>` as `{ type: 'Ok' | 'Err', value }`. */
export function result<T, E>(okCodec: Codec<T>, errCodec: Codec<E>): Codec<VariantOf<{ Ok: Codec<T>; Err: Codec<E> }>> {
  const codec = variant({ Ok: okCodec, Err: errCodec });
  return createCodec<VariantOf<{ Ok: Codec<T>; Err: Codec<E> }>>({
    type: describe(
      {
        kind: 'variant',
        variants: [
          { name: 'Ok', index: 0, fields: [{ type: okCodec.type }], docs: [] },
          { name: 'Err', index: 1, fields: [{ type: errCodec.type }], docs: [] },
        ],
      },
      {
        path: ['Result'],
        params: [
          { name: 'T', type: okCodec.type },
          { name: 'E', type: errCodec.type },
        ],
      },
    ),
    minBytes: codec.minBytes,
    write: codec.write,
    read: codec.read,
  });
}
