// Random SCALE schemas: one description gives our codec, the oracle's codec (scale-ts), values for both, and the
// translation between their shapes.

import { compactBn, compactNumber } from '@polkadot-api/substrate-bindings';
import fc from 'fast-check';
import * as oracle from 'scale-ts';
import {
  array,
  bool,
  bytes,
  type Codec,
  compact,
  fixedBytes,
  i8,
  i16,
  i32,
  i64,
  i128,
  option,
  result,
  str,
  struct,
  tuple,
  u8,
  u16,
  u32,
  u64,
  u128,
  u256,
  unit,
  variant,
  vec,
} from '../index.js';

export interface Schema {
  readonly name: string;
  readonly ours: Codec<unknown>;
  readonly theirs: oracle.Codec<unknown>;
  readonly values: fc.Arbitrary<unknown>;
  /** Our value in the oracle's shape. */
  readonly translate: (value: unknown) => unknown;
}

const same = (value: unknown): unknown => value;
const leaf = <T>(name: string, ours: Codec<T>, theirs: oracle.Codec<T>, values: fc.Arbitrary<T>): Schema => ({
  name,
  ours: ours as Codec<unknown>,
  theirs: theirs as oracle.Codec<unknown>,
  values,
  translate: same,
});
const big = (bits: bigint, signed = false) =>
  fc.bigInt(
    signed ? { min: -(1n << (bits - 1n)), max: (1n << (bits - 1n)) - 1n } : { min: 0n, max: (1n << bits) - 1n },
  );
const integer = (bits: number, signed = false) =>
  fc.integer(signed ? { min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 } : { min: 0, max: 2 ** bits - 1 });
// Compact integers change their form at these borders.
const borders = [63, 64, 16383, 16384, 2 ** 30 - 1, 2 ** 30, 2 ** 32 - 1];

export const leaves: readonly Schema[] = [
  leaf('u8', u8, oracle.u8, integer(8)),
  leaf('u16', u16, oracle.u16, integer(16)),
  leaf('u32', u32, oracle.u32, integer(32)),
  leaf('i8', i8, oracle.i8, integer(8, true)),
  leaf('i16', i16, oracle.i16, integer(16, true)),
  leaf('i32', i32, oracle.i32, integer(32, true)),
  leaf('u64', u64, oracle.u64, big(64n)),
  leaf('u128', u128, oracle.u128, big(128n)),
  leaf('u256', u256, oracle.u256, big(256n)),
  leaf('i64', i64, oracle.i64, big(64n, true)),
  leaf('i128', i128, oracle.i128, big(128n, true)),
  leaf('bool', bool, oracle.bool, fc.boolean()),
  leaf('str', str, oracle.str, fc.string({ unit: 'grapheme', maxLength: 40 })),
  leaf('bytes', bytes(), oracle.Bytes(), fc.uint8Array({ maxLength: 90 })),
  leaf('[u8; 32]', fixedBytes(32), oracle.Bytes(32), fc.uint8Array({ minLength: 32, maxLength: 32 })),
  leaf('compact u32', compact(u32), compactNumber, fc.oneof(integer(32), fc.constantFrom(...borders))),
  leaf(
    'compact u128',
    compact(u128),
    compactBn,
    fc.oneof(big(128n), big(33n), fc.constantFrom(...borders).map(BigInt)),
  ),
];

const record = (entries: readonly (readonly [string, fc.Arbitrary<unknown>])[]) =>
  fc.record(Object.fromEntries(entries), { noNullPrototype: true }) as fc.Arbitrary<Record<string, unknown>>;

function structOf(parts: readonly Schema[]): Schema {
  const names = parts.map((_, i) => `f${i}`);
  return {
    name: `{${parts.map((part) => part.name).join(', ')}}`,
    ours: struct(Object.fromEntries(parts.map((part, i) => [names[i]!, part.ours]))) as Codec<unknown>,
    theirs: oracle.Struct(
      Object.fromEntries(parts.map((part, i) => [names[i]!, part.theirs])) as never,
    ) as unknown as oracle.Codec<unknown>,
    values: record(parts.map((part, i) => [names[i]!, part.values])),
    translate: (value) => {
      const source = value as Record<string, unknown>;
      return Object.fromEntries(parts.map((part, i) => [names[i]!, part.translate(source[names[i]!])]));
    },
  };
}

