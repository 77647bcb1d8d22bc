import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex, utf8 } from '@cess/primitives';
import fc from 'fast-check';
import type { Bls12, PointError } from './bls12.js';
import { createMclBls12 } from './bls12-mcl.js';
import {
  areCanonicalScalars,
  integerOfBytes,
  invertScalar,
  isCanonicalScalar,
  reduceScalar,
  scalarBytes,
  scalarOrder,
} from './bls12-scalar.js';
import { shake256 } from './shake256.js';
import { nobleBls12 } from './test-support/noble-bls12.js';

const mcl = await createMclBls12();
const seed = 20260101;
const scalar = fc.bigInt({ min: 0n, max: scalarOrder - 1n });
const p = 0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn;
const point = (n: bigint, bls: Bls12 = mcl) => bls.mulGeneratorG1(scalarBytes(n));
const concat = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const bigEndian = (value: bigint): string => value.toString(16).padStart(96, '0');
const flagged = (x: bigint, flags: number): Uint8Array => {
  const bytes = fromHex(bigEndian(x));
  bytes[0]! |= flags;
  return bytes;
};

/** RFC 9380 J.9.1: message, x and y of the point. */
const rfc9380: readonly (readonly [string, string, string])[] = [
  [
    '',
    '052926add2207b76ca4fa57a8734416c8dc95e24501772c814278700eed6d1e4e8cf62d9c09db0fac349612b759e79a1',
    '08ba738453bfed09cb546dbb0783dbb3a5f1f566ed67bb6be0e8c67e2e81a4cc68ee29813bb7994998f3eae0c9c6a265',
  ],
  [
    'abc',
    '03567bc5ef9c690c2ab2ecdf6a96ef1c139cc0b2f284dca0a9a7943388a49a3aee664ba5379a7655d3c68900be2f6903',
    '0b9c15f3fe6e5cf4211f346271d7b01c8f3b28be689c8429c85b67af215533311f0b8dfaaa154fa6b88176c229f2885d',
  ],
  [
    'abcdef0123456789',
    '11e0b079dea29a68f0383ee94fed1b940995272407e3bb916bbf268c263ddd57a6a27200a784cbc248e84f357ce82d98',
    '03a87ae2caf14e8ee52e51fa2ed8eefe80f02457004ba4d486d6aa1f517c0889501dc7413753f9599b099ebcbbd2d709',
  ],
  [
    `q128_${'q'.repeat(128)}`,
    '15f68eaa693b95ccb85215dc65fa81038d69629f70aeee0d0f677cf22285e7bf58d7cb86eefe8f2e9bc3f8cb84fac488',
    '1807a1d50c29f430b8cafc4f8638dfeeadf51211e1602a5f184443076715f91bb90a48ba1e370edce6ae1062f5e6dd38',
  ],
  [
    `a512_${'a'.repeat(512)}`,
    '082aabae8b7dedb0e78aeb619ad3bfd9277a2f77ba7fad20ef6aabdc6c31d19ba5a6d12283553294c1825c4b3ca2dcfe',
    '05b84ae5a942248eea39e1d91030458c40153f3b654ab7872d779ad1e942856a20c438e8d99bc8abfbf74729ce1f7ac8',
  ],
];

test('RFC 9380 J.9.1: hashing to G1 gives the published points', () => {
  const domain = utf8('QUUX-V01-CS02-with-BLS12381G1_XMD:SHA-256_SSWU_RO_');
  for (const [message, x, y] of rfc9380) {
    const expected = flagged(BigInt(`0x${x}`), BigInt(`0x${y}`) > (p - 1n) / 2n ? 0xa0 : 0x80);
    assert.equal(toHex(mcl.encodeG1(mcl.hashToG1(utf8(message), domain))), toHex(expected), message);
  }
});

test('hashing to G1 agrees with the oracle for any message and domain', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.uint8Array({ minLength: 1, maxLength: 255 }),
      (message, domain) => {
        const ours = mcl.encodeG1(mcl.hashToG1(message, domain));
        assert.deepEqual(ours, nobleBls12.encodeG1(nobleBls12.hashToG1(message, domain)));
      },
    ),
    { seed, numRuns: 20 },
  );
});

test('the generators are those of the curve', () => {
  assert.deepEqual(mcl.encodeG1(mcl.generatorG1), nobleBls12.encodeG1(nobleBls12.generatorG1));
  assert.deepEqual(mcl.encodeG2(mcl.generatorG2), nobleBls12.encodeG2(nobleBls12.generatorG2));
});

