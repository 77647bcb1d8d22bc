// What a codec says about its type, in the model of scale-info: path, type parameters, definition, docs.
// The metadata of the chain is generated from these descriptors, so they are part of its public interface.

export type PrimitiveName =
  | 'bool'
  | 'str'
  | 'u8'
  | 'u16'
  | 'u32'
  | 'u64'
  | 'u128'
  | 'u256'
  | 'i8'
  | 'i16'
  | 'i32'
  | 'i64'
  | 'i128';

export interface FieldDescriptor {
  /** Absent in tuple-like composites and variants. */
  readonly name?: string | undefined;
  readonly type: TypeDescriptor;
  readonly typeName?: string | undefined;
}

export interface VariantDescriptor {
  readonly name: string;
  /** The byte on the wire. */
  readonly index: number;
  readonly fields: readonly FieldDescriptor[];
  readonly docs: readonly string[];
}

export interface TypeParameter {
  readonly name: string;
  readonly type?: TypeDescriptor | undefined;
}

export type TypeDef =
  | { readonly kind: 'primitive'; readonly primitive: PrimitiveName }
  | { readonly kind: 'compact'; readonly of: TypeDescriptor }
  | { readonly kind: 'sequence'; readonly of: TypeDescriptor }
  | { readonly kind: 'array'; readonly of: TypeDescriptor; readonly length: number }
  | { readonly kind: 'tuple'; readonly of: readonly TypeDescriptor[] }
  | { readonly kind: 'composite'; readonly fields: readonly FieldDescriptor[] }
  | { readonly kind: 'variant'; readonly variants: readonly VariantDescriptor[] };

export interface TypeDescriptor {
  readonly path: readonly string[];
  readonly params: readonly TypeParameter[];
  readonly def: TypeDef;
  readonly docs: readonly string[];
}

/** Naming of a declared type: clients recognise some types by their path alone. */
export interface TypeNaming {
  readonly path?: readonly string[];
  readonly params?: readonly TypeParameter[];
  readonly docs?: readonly string[];
}

/** Builds a descriptor with the given definition. */
export function describe(def: TypeDef, naming: TypeNaming = {}): TypeDescriptor {
  return { path: naming.path ?? [], params: naming.params ?? [], def, docs: naming.docs ?? [] };
}

/** The fields that a value of this type contributes to a variant: structs and tuples without a path are inlined. */
export function inlineFields(type: TypeDescriptor): readonly FieldDescriptor[] {
  if (type.path.length === 0) {
    if (type.def.kind === 'composite') return type.def.fields;
    if (type.def.kind === 'tuple') return type.def.of.map((of) => ({ type: of }));
  }
  return [{ type }];
}
