// Structs: named fields one after another. Reading builds the object field by field in declaration order, so all
// values of a type share one hidden class.
import { elementAt, present } from '@cess/primitives';

import { type Codec, createCodec, type Static } from './codec.js';
import { describe, type TypeNaming } from './descriptor.js';

export type StructFields = Readonly<Record<string, Codec<unknown>>>;
export type StructOf<F extends StructFields> = { readonly [K in keyof F]: Static<F[K]> };

export interface StructNaming extends TypeNaming {
  /** Names of the fields' types as a client may show them. */
  readonly typeNames?: Readonly<Record<string, string>>;
}

/** `{ a: A, b: B, ... }`. */
export function struct<F extends StructFields>(fields: F, naming: StructNaming = {}): Codec<StructOf<F>> {
  const keys = Object.keys(fields);
  const codecs = keys.map((key) => present(fields[key], 'the codec of the field'));
  const count = keys.length;
  return createCodec<StructOf<F>>({
    type: describe(
      {
        kind: 'composite',
        fields: keys.map((name, i) => ({ name, type: elementAt(codecs, i).type, typeName: naming.typeNames?.[name] })),
      },
      naming,
    ),
    minBytes: codecs.reduce((sum, codec) => sum + codec.minBytes, 0),
    write: (value, writer) => {
      const source = value as Readonly<Record<string, unknown>>;
      for (let i = 0; i < count; i++) elementAt(codecs, i).write(source[elementAt(keys, i)], writer);
    },
    read: (reader) => {
      const out: Record<string, unknown> = {};
      for (let i = 0; i < count; i++) out[elementAt(keys, i)] = elementAt(codecs, i).read(reader);
      return out as StructOf<F>;
    },
  });
}

/** The same bytes under a type of its own: plain types become a one-field composite, as Rust's newtypes are. */
export function named<T, U extends T = T>(path: readonly string[], inner: Codec<T>, naming: TypeNaming = {}): Codec<U> {
  const { def } = inner.type;
  const wrapped = def.kind === 'composite' || def.kind === 'variant';
  return createCodec<U>({
    type: describe(wrapped ? def : { kind: 'composite', fields: [{ type: inner.type }] }, {
      params: inner.type.params,
      docs: inner.type.docs,
      ...naming,
      path,
    }),
    minBytes: inner.minBytes,
    write: (value, writer) => inner.write(value, writer),
    read: (reader) => inner.read(reader) as U,
  });
}

/** A codec that is made on first use, for recursive types. Nesting is bounded when read. */
export function lazy<T>(make: () => Codec<T>): Codec<T> {
  let made: Codec<T> | undefined;
  let making = false;
  const get = (): Codec<T> => {
    if (made === undefined) {
      making = true;
      made = make();
      making = false;
    }
    return made;
  };
  return createCodec<T>({
    type: {
      get path() {
        // While it is being made it is asked only whether it may be inlined: no.
        return making ? ['recursive'] : get().type.path;
      },
      get params() {
        return get().type.params;
      },
      get def() {
        return get().type.def;
      },
      get docs() {
        return get().type.docs;
      },
    },
    // A recursive type ends by a variant index, an option flag or a length: at least one byte.
    minBytes: 1,
    write: (value, writer) => get().write(value, writer),
    read: (reader) => {
      reader.enter();
      const value = get().read(reader);
      reader.leave();
      return value;
    },
  });
}
