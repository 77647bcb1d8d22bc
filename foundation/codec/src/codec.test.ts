import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fromHex, isCessError } from '@cess/primitives';
import {
  bool,
  bytes,
  type Codec,
  compact,
  createCodec,
  enumeration,
  lazy,
  MAX_DEPTH,
  named,
  option,
  type Static,
  str,
  struct,
  tuple,
  u8,
  u16,
  u32,
  u64,
  u128,
  unit,
  variant,
  vec,
} from './index.js';

const malformed = (thrown: unknown) => isCessError(thrown, 'SCALE_MALFORMED');
const unencodable = (thrown: unknown) => isCessError(thrown, 'SCALE_UNENCODABLE');
const refuses = (codec: Codec<unknown>, hex: string) => assert.throws(() => codec.decode(fromHex(hex)), malformed, hex);

describe('compact integers', () => {
  it('refuses every non-canonical form', () => {
    for (const hex of ['0100', 'fd00', '02000000', 'fefd0000', '0300000000', '03ffffff3f']) refuses(compact(u32), hex);
    for (const hex of ['0300000000', '070000000000', '13ffffffffffffff00']) refuses(compact(u128), hex);
  });

  it('refuses values above the inner type', () => {
    refuses(compact(u8), '0104');
    refuses(compact(u16), '02000400');
    refuses(compact(u32), '070000000001');
    refuses(compact(u64), '17000000000000000001');
    assert.throws(() => compact(u16).encode(65536), unencodable);
    assert.throws(() => compact(u64).encode(1n << 64n), unencodable);
    assert.throws(() => compact(u128).encode(-1n), unencodable);
  });

  it('has the published examples', () => {
    // SCALE specification: 1, 42, 69, 65535, 100000000000000.
    const examples = [
      [1n, '04'],
      [42n, 'a8'],
      [69n, '1501'],
      [65535n, 'feff0300'],
      [100000000000000n, '0b00407a10f35a'],
    ] as const;
    for (const [value, hex] of examples) assert.deepEqual(compact(u128).encode(value), fromHex(hex));
  });
});

describe('limits', () => {
  it('refuses a vector that claims more items than there are bytes before reading any', () => {
    let reads = 0;
    const counted = createCodec<number>({
      type: u8.type,
      minBytes: 1,
      write: u8.write,
      read: (reader) => {
        reads++;
        return u8.read(reader);
      },
    });
    assert.throws(() => vec(counted).decode(fromHex('fefffffff0')), malformed);
    assert.equal(reads, 0);
  });

  it('holds the declared bounds in both directions', () => {
    assert.throws(() => vec(u8, { max: 2 }).encode([1, 2, 3]), unencodable);
    refuses(vec(u8, { max: 2 }), '0c010203');
    assert.throws(() => bytes({ max: 2 }).encode(new Uint8Array(3)), unencodable);
    refuses(bytes({ max: 2 }), '0c010203');
  });

  it('refuses a vector of empty items without a bound', () => {
    assert.throws(() => vec(unit));
    assert.deepEqual(vec(unit, { max: 3 }).decode(fromHex('0c')), [undefined, undefined, undefined]);
    refuses(vec(unit, { max: 3 }), '10');
  });

  it('bounds the nesting of recursive types', () => {
    interface Node {
      readonly next: Node | undefined;
    }
    const node: Codec<Node> = lazy(() => struct({ next: option(node) }));
    const nested = (depth: number) => new Uint8Array(depth + 1).fill(1, 0, depth);
    assert.deepEqual(node.decode(nested(2)), { next: { next: { next: undefined } } });
    assert.throws(() => node.decode(nested(MAX_DEPTH + 1)), malformed);
  });

  it('refuses numbers out of range instead of wrapping them', () => {
    assert.throws(() => u8.encode(256), unencodable);
    assert.throws(() => u8.encode(-1), unencodable);
    assert.throws(() => u32.encode(1.5), unencodable);
    assert.throws(() => u64.encode(1n << 64n), unencodable);
    assert.throws(() => u128.encode(-1n), unencodable);
  });

  it('refuses flags and indices that mean nothing', () => {
    refuses(bool, '02');
    refuses(option(u8), '0200');
    refuses(enumeration(['A', 'B']), '02');
    refuses(variant({ A: unit }), '01');
    refuses(str, '08c328');
  });
});

describe('descriptors', () => {
  it('an encoder that is entered again from within does not disturb the outer one', () => {
    const inner = struct({ a: u32 });
    const outer = createCodec<number>({
      type: u32.type,
      minBytes: 8,
      write: (value, writer) => {
        writer.u32(value);
        writer.raw(inner.encode({ a: value + 1 }));
      },
      read: (reader) => reader.u32(),
    });
    assert.deepEqual(outer.encode(1), fromHex('0100000002000000'));
  });

  it('values have the declared TypeScript types', () => {
    const codec = struct({
      a: u8,
      b: option(u64),
      c: variant({ X: unit, Y: tuple(u8, str) }),
      d: enumeration(['P', 'Q']),
    });
    const value: Static<typeof codec> = { a: 1, b: undefined, c: { type: 'Y', value: [2, 'z'] }, d: 'Q' };
    assert.deepEqual(codec.decode(codec.encode(value)), value);
  });

  it('structs without a path are inlined into variants, structs with one are a single field', () => {
    const codec = variant({ A: struct({ x: u8 }), B: struct({ x: u8 }, { path: ['p', 'S'] }), C: tuple(u8, u16) });
    const { def } = codec.type;
    assert.ok(def.kind === 'variant');
    assert.deepEqual(
      def.variants.map((entry) => entry.fields.map((field) => field.name)),
      [['x'], [undefined], [undefined, undefined]],
    );
  });

  it('a named plain type is a composite with one field, a named struct keeps its fields', () => {
    const plain = named(['a', 'B'], u32).type;
    assert.deepEqual([plain.path, plain.def], [['a', 'B'], { kind: 'composite', fields: [{ type: u32.type }] }]);
    const wrapped = named(['a', 'C'], struct({ x: u8 })).type;
    assert.ok(wrapped.def.kind === 'composite' && wrapped.def.fields[0]!.name === 'x');
  });

  it('refuses two variants with one index and options of options', () => {
    assert.throws(() => variant({ A: unit, B: unit }, { indices: { A: 1, B: 1 } }));
    assert.throws(() => option(option(u8)));
  });
});
