// What the scheme must not allow (docs/protocol/podr2.md §8). Each attack succeeds against a variant without the rule and
// fails against the scheme.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Bls12, type G1Point, integerOfBytes, invertScalar, reduceScalar, scalarBytes } from '@cess/crypto';
import { concatBytes, fromHex } from '@cess/primitives';
import {
  type BatchItem,
  batchVerify,
  batchWeights,
  blockOf,
  blockSizeBytes,
  type Challenge,
  expandChallenge,
  fragmentTagId,
  proofGen,
  sectorSizeBytes,
  verify,
} from '../index.js';
import {
  batchWithKnownWeights,
  idWithoutKey,
  idWithoutRoot,
  scalarHash,
  verifyWithSuppliedList,
  withFixedPoint,
  withoutSubgroupCheck,
  withScalarHash,
} from '../test-support/weakened.js';
import {
  bls,
  contentOf,
  contextOf,
  createKey,
  honestKey,
  identityOf,
  kernel,
  readerOf,
  shallowContentOf,
  storeFragment,
} from '../test-support/world.js';
import { blockPoint } from './block-point.js';
import { u32Bytes } from './preimage.js';

const { key, srsPoints, secret } = honestKey;
const prover = { bls, kernel, srs: srsPoints };

/** What the enclave answers for one block under an id, on whatever curve backend it works. */
function tagBlock(backend: Bls12, id: Uint8Array, index: number, block: Uint8Array): G1Point {
  const content = backend.mulGeneratorG1(kernel.evaluate(kernel.powers(secret.alpha), block));
  return backend.mulG1(backend.addG1(blockPoint(backend, id, index), content), secret.x);
}

/** A proof for one block of a fragment that has only this one, with a tag from anywhere. */
function proofFor(id: Uint8Array, block: Uint8Array, tag: G1Point): { challenge: Challenge; proof: Uint8Array } {
  const challenge = expandChallenge(contextOf('attack'), [{ id, length: block.length }]);
  const proof = proofGen(prover, challenge, () => ({ block, tag: bls.encodeG1(tag) }));
  assert.ok(proof.ok);
  return { challenge, proof: proof.value };
}

const scaled = (point: G1Point, factor: bigint): G1Point => bls.mulG1(point, scalarBytes(reduceScalar(factor)));
const minus = (a: G1Point, b: G1Point): G1Point => bls.addG1(a, bls.negateG1(b));
const sectors = (...values: readonly number[]): Uint8Array => {
  const block = new Uint8Array(values.length * sectorSizeBytes);
  for (const [j, value] of values.entries()) block[j * sectorSizeBytes] = value;
  return block;
};

test('blocks as multiples of one point: s + 1 tags forge all others; hashes to the curve do not', () => {
  const forge = (backend: Bls12): boolean => {
    const id = fragmentTagId(identityOf(sectors(0), { fragment: 50 }));
    const h = (of: Uint8Array, index: number): bigint => scalarHash(concatBytes(of, u32Bytes(index)));
    // The attacker has blocks of its choice tagged: zeros give x·U, then a sector of 1 gives x·alpha^j·g1 each.
    const zeros = tagBlock(backend, id, 0, sectors(0));
    const xU = scaled(zeros, invertScalar(h(id, 0)));
    const powers = [sectors(1), sectors(0, 1), sectors(0, 0, 1)].map((block, j) =>
      minus(tagBlock(backend, id, j + 1, block), scaled(xU, h(id, j + 1))),
    );
    // A block that nobody ever tagged, of a fragment that the attacker never had.
    const target = new Uint8Array(32).fill(77);
    const tag = [3n, 1n, 4n].reduce((sum, m, j) => bls.addG1(sum, scaled(powers[j]!, m)), scaled(xU, h(target, 0)));
    const { challenge, proof } = proofFor(target, sectors(3, 1, 4), tag);
    return verify(backend, key, challenge, proof).ok;
  };
  assert.equal(forge(withScalarHash(bls)), true);
  assert.equal(forge(bls), false);
});

