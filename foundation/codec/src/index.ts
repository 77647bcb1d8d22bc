// @cess/codec: SCALE. One declaration gives the TypeScript type, a flat codec and the metadata entry.
import './errors.js';

export { type Codec, type CodecInit, createCodec, type Static } from './codec.js';
export { compact } from './compact.js';
export {
  describe,
  type FieldDescriptor,
  type PrimitiveName,
  type TypeDef,
  type TypeDescriptor,
  type TypeNaming,
  type TypeParameter,
  type VariantDescriptor,
} from './descriptor.js';

export { bool, i8, i16, i32, i64, i128, safeInteger, str, u8, u16, u32, u64, u128, u256, unit } from './primitives.js';
export { MAX_DEPTH, Reader } from './reader.js';
export { array, type Bound, bytes, fixedBytes, type TupleOf, tuple, vec } from './sequences.js';
export { lazy, named, type StructFields, type StructNaming, type StructOf, struct } from './struct.js';
export {
  enumeration,
  option,
  result,
  type VariantCases,
  type VariantNaming,
  type VariantOf,
  variant,
} from './variant.js';
export { type VersionedRecordInit, versionedRecord } from './versioned-record.js';
export { Writer } from './writer.js';
