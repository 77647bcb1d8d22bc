// The page against the code and an independent curve: constants of docs/protocol/podr2.md, and its vectors recomputed
// with @noble/curves and BigInt from the equations as they stand there.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import * as proofs from '../index.js';
import * as parameters from './parameters.js';

const docs = new URL('../../../../docs/protocol/', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, docs), 'utf8');
const G1 = bls12_381.G1.Point;
const G2 = bls12_381.G2.Point;
const { Fp12, Fr } = bls12_381.fields;
const domain = 'CESS_PODR2_V1_BLS12381G1_XMD:SHA-256_SSWU_RO_';

type Fields = Readonly<Record<string, string>>;
const vectors = JSON.parse(read('vectors/podr2.json')) as readonly { name: string; input: Fields; output: Fields }[];
const bytesOf = (text: string | undefined): Buffer => Buffer.from(text!, 'hex');
const integer = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
const g1 = (bytes: Uint8Array) => G1.fromBytes(bytes);
const hash = (...parts: readonly Uint8Array[]) =>
  bls12_381.G1.hashToCurve(Buffer.concat(parts), { DST: domain }) as typeof G1.BASE;
const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

function vector(start: string): { readonly input: Fields; readonly output: Fields } {
  const found = vectors.find(({ name }) => name.startsWith(start));
  assert.ok(found !== undefined, start);
  return found;
}

const key = vector('key').output;
const [x, alpha] = [key['secretX'], key['secretAlpha']].map((text) => integer(bytesOf(text))) as [bigint, bigint];
const length = proofs.blockSizeBytes + 1000;
const fragment = Uint8Array.from({ length }, (_, i) => (3 + 31 * i + (i >> 8)) & 0xff);
const tags = bytesOf(vector('tags').output['tags']);
const id = bytesOf(vector('fragment id').output['id']);

/** The sectors of a block as coefficients. */
function coefficients(block: number): bigint[] {
  const bytes = Buffer.alloc(proofs.blockSizeBytes);
  bytes.set(fragment.subarray(block * bytes.length, (block + 1) * bytes.length));
  return Array.from({ length: 1024 }, (_, j) => integer(bytes.subarray(31 * j, 31 * (j + 1))));
}

const valueAt = (polynomial: readonly bigint[], at: bigint): bigint =>
  polynomial.reduceRight((value, coefficient) => Fr.create(value * at + coefficient), 0n);

test('the constants of the page are those of the code', () => {
  const rows = [...read('podr2.md').matchAll(/^\| `(\w+)` \| (\d+) \|/gm)];
  assert.equal(rows.length, 9);
  const values: Readonly<Record<string, unknown>> = { ...parameters };
  for (const [, name, value] of rows) assert.equal(values[name!], Number(value), name);
});

test('§2: the key is what x and alpha make it', () => {
  assert.equal(Buffer.from(G2.BASE.multiply(x).toBytes(true)).toString('hex'), key['publicX']);
  assert.equal(Buffer.from(G2.BASE.multiply(Fr.create(x * alpha)).toBytes(true)).toString('hex'), key['publicXAlpha']);
  const genesis = bytesOf(vector('key from').input['genesis']);
  const parts = [bytesOf(key['publicX']), bytesOf(key['publicXAlpha']), bytesOf(key['srsHash'])];
  const possession = hash(Buffer.from('CESS/PoDR2/pop/v2'), genesis, ...parts);
  assert.equal(Buffer.from(possession.multiply(x).toBytes(true)).toString('hex'), key['possession']);
  const powers = [1n, alpha, Fr.create(alpha * alpha)].map((power) => G1.BASE.multiply(power).toBytes(true));
  assert.equal(Buffer.concat(powers).toString('hex'), key['srsStart']);
  assert.equal(Buffer.from(G1.BASE.multiply(Fr.pow(alpha, 1023n)).toBytes(true)).toString('hex'), key['srsEnd']);
});

test('§4: tags are x·(H(id ‖ i) + f_i(alpha)·g1), and xi signs them with their shape', () => {
  for (const i of [0, 1]) {
    const content = G1.BASE.multiply(valueAt(coefficients(i), alpha));
    const tag = hash(id, u32(i)).add(content).multiply(x);
    assert.equal(Buffer.from(tag.toBytes(true)).toString('hex'), tags.subarray(48 * i, 48 * (i + 1)).toString('hex'));
  }
});

test('§5: the proof is y, psi and sigma of the equations, and the pairing equation holds', () => {
  const challenge = vector('challenge').output;
  const factors = [0, 16].map((at) => integer(bytesOf(challenge['factors']).subarray(at, at + 16)));
  const r = integer(bytesOf(challenge['point']));
  const proof = bytesOf(vector('proof').output['proof']);
  const [first, second] = [coefficients(0), coefficients(1)];
  const f = first.map((coefficient, j) => Fr.create(factors[0]! * coefficient + factors[1]! * second[j]!));
  const y = valueAt(f, r);
  assert.equal(integer(proof.subarray(0, 32)), y);
  // psi = Q(alpha)·g1 = ((F(alpha) - y) / (alpha - r))·g1, which only who knows alpha can compute this way.
  const psi = G1.BASE.multiply(Fr.div(Fr.create(valueAt(f, alpha) - y), Fr.create(alpha - r)));
  assert.equal(Buffer.from(psi.toBytes(true)).toString('hex'), proof.subarray(32, 80).toString('hex'));
  const sigma = g1(tags.subarray(0, 48))
    .multiply(factors[0]!)
    .add(g1(tags.subarray(48)).multiply(factors[1]!));
  assert.equal(Buffer.from(sigma.toBytes(true)).toString('hex'), proof.subarray(80).toString('hex'));
  const w = hash(id, u32(0))
    .multiply(factors[0]!)
    .add(hash(id, u32(1)).multiply(factors[1]!));
  const product = bls12_381.pairingBatch([
    { g1: sigma.negate(), g2: G2.BASE },
    { g1: w.add(G1.BASE.multiply(y)).add(psi.multiply(r).negate()), g2: G2.fromBytes(bytesOf(key['publicX'])) },
    { g1: psi, g2: G2.fromBytes(bytesOf(key['publicXAlpha'])) },
  ]);
  assert.ok(Fp12.eql(product, Fp12.ONE));
});

test('§5: weights of a batch are the hash of all of it', () => {
  const { input, output } = vector('weights');
  const sha256 = (...parts: readonly Uint8Array[]): Buffer =>
    createHash('sha256').update(Buffer.concat(parts)).digest();
  const item = [bytesOf(input['base']), bytesOf(input['keyId']), sha256(bytesOf(input['proof']))];
  const seed = sha256(Buffer.from('CESS/PoDR2/batch/v1'), bytesOf(input['randomness']), ...item, ...item);
  const weights = createHash('shake256', { outputLength: 32 }).update(seed).digest('hex');
  assert.equal(weights, output['weights']);
});
