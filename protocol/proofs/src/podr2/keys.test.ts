import assert from 'node:assert/strict';
import { test } from 'node:test';
import { integerOfBytes, reduceScalar, scalarBytes } from '@cess/crypto';
import { concatBytes, fromHex } from '@cess/primitives';
import { checkPublicKey, checkSrs, keyGen, provePossession, type TagPublicKey, tagKeyId } from '../index.js';
import { bls, createKey, honestKey, keyGenesis, seededRng } from '../test-support/world.js';
import { srsHashOf } from './keys.js';

const { publicKey, secret, srs, key } = honestKey;
const infinity2 = new Uint8Array(96);
infinity2[0] = 0xc0;

const refusalOf = (changes: Partial<TagPublicKey>, genesis = keyGenesis): string => {
  const result = checkPublicKey(bls, { ...publicKey, ...changes }, genesis);
  return result.ok ? 'accepted' : result.error;
};

/** A key of chosen x and alpha, with everything that follows from them. */
function keyOf(x: bigint, alpha: bigint): TagPublicKey {
  const pointX = bls.mulG2(bls.generatorG2, scalarBytes(x));
  const encodedX = bls.encodeG2(pointX);
  const xAlpha = bls.encodeG2(bls.mulG2(pointX, scalarBytes(alpha)));
  const key = { x: encodedX, xAlpha, srsHash: publicKey.srsHash };
  return { ...key, possession: provePossession(bls, scalarBytes(x), key, keyGenesis) };
}

test('KeyGen: a fresh key passes its checks; keys of other randomness differ', () => {
  assert.equal(refusalOf({}), 'accepted');
  assert.deepEqual(key.id, tagKeyId(publicKey));
  assert.deepEqual(keyGen(bls, seededRng('tests'), keyGenesis), { secret, publicKey, srs });
  const other = createKey('another');
  assert.notDeepEqual(other.secret, secret);
  assert.notDeepEqual(tagKeyId(other.publicKey), key.id);
});

test('a key whose owner does not show that it knows x is refused', () => {
  // The rogue key t·X for a known t: its owner cannot sign with it.
  const x = bls.decodeG2(publicKey.x);
  assert.ok(x.ok);
  assert.equal(refusalOf({ x: bls.encodeG2(bls.mulG2(x.value, scalarBytes(5n))) }), 'NO_POSSESSION');
  const other = keyOf(7n, 9n);
  assert.equal(refusalOf(other), 'accepted');
  assert.equal(refusalOf({ possession: other.possession }), 'NO_POSSESSION');
  assert.equal(refusalOf({ xAlpha: other.xAlpha }), 'NO_POSSESSION');
});

test('a proof of possession is for one network and one SRS', () => {
  assert.equal(refusalOf({}, new Uint8Array(32).fill(0xef)), 'NO_POSSESSION');
  assert.equal(refusalOf({ srsHash: new Uint8Array(32).fill(1) }), 'NO_POSSESSION');
});

test('infinity, alpha = 1, alpha = 0 and bytes that are no points are refused', () => {
  assert.equal(refusalOf({ x: infinity2 }), 'INFINITY');
  assert.equal(refusalOf({ xAlpha: infinity2 }), 'INFINITY');
  assert.equal(refusalOf(keyOf(5n, 0n)), 'INFINITY');
  assert.equal(refusalOf(keyOf(5n, 1n)), 'ALPHA_IS_ONE');
  assert.equal(refusalOf({ x: publicKey.x.subarray(1) }), 'LENGTH');
  assert.equal(refusalOf({ x: new Uint8Array(96) }), 'ENCODING');
  assert.equal(refusalOf({ srsHash: new Uint8Array(31) }), 'SRS_HASH_LENGTH');
});

test("an SRS that is not the powers of the key's alpha is refused, also if the key names its hash", () => {
  const refusal = (bytes: Uint8Array): string => {
    const result = checkSrs(bls, { ...key, srsHash: srsHashOf(bytes) }, bytes, seededRng('srs check'));
    return result.ok ? 'accepted' : result.error;
  };
  const point = (n: number): Uint8Array => srs.subarray(48 * n, 48 * (n + 1));
  assert.equal(refusal(srs), 'accepted');
  assert.equal(refusal(srs.subarray(48)), 'LENGTH');
  assert.equal(refusal(concatBytes(srs.subarray(0, 48 * 1023), point(5))), 'SRS_NOT_POWERS');
  assert.equal(refusal(concatBytes(point(1), srs.subarray(48))), 'SRS_NOT_POWERS');
  // All points multiplied by the same number: the ratios are right, the first is not the generator.
  const doubled = [];
  for (let n = 0; n < 1024; n++) {
    const decoded = bls.decodeG1(point(n), { trusted: true });
    assert.ok(decoded.ok);
    doubled.push(bls.addG1(decoded.value, decoded.value));
  }
  assert.equal(refusal(bls.encodeManyG1(doubled)), 'SRS_NOT_POWERS');
  const result = checkSrs(bls, { ...key, srsHash: new Uint8Array(32) }, srs, seededRng('srs check'));
  assert.deepEqual(result, { ok: false, error: 'SRS_HASH' });
});

test('points of a key or an SRS outside the subgroup are refused', () => {
  const torsion = bls.decodeG1(fromHex(`80${'00'.repeat(47)}`), { trusted: true });
  const last = bls.decodeG1(srs.subarray(-48));
  assert.ok(torsion.ok && last.ok);
  const shifted = bls.encodeG1(bls.addG1(last.value, torsion.value));
  const bytes = concatBytes(srs.subarray(0, -48), shifted);
  const result = checkSrs(bls, { ...key, srsHash: srsHashOf(bytes) }, bytes, seededRng('srs check'));
  assert.deepEqual(result, { ok: false, error: 'NOT_IN_SUBGROUP' });
  const possession = bls.decodeG1(publicKey.possession);
  assert.ok(possession.ok);
  assert.equal(refusalOf({ possession: bls.encodeG1(bls.addG1(possession.value, torsion.value)) }), 'NOT_IN_SUBGROUP');
  // The small abscissas of the twist: some are on the curve, none in the subgroup.
  const reasons = Array.from({ length: 8 }, (_, n) => {
    const x = new Uint8Array(96);
    x[0] = 0x80;
    x[95] = n;
    return [refusalOf({ x }), refusalOf({ xAlpha: x })];
  }).flat();
  assert.deepEqual([...new Set(reasons)].sort(), ['NOT_IN_SUBGROUP', 'NOT_ON_CURVE']);
});

test('SRS_j is alpha^j · g1', () => {
  const alpha = integerOfBytes(secret.alpha);
  let power = 1n;
  for (let j = 0; j < 1024; j++, power = reduceScalar(power * alpha)) {
    if (j > 3 && j < 1020) continue;
    assert.deepEqual(bls.encodeG1(bls.mulGeneratorG1(scalarBytes(power))), srs.slice(48 * j, 48 * (j + 1)));
  }
});