function tupleOf(parts: readonly Schema[]): Schema {
  return {
    name: `(${parts.map((part) => part.name).join(', ')})`,
    ours: tuple(...parts.map((part) => part.ours)) as unknown as Codec<unknown>,
    theirs: oracle.Tuple(...parts.map((part) => part.theirs)) as unknown as oracle.Codec<unknown>,
    values: fc.tuple(...parts.map((part) => part.values)),
    translate: (value) => (value as unknown[]).map((item, i) => parts[i]!.translate(item)),
  };
}

function vecOf(item: Schema): Schema {
  return {
    name: `Vec<${item.name}>`,
    ours: vec(item.ours) as unknown as Codec<unknown>,
    theirs: oracle.Vector(item.theirs) as unknown as oracle.Codec<unknown>,
    values: fc.array(item.values, { maxLength: 70 }),
    translate: (value) => (value as unknown[]).map(item.translate),
  };
}

function arrayOf(item: Schema): Schema {
  return {
    name: `[${item.name}; 3]`,
    ours: array(item.ours, 3) as unknown as Codec<unknown>,
    theirs: oracle.Vector(item.theirs, 3) as unknown as oracle.Codec<unknown>,
    values: fc.array(item.values, { minLength: 3, maxLength: 3 }),
    translate: (value) => (value as unknown[]).map(item.translate),
  };
}

function optionOf(inner: Schema): Schema {
  // The oracle packs Option<bool> into one byte, which SCALE no longer does; options of options are refused.
  if (inner.name === 'bool' || inner.name.startsWith('Option')) return inner;
  return {
    name: `Option<${inner.name}>`,
    ours: option(inner.ours) as Codec<unknown>,
    theirs: oracle.Option(inner.theirs) as oracle.Codec<unknown>,
    values: fc.option(inner.values, { nil: undefined }),
    translate: (value) => (value === undefined ? undefined : inner.translate(value)),
  };
}

function resultOf(okPart: Schema, errPart: Schema): Schema {
  return {
    name: `Result<${okPart.name}, ${errPart.name}>`,
    ours: result(okPart.ours, errPart.ours) as Codec<unknown>,
    theirs: oracle.Result(okPart.theirs, errPart.theirs) as oracle.Codec<unknown>,
    values: fc.oneof(
      okPart.values.map((value) => ({ type: 'Ok', value })),
      errPart.values.map((value) => ({ type: 'Err', value })),
    ),
    translate: (value) => {
      const tagged = value as { readonly type: string; readonly value: unknown };
      return tagged.type === 'Ok'
        ? { success: true, value: okPart.translate(tagged.value) }
        : { success: false, value: errPart.translate(tagged.value) };
    },
  };
}

function variantOf(parts: readonly Schema[]): Schema {
  const indices = parts.map((_, i) => 7 * i + 3);
  const cases = Object.fromEntries(parts.map((part, i) => [`V${i}`, part.ours]));
  return {
    name: `enum(${parts.map((part) => part.name).join(' | ')})`,
    ours: variant(
      { ...cases, Empty: unit },
      { indices: { ...Object.fromEntries(indices.map((index, i) => [`V${i}`, index])), Empty: 200 } },
    ) as Codec<unknown>,
    theirs: oracle.Enum(
      { ...Object.fromEntries(parts.map((part, i) => [`V${i}`, part.theirs])), Empty: oracle._void } as never,
      [...indices, 200] as never,
    ) as unknown as oracle.Codec<unknown>,
    values: fc.oneof(
      ...parts.map((part, i) => part.values.map((value) => ({ type: `V${i}`, value }))),
      fc.constant({ type: 'Empty', value: undefined }),
    ),
    translate: (value) => {
      const tagged = value as { readonly type: string; readonly value: unknown };
      if (tagged.type === 'Empty') return { tag: 'Empty', value: undefined };
      return { tag: tagged.type, value: parts[Number(tagged.type.slice(1))]!.translate(tagged.value) };
    },
  };
}

/** A random schema of some depth. */
function schemas(depth: number): fc.Arbitrary<Schema> {
  const base = fc.constantFrom(...leaves);
  if (depth === 0) return base;
  const inner = schemas(depth - 1);
  const several = fc.array(inner, { minLength: 1, maxLength: 4 });
  return fc.oneof(
    base,
    several.map(structOf),
    several.map(tupleOf),
    several.map(variantOf),
    inner.map(vecOf),
    inner.map(arrayOf),
    inner.map(optionOf),
    fc.tuple(inner, inner).map(([okPart, errPart]) => resultOf(okPart, errPart)),
  );
}

/** A random schema with one of its values. */
export const schemaWithValue = schemas(3).chain((schema) => schema.values.map((value) => ({ schema, value })));