test('sums and products in G1 and G2 agree with the oracle', () => {
  const edges = [0n, 1n, 2n, scalarOrder - 1n, 1n << 248n, 255n << 8n];
  const check = (a: bigint, b: bigint): void => {
    const on = (bls: Bls12): string[] => [
      toHex(bls.encodeG1(point(a, bls))),
      toHex(bls.encodeG1(bls.addG1(point(a, bls), bls.negateG1(point(b, bls))))),
      toHex(bls.encodeG1(bls.mulG1(point(a, bls), scalarBytes(b)))),
      toHex(bls.encodeG2(bls.mulG2(bls.generatorG2, scalarBytes(b)))),
    ];
    assert.deepEqual(on(mcl), on(nobleBls12));
    assert.equal(mcl.isInfinityG1(point(a)), a === 0n);
    assert.equal(mcl.equalG1(point(a), point(b)), a === b);
  };
  for (const a of edges) for (const b of edges) check(a, b);
  fc.assert(fc.property(scalar, scalar, check), { seed, numRuns: 10 });
});

test('a multi-scalar product is the sum of the products, also beyond one turn of 1,024 points', () => {
  for (const count of [0, 1, 2, 7, 60, 1024, 1030]) {
    const values = Array.from({ length: count }, (_, i) =>
      reduceScalar(integerOfBytes(shake256(64, Uint8Array.of(i & 255, i >> 8)))),
    );
    const points = values.map((_, i) => point(BigInt(i * i)));
    const expected = reduceScalar(values.reduce((sum, value, i) => sum + value * BigInt(i * i), 0n));
    const product = mcl.multiScalarMulG1(points, concat(values.map(scalarBytes)));
    assert.deepEqual(mcl.encodeG1(product), mcl.encodeG1(point(expected)), `${count}`);
    assert.deepEqual(mcl.encodeManyG1(points), concat(points.map((each) => mcl.encodeG1(each))));
  }
});

test('pairing products are bilinear, and 1 only when exponents cancel', () => {
  fc.assert(
    fc.property(scalar, scalar, fc.boolean(), (a, b, spoil) => {
      const terms = (bls: Bls12) => [
        { g1: point(a, bls), g2: bls.mulG2(bls.generatorG2, scalarBytes(b)) },
        { g1: bls.negateG1(point(reduceScalar(a * b + (spoil ? 1n : 0n)), bls)), g2: bls.generatorG2 },
      ];
      assert.equal(mcl.pairingProductIsOne(terms(mcl)), !spoil);
      assert.equal(nobleBls12.pairingProductIsOne(terms(nobleBls12)), !spoil);
    }),
    { seed, numRuns: 5 },
  );
  assert.equal(mcl.pairingProductIsOne([]), true);
  assert.equal(mcl.pairingProductIsOne([{ g1: point(0n), g2: mcl.generatorG2 }]), true);
  assert.equal(mcl.pairingProductIsOne([{ g1: point(1n), g2: mcl.generatorG2 }]), false);
});

const errorOf = (bytes: Uint8Array): PointError | 'accepted' => {
  const result = mcl.decodeG1(bytes);
  return result.ok ? 'accepted' : result.error;
};

/** The smallest x from `from` on that is (or is not) on the curve; for x on it no point is in the subgroup by chance. */
function abscissa(from: bigint, onCurve: boolean): bigint {
  for (let x = from; ; x++) {
    const square = (x ** 3n + 4n) % p;
    let [result, base, exponent] = [1n, square, (p - 1n) / 2n];
    for (; exponent > 0n; exponent >>= 1n, base = (base * base) % p) {
      if ((exponent & 1n) === 1n) result = (result * base) % p;
    }
    if ((result === 1n) === onCurve) return x;
  }
}

