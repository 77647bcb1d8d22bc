// The type table of the metadata. Equal descriptors get one id; ids are positions in the table, assigned inner types
// first, so the table depends only on the declarations and their order.
import {
  bytes,
  type Codec,
  compact,
  enumeration,
  option,
  type Static,
  str,
  struct,
  type TypeDescriptor,
  u8,
  u32,
  variant,
  vec,
} from '@cess/codec';
import { invariant } from '@cess/primitives';

export const typeId = compact(u32);
export const docs = vec(str);

const PRIMITIVES = [
  'bool',
  'char',
  'str',
  'u8',
  'u16',
  'u32',
  'u64',
  'u128',
  'u256',
  'i8',
  'i16',
  'i32',
  'i64',
  'i128',
  'i256',
] as const;

const field = struct({ name: option(str), type: typeId, typeName: option(str), docs });
const def = variant({
  composite: vec(field),
  variant: vec(struct({ name: str, fields: vec(field), index: u8, docs })),
  sequence: typeId,
  array: struct({ len: u32, type: typeId }),
  tuple: vec(typeId),
  primitive: enumeration(PRIMITIVES),
  compact: typeId,
});
export const portableType = struct({
  id: typeId,
  path: vec(str),
  params: vec(struct({ name: str, type: option(typeId) })),
  def,
  docs,
});
export type PortableType = Static<typeof portableType>;
type PortableField = Static<typeof field>;
type PortableDef = PortableType['def'];

export class TypeRegistry {
  readonly #types: PortableType[] = [];
  readonly #byKey = new Map<string, number>();
  readonly #byDescriptor = new Map<TypeDescriptor, number>();
  readonly #open = new Set<TypeDescriptor>();

  get types(): readonly PortableType[] {
    return this.#types;
  }

  /** Id of a codec's type. */
  of(codec: Codec<unknown>): number {
    return this.add(codec.type);
  }

  add(type: TypeDescriptor): number {
    const known = this.#byDescriptor.get(type);
    if (known !== undefined) return known;
    invariant(!this.#open.has(type), `recursive type ${type.path.join('::')} in the metadata`);
    this.#open.add(type);
    const body = {
      path: type.path,
      params: type.params.map((param) => ({
        name: param.name,
        type: param.type === undefined ? undefined : this.add(param.type),
      })),
      def: this.#define(type),
      docs: type.docs,
    };
    this.#open.delete(type);
    const key = JSON.stringify(body);
    let id = this.#byKey.get(key);
    if (id === undefined) {
      id = this.#types.length;
      this.#types.push({ id, ...body });
      this.#byKey.set(key, id);
    }
    this.#byDescriptor.set(type, id);
    return id;
  }

  #define({ def: definition }: TypeDescriptor): PortableDef {
    switch (definition.kind) {
      case 'primitive':
        return { type: 'primitive', value: definition.primitive };
      case 'compact':
        return { type: 'compact', value: this.add(definition.of) };
      case 'sequence':
        return { type: 'sequence', value: this.add(definition.of) };
      case 'array':
        return { type: 'array', value: { len: definition.length, type: this.add(definition.of) } };
      case 'tuple':
        return { type: 'tuple', value: definition.of.map((of) => this.add(of)) };
      case 'composite':
        return { type: 'composite', value: this.#fields(definition.fields) };
      case 'variant':
        return {
          type: 'variant',
          value: definition.variants.map((entry) => ({
            name: entry.name,
            fields: this.#fields(entry.fields),
            index: entry.index,
            docs: entry.docs,
          })),
        };
    }
  }

  #fields(
    fields: readonly { name?: string | undefined; type: TypeDescriptor; typeName?: string | undefined }[],
  ): PortableField[] {
    return fields.map((entry) => ({
      name: entry.name,
      type: this.add(entry.type),
      typeName: entry.typeName,
      docs: [],
    }));
  }
}

/** Length-prefixed bytes whose length the metadata does not bound. */
export const blob = bytes();