test('a point known beforehand: 128 bytes a block answer for the data; a fresh point does not allow it', () => {
  const fragment = storeFragment(shallowContentOf(4 * blockSizeBytes, 'fixed point'));
  // Before it drops the data the provider keeps y, psi and the tag of each block at the point it expects.
  const known = withFixedPoint(expandChallenge(contextOf('expected'), [fragment]));
  const kept = Array.from({ length: 4 }, (_, i) => {
    const one: Challenge = { ...known, fragments: [{ id: fragment.id, indices: [i], factors: factorOne }] };
    const proof = proofGen(prover, one, readerOf([fragment]));
    assert.ok(proof.ok);
    return proof.value;
  });
  const answer = ({ fragments }: Challenge): Uint8Array => {
    const { indices, factors } = fragments[0]!;
    const vs = indices.map((_, i) => integerOfBytes(factors.subarray(i * 16, (i + 1) * 16)));
    const y = indices.reduce((sum, index, i) => sum + vs[i]! * integerOfBytes(kept[index]!.subarray(0, 32)), 0n);
    const combined = (at: number): Uint8Array => {
      const points = indices.map((index) => decode(kept[index]!.subarray(at, at + 48)));
      return bls.encodeG1(bls.multiScalarMulG1(points, concatBytes(...vs.map(scalarBytes))));
    };
    return concatBytes(scalarBytes(reduceScalar(y)), combined(32), combined(80));
  };
  const challenge = expandChallenge(contextOf('a later round'), [fragment]);
  assert.equal(verify(bls, key, withFixedPoint(challenge), answer(challenge)).ok, true);
  assert.equal(verify(bls, key, challenge, answer(challenge)).ok, false);
});

const factorOne = Uint8Array.from({ length: 16 }, (_, i) => (i === 0 ? 1 : 0));

function decode(bytes: Uint8Array): G1Point {
  const point = bls.decodeG1(bytes, { allowInfinity: true });
  assert.ok(point.ok);
  return point.value;
}

test('one id for two contents: their tags give away those of a third; the root in the id prevents it', () => {
  const forge = (idOf: typeof fragmentTagId): boolean => {
    const contents = [sectors(5, 2), sectors(5, 3)];
    const identities = contents.map((content) => identityOf(content, { fragment: 60 }));
    const tags = contents.map((content, i) => tagBlock(bls, idOf(identities[i]!), 0, content));
    // 5 + 4 X = (5 + 3 X) + ((5 + 3 X) - (5 + 2 X)): never shown to the enclave.
    const forged = bls.addG1(tags[1]!, minus(tags[1]!, tags[0]!));
    const { challenge, proof } = proofFor(idOf(identities[1]!), sectors(5, 4), forged);
    return verify(bls, key, challenge, proof).ok;
  };
  assert.equal(forge(idWithoutRoot), true);
  assert.equal(forge(fragmentTagId), false);
});

test('points outside the subgroup: a proof has other accepted forms; the subgroup check leaves it one', () => {
  const fragment = storeFragment(contentOf(100, 'subgroup'));
  const challenge = expandChallenge(contextOf('subgroup'), [fragment]);
  const proof = proofGen(prover, challenge, readerOf([fragment]));
  assert.ok(proof.ok);
  // (0, 2) has order 3: pairings with it are 1.
  const torsion = bls.decodeG1(fromHex(`80${'00'.repeat(47)}`), { trusted: true });
  assert.ok(torsion.ok);
  const other = bls.encodeG1(bls.addG1(decode(proof.value.subarray(80)), torsion.value));
  const malleated = concatBytes(proof.value.subarray(0, 80), other);
  assert.notDeepEqual(malleated, proof.value);
  assert.equal(verify(withoutSubgroupCheck(bls), key, challenge, malleated).ok, true);
  assert.deepEqual(verify(bls, key, challenge, malleated), { ok: false, error: 'PROOF_MALFORMED' });
});

