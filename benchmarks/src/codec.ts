// The SCALE codec against scale-ts, on a node's typical data: account records, and the events of a full block.
import { type Codec, enumeration, fixedBytes, struct, u8, u32, u64, u128, unit, variant, vec } from '@cess/codec';
import { equalBytes, invariant } from '@cess/primitives';
import * as theirs from 'scale-ts';
import { cpuSecondsOf } from './support/measure.js';
import { type Row, report } from './support/report.js';

const ourAccount = struct({
  nonce: u32,
  consumers: u32,
  providers: u32,
  sufficients: u32,
  data: struct({ free: u128, reserved: u128, frozen: u128, flags: u128 }),
});
const theirAccount = theirs.Struct({
  nonce: theirs.u32,
  consumers: theirs.u32,
  providers: theirs.u32,
  sufficients: theirs.u32,
  data: theirs.Struct({ free: theirs.u128, reserved: theirs.u128, frozen: theirs.u128, flags: theirs.u128 }),
});
const account = {
  nonce: 7,
  consumers: 1,
  providers: 1,
  sufficients: 0,
  data: { free: 123_456_789_000_000_000_000n, reserved: 5n, frozen: 0n, flags: 1n << 127n },
};

const ourEvents = vec(
  struct({
    phase: variant({ ApplyExtrinsic: u32, Finalization: unit, Initialization: unit }),
    event: variant({
      System: variant({
        ExtrinsicSuccess: struct({ weight: u64, proofSize: u64, class: u8, paysFee: enumeration(['Yes', 'No']) }),
      }),
      Balances: variant({ Transfer: struct({ from: fixedBytes(32), to: fixedBytes(32), amount: u128 }) }),
    }),
    topics: vec(fixedBytes(32)),
  }),
);
const yesNo = theirs.enhanceCodec(
  theirs.u8,
  (text: string) => (text === 'Yes' ? 0 : 1),
  (value) => (value === 0 ? 'Yes' : 'No'),
);
const theirEvents = theirs.Vector(
  theirs.Struct({
    phase: theirs.Enum({ ApplyExtrinsic: theirs.u32, Finalization: theirs._void, Initialization: theirs._void }),
    event: theirs.Enum({
      System: theirs.Enum({
        ExtrinsicSuccess: theirs.Struct({
          weight: theirs.u64,
          proofSize: theirs.u64,
          class: theirs.u8,
          paysFee: yesNo,
        }),
      }),
      Balances: theirs.Enum({
        Transfer: theirs.Struct({ from: theirs.Bytes(32), to: theirs.Bytes(32), amount: theirs.u128 }),
      }),
    }),
    topics: theirs.Vector(theirs.Bytes(32)),
  }),
);

function eventsOf(tagKey: 'type' | 'tag') {
  const tagged = (tag: string, value: unknown) => ({ [tagKey]: tag, value });
  return Array.from({ length: 1000 }, (_, i) => ({
    phase: tagged('ApplyExtrinsic', i >> 1),
    event:
      i % 2 === 0
        ? tagged(
            'Balances',
            tagged('Transfer', {
              from: new Uint8Array(32).fill(i),
              to: new Uint8Array(32).fill(i + 1),
              amount: 1_000_000_000_000n * BigInt(i),
            }),
          )
        : tagged(
            'System',
            tagged('ExtrinsicSuccess', { weight: 123_456_789n, proofSize: 0n, class: 0, paysFee: 'Yes' }),
          ),
    topics: [],
  }));
}

interface Contest<A, B> {
  readonly name: string;
  readonly ours: Codec<A>;
  readonly theirs: theirs.Codec<B>;
  readonly ourValue: A;
  readonly theirValue: B;
  readonly unit: string;
  readonly scale: number;
}

function contest<A, B>({ name, ours, theirs: other, ourValue, theirValue, unit: label, scale }: Contest<A, B>): Row[] {
  const encoded = ours.encode(ourValue);
  invariant(equalBytes(encoded, other.enc(theirValue)), 'both codecs give the same bytes');
  const row = (what: string, our: number, their: number): Row => ({
    name: `${name}, ${what}`,
    value: our * scale,
    unit: label,
    ratio: their / our,
    of: 'faster than scale-ts',
    target: 'not slower',
    met: our <= their,
  });
  return [
    row(
      'encode',
      cpuSecondsOf(() => void ours.encode(ourValue)),
      cpuSecondsOf(() => void other.enc(theirValue)),
    ),
    row(
      'decode',
      cpuSecondsOf(() => void ours.decode(encoded)),
      cpuSecondsOf(() => void other.dec(encoded)),
    ),
  ];
}

report('codec against scale-ts', [
  ...contest({
    name: 'AccountInfo',
    ours: ourAccount,
    theirs: theirAccount,
    ourValue: account,
    theirValue: account,
    unit: 'ns',
    scale: 1e9,
  }),
  ...contest({
    name: '1,000 events',
    ours: ourEvents as unknown as Codec<unknown>,
    theirs: theirEvents as unknown as theirs.Codec<unknown>,
    ourValue: eventsOf('type'),
    theirValue: eventsOf('tag'),
    unit: 'µs',
    scale: 1e6,
  }),
]);
