// Integers, bool and text. Up to 32 bits are numbers, wider ones bigint. Values out of range are refused, never wrapped.
import { type Codec, createCodec } from './codec.js';
import { describe, type PrimitiveName } from './descriptor.js';
import { malformed, unencodable } from './errors.js';
import type { Reader } from './reader.js';
import type { Writer } from './writer.js';

type Put<T> = (writer: Writer, value: T) => void;

function small(name: PrimitiveName, bits: 8 | 16 | 32, put: Put<number>, get: (reader: Reader) => number) {
  const signed = name.startsWith('i');
  const min = signed ? -(2 ** (bits - 1)) : 0;
  const max = signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
  const shift = 32 - bits; // sign extension; writing wraps automatically
  return createCodec<number>({
    type: describe({ kind: 'primitive', primitive: name }),
    minBytes: bits / 8,
    write: (value, writer) => {
      if (!Number.isInteger(value) || value < min || value > max) throw unencodable(name, value);
      put(writer, value);
    },
    read: signed ? (reader) => (get(reader) << shift) >> shift : get,
  });
}

function wide(name: PrimitiveName, bits: 64 | 128 | 256, put: Put<bigint>, get: (reader: Reader) => bigint) {
  const signed = name.startsWith('i');
  const min = signed ? -(1n << BigInt(bits - 1)) : 0n;
  const max = signed ? (1n << BigInt(bits - 1)) - 1n : (1n << BigInt(bits)) - 1n;
  return createCodec<bigint>({
    type: describe({ kind: 'primitive', primitive: name }),
    minBytes: bits / 8,
    write: (value, writer) => {
      if (typeof value !== 'bigint' || value < min || value > max) throw unencodable(name, value);
      put(writer, signed ? BigInt.asUintN(bits, value) : value);
    },
    read: signed ? (reader) => BigInt.asIntN(bits, get(reader)) : get,
  });
}

const put8: Put<number> = (writer, value) => writer.u8(value);
const put16: Put<number> = (writer, value) => writer.u16(value);
const put32: Put<number> = (writer, value) => writer.u32(value);
const put64: Put<bigint> = (writer, value) => writer.u64(value);
const put128: Put<bigint> = (writer, value) => writer.u128(value);
const get8 = (reader: Reader) => reader.u8();
const get16 = (reader: Reader) => reader.u16();
const get32 = (reader: Reader) => reader.u32();
const get64 = (reader: Reader) => reader.u64();
const get128 = (reader: Reader) => reader.u128();

export const u8 = small('u8', 8, put8, get8);
export const u16 = small('u16', 16, put16, get16);
export const u32 = small('u32', 32, put32, get32);
export const i8 = small('i8', 8, put8, get8);
export const i16 = small('i16', 16, put16, get16);
export const i32 = small('i32', 32, put32, get32);
export const u64 = wide('u64', 64, put64, get64);
export const u128 = wide('u128', 128, put128, get128);
export const u256 = wide(
  'u256',
  256,
  (writer, value) => writer.u256(value),
  (reader) => reader.u256(),
);
export const i64 = wide('i64', 64, put64, get64);
export const i128 = wide('i128', 128, put128, get128);

export const bool: Codec<boolean> = createCodec<boolean>({
  type: describe({ kind: 'primitive', primitive: 'bool' }),
  minBytes: 1,
  write: (value, writer) => writer.u8(value ? 1 : 0),
  read: (reader) => {
    const byte = reader.u8();
    if (byte > 1) reader.fail('a bool that is neither 0 nor 1');
    return byte === 1;
  },
});

const STR_LIMIT_BYTES = 16 * 1024 * 1024;
export const str: Codec<string> = createCodec<string>({
  type: describe({ kind: 'primitive', primitive: 'str' }),
  minBytes: 1,
  write: (value, writer) => writer.str(value),
  read: (reader) => reader.str(STR_LIMIT_BYTES),
});

/** The empty type: zero bytes. */
export const unit: Codec<undefined> = createCodec<undefined>({
  type: describe({ kind: 'tuple', of: [] }),
  minBytes: 0,
  write: () => {},
  read: () => undefined,
});

/** A size, a count or a time in milliseconds: u64 in bytes, a safe integer in memory. */
export const safeInteger: Codec<number> = createCodec<number>({
  type: u64.type,
  minBytes: 8,
  write: (value, writer) => {
    if (!Number.isSafeInteger(value)) throw unencodable('u64', value);
    u64.write(BigInt(value), writer);
  },
  read: (reader) => {
    const value = u64.read(reader);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed('integer is beyond the safe range', reader.offset);
    return Number(value);
  },
});