test('weights known before the proofs: two wrong proofs cancel; weights from the proofs find both', () => {
  const items = [0, 1].map((i): BatchItem => {
    const fragment = storeFragment(contentOf(100, `weights ${i}`), { fragment: i });
    const challenge = expandChallenge(contextOf(`weights ${i}`), [fragment]);
    const proof = proofGen(prover, challenge, readerOf([fragment]));
    assert.ok(proof.ok);
    return { key, challenge, proof: proof.value };
  });
  const randomness = contentOf(32, 'weights');
  const stale = batchWeights(items, randomness);
  const weights = [stale.subarray(0, 16), stale.subarray(16, 32)].map(integerOfBytes);
  const shifts = [weights[1]!, -weights[0]!];
  const wrong = items.map((item, i) => {
    const sigma = bls.addG1(decode(item.proof.subarray(80)), scaled(bls.generatorG1, shifts[i]!));
    return { ...item, proof: concatBytes(item.proof.subarray(0, 80), bls.encodeG1(sigma)) };
  });
  assert.equal(batchWithKnownWeights(bls, wrong, weights), true);
  assert.deepEqual(batchVerify(bls, wrong, randomness), [false, false]);
  assert.deepEqual(batchVerify(bls, items, randomness), [true, true]);
});

test('a list of blocks from the provider: it names those it kept; the list from the beacon does not let it', () => {
  const fragment = storeFragment(shallowContentOf(6 * blockSizeBytes, 'lists'));
  const challenge = expandChallenge(contextOf('lists'), [fragment]);
  // Block 0 is lost. The provider leaves it out of what it says it was asked for.
  const { id, indices, factors } = challenge.fragments[0]!;
  assert.equal(indices[0], 0);
  const supplied: Challenge = {
    ...challenge,
    fragments: [{ id, indices: indices.slice(1), factors: factors.subarray(16) }],
  };
  const damaged = {
    ...fragment,
    bytes: concatBytes(new Uint8Array(blockSizeBytes), fragment.bytes.subarray(blockSizeBytes)),
  };
  const proof = proofGen(prover, supplied, readerOf([damaged]));
  assert.ok(proof.ok);
  assert.equal(verifyWithSuppliedList(bls, key, { challenge: supplied, proof: proof.value }), true);
  assert.equal(verify(bls, key, challenge, proof.value).ok, false);
  assert.deepEqual(expandChallenge(contextOf('lists'), [fragment]), challenge);
});

test('the key in the id: what one key signed answers no challenge of another', () => {
  const other = createKey('second key');
  const bytes = contentOf(100, 'two keys');
  const [first, second] = [honestKey, other].map((each) => identityOf(bytes, { keyId: each.key.id }));
  assert.deepEqual(idWithoutKey(first!), idWithoutKey(second!));
  assert.notDeepEqual(fragmentTagId(first!), fragmentTagId(second!));
  // Two keys of one x, as a rotation of alpha alone leaves them: under one id the tags' difference is free of the block's
  // point, x·(f(alpha_1) - f(alpha_2))·g1, the start of a linear attack; under two ids the points do not cancel.
  const difference = (idOf: typeof fragmentTagId): G1Point => {
    const tags = [first!, second!].map((identity, i) => {
      const alpha = [secret.alpha, other.secret.alpha][i]!;
      const content = bls.mulGeneratorG1(kernel.evaluate(kernel.powers(alpha), blockOf(bytes, 0)));
      return bls.mulG1(bls.addG1(blockPoint(bls, idOf(identity), 0), content), secret.x);
    });
    return minus(tags[0]!, tags[1]!);
  };
  const [a1, a2] = [secret.alpha, other.secret.alpha].map((alpha) =>
    integerOfBytes(kernel.evaluate(kernel.powers(alpha), blockOf(bytes, 0))),
  );
  const free = scaled(bls.generatorG1, integerOfBytes(secret.x) * (a1! - a2!));
  assert.equal(bls.equalG1(difference(idWithoutKey), free), true);
  assert.equal(bls.equalG1(difference(fragmentTagId), free), false);
});
