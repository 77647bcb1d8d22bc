// Compact<uN>: the value in 1, 2, 4 or 5..67 bytes, always the shortest form, never above the inner type's range.
import { invariant } from '@cess/primitives';
import { type Codec, createCodec } from './codec.js';
import { describe } from './descriptor.js';
import { unencodable } from './errors.js';

const NUMBER_MAX: Readonly<Record<string, number>> = { u8: 0xff, u16: 0xffff, u32: 0xffff_ffff };
const BIG_BYTES: Readonly<Record<string, number>> = { u64: 8, u128: 16, u256: 32 };

/** The compact form of an unsigned integer codec. */
export function compact<T extends number | bigint>(inner: Codec<T>): Codec<T> {
  const { def } = inner.type;
  invariant(def.kind === 'primitive', 'compact() takes an unsigned integer codec');
  const type = describe({ kind: 'compact', of: inner.type });
  const numberMax = NUMBER_MAX[def.primitive];
  if (numberMax !== undefined) {
    const codec = createCodec<number>({
      type,
      minBytes: 1,
      write: (value, writer) => {
        if (!Number.isInteger(value) || value < 0 || value > numberMax)
          throw unencodable(`compact ${def.primitive}`, value);
        writer.compact(value);
      },
      read: (reader) => {
        const value = reader.compact();
        if (value > numberMax) reader.fail(`a compact integer above ${def.primitive}`);
        return value;
      },
    });
    return codec as unknown as Codec<T>;
  }
  const bytes = BIG_BYTES[def.primitive];
  invariant(bytes !== undefined, 'compact() takes an unsigned integer codec');
  const max = (1n << BigInt(bytes * 8)) - 1n;
  const codec = createCodec<bigint>({
    type,
    minBytes: 1,
    write: (value, writer) => {
      if (typeof value !== 'bigint' || value < 0n || value > max) throw unencodable(`compact ${def.primitive}`, value);
      writer.compactBig(value);
    },
    read: (reader) => reader.compactBig(bytes),
  });
  return codec as unknown as Codec<T>;
}