test('G1: the one encoding of a point is taken, everything else refused with its reason', () => {
  const good = mcl.encodeG1(point(7n));
  assert.equal(errorOf(good), 'accepted');
  assert.equal(errorOf(good.subarray(1)), 'LENGTH');
  assert.equal(errorOf(concat([good, Uint8Array.of(0)])), 'LENGTH');
  assert.equal(errorOf(flagged(integerOfBytes(good.slice().reverse()) & ((1n << 381n) - 1n), 0)), 'ENCODING');
  assert.equal(errorOf(flagged(p, 0x80)), 'ENCODING');
  assert.equal(errorOf(flagged(p + abscissa(1n, true), 0x80)), 'ENCODING');
  assert.equal(errorOf(flagged(abscissa(1n, false), 0x80)), 'NOT_ON_CURVE');
  assert.equal(errorOf(flagged(abscissa(1n, true), 0x80)), 'NOT_IN_SUBGROUP');
  assert.equal(errorOf(flagged(0n, 0x80)), 'NOT_IN_SUBGROUP');
  assert.equal(errorOf(flagged(0n, 0xc0)), 'INFINITY');
  assert.equal(errorOf(flagged(0n, 0xe0)), 'ENCODING');
  assert.equal(errorOf(flagged(1n, 0xc0)), 'ENCODING');
  assert.equal(mcl.decodeG1(flagged(abscissa(1n, true), 0x80), { trusted: true }).ok, true);
  const infinity = mcl.decodeG1(flagged(0n, 0xc0), { allowInfinity: true });
  assert.ok(infinity.ok && mcl.isInfinityG1(infinity.value));
  assert.equal(toHex(mcl.encodeG1(infinity.value)), toHex(flagged(0n, 0xc0)));
});

test('decoding accepts and refuses what the oracle does, for damaged encodings of points', () => {
  fc.assert(
    fc.property(scalar, fc.nat(47), fc.nat(255), (n, at, byte) => {
      const bytes = mcl.encodeG1(point(n));
      bytes[at] = byte;
      const [ours, theirs] = [mcl.decodeG1(bytes), nobleBls12.decodeG1(bytes)];
      assert.equal(ours.ok, theirs.ok);
      if (ours.ok && theirs.ok) assert.deepEqual(mcl.encodeG1(ours.value), nobleBls12.encodeG1(theirs.value));
    }),
    { seed, numRuns: 60 },
  );
});

test('G2: the one encoding of a point is taken, everything else refused with its reason', () => {
  const refuse = (bytes: Uint8Array): PointError | 'accepted' => {
    const result = mcl.decodeG2(bytes);
    return result.ok ? 'accepted' : result.error;
  };
  const good = mcl.encodeG2(mcl.mulG2(mcl.generatorG2, scalarBytes(5n)));
  assert.equal(refuse(good), 'accepted');
  assert.equal(refuse(good.subarray(0, 48)), 'LENGTH');
  const zeros = new Uint8Array(48);
  assert.equal(refuse(concat([flagged(0n, 0xc0), zeros])), 'INFINITY');
  assert.equal(refuse(concat([flagged(0n, 0xc0), Uint8Array.of(...zeros.subarray(1), 1)])), 'ENCODING');
  assert.equal(refuse(concat([flagged(p, 0x80), zeros])), 'ENCODING');
  assert.equal(refuse(concat([flagged(1n, 0x80), fromHex(bigEndian(p))])), 'ENCODING');
  const reasons = new Set<string>();
  for (let x = 0n; x < 12n; x++) {
    const bytes = concat([flagged(0n, 0x80), fromHex(bigEndian(x))]);
    const reason = refuse(bytes);
    reasons.add(reason);
    assert.equal(nobleBls12.decodeG2(bytes).ok, reason === 'accepted');
  }
  assert.deepEqual([...reasons].sort(), ['NOT_IN_SUBGROUP', 'NOT_ON_CURVE']);
});

test('scalars: only numbers below the order are canonical, and inverses invert', () => {
  const order = scalarBytes(scalarOrder - 1n);
  assert.equal(isCanonicalScalar(order), true);
  order[0]! += 1;
  assert.equal(isCanonicalScalar(order), false);
  assert.equal(isCanonicalScalar(new Uint8Array(32).fill(255)), false);
  assert.equal(isCanonicalScalar(new Uint8Array(31)), false);
  assert.equal(areCanonicalScalars(concat([scalarBytes(1n), order])), false);
  assert.throws(() => mcl.mulG1(mcl.generatorG1, order), /canonical/);
  assert.throws(() => mcl.mulGeneratorG1(order), /canonical/);
  assert.throws(() => invertScalar(scalarOrder), /inverse/);
  fc.assert(
    fc.property(scalar, (n) => {
      assert.equal(integerOfBytes(scalarBytes(n)), n);
      if (n !== 0n) assert.equal(reduceScalar(n * invertScalar(n)), 1n);
    }),
    { seed },
  );
});

test('FIPS 202: SHAKE256 of nothing, at any length, and over joined parts', () => {
  assert.equal(toHex(shake256(32)), '46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f');
  assert.deepEqual(shake256(500, utf8('a')).subarray(0, 100), shake256(100, utf8('a')));
  assert.deepEqual(shake256(64, utf8('ab'), utf8('c')), shake256(64, utf8('abc')));
});
