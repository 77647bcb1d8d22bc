import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type BatchItem, batchVerify, blockSizeBytes, expandChallenge, proofGen, verify } from '../index.js';
import {
  bls,
  contentOf,
  contextOf,
  createKey,
  honestKey,
  identityOf,
  kernel,
  readerOf,
  seededRng,
  shallowContentOf,
  signer,
  storeFragment,
} from '../test-support/world.js';
import { fragmentTagId } from './identity.js';
import { sigGen } from './tags.js';

const seed = 20260104;
const otherKey = createKey('other key');
const fragments = [0, 1, 2].map((i) =>
  storeFragment(shallowContentOf(blockSizeBytes * i + 400, `batch ${i}`), { fragment: i }),
);
const foreign = (() => {
  const bytes = contentOf(500, 'foreign');
  const identity = identityOf(bytes, { keyId: otherKey.key.id });
  const made = sigGen({ bls, kernel, secret: otherKey.secret, signer, identity, fragment: bytes });
  assert.ok(made.ok);
  return { identity, id: fragmentTagId(identity), length: bytes.length, bytes, ...made.value };
})();

function item(i: number): BatchItem {
  const other = i % 3 === 2;
  const { key, srsPoints } = other ? otherKey : honestKey;
  const held = other ? [foreign] : fragments.slice(0, 1 + (i % 2));
  const challenge = expandChallenge(contextOf(`batch ${i}`, { keyId: key.id, provider: i }), held);
  const proof = proofGen({ bls, kernel, srs: srsPoints }, challenge, readerOf(held));
  assert.ok(proof.ok);
  return { key, challenge, proof: proof.value };
}

const honest = Array.from({ length: 13 }, (_, i) => item(i));
const isRight = ({ key, challenge, proof }: BatchItem) => verify(bls, key, challenge, proof).ok;
const verdictsAlone = honest.map(isRight);
const randomness = seededRng('batch').bytes(32);

test('PODR2-6: a batch of honest proofs under several keys passes', () => {
  assert.deepEqual(
    batchVerify(bls, honest, randomness),
    honest.map(() => true),
  );
  assert.deepEqual(batchVerify(bls, [], randomness), []);
});

test('PODR2-6: bisection finds exactly the wrong proofs, malformed ones among them', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(honest.length - 1), { maxLength: 6 }), fc.boolean(), (guilty, malformed) => {
      const items = honest.map((each, i): BatchItem => {
        if (!guilty.includes(i)) return each;
        if (malformed && i % 2 === 0) return { ...each, proof: each.proof.subarray(1) };
        return { ...each, proof: honest[(i + 3) % honest.length]!.proof };
      });
      const verdicts = batchVerify(bls, items, randomness);
      assert.deepEqual(
        verdicts,
        items.map((_, i) => !guilty.includes(i)),
      );
      assert.deepEqual(
        verdicts,
        items.map((each, i) => (each === honest[i] ? verdictsAlone[i] : isRight(each))),
      );
    }),
    { seed, numRuns: 8 },
  );
});

test('more proofs than one equation takes are all judged', () => {
  const many = Array.from({ length: 260 }, (_, i) => honest[3 * (i % 4)]!).map((each, i) =>
    i === 1 || i === 259 ? { ...each, proof: honest[1]!.proof } : each,
  );
  const verdicts = batchVerify(bls, many, randomness);
  assert.deepEqual(
    verdicts.flatMap((verdict, i) => (verdict ? [] : [i])),
    [1, 259],
  );
});
