import assert from 'node:assert/strict';
import { test } from 'node:test';
import { integerOfBytes, isCanonicalScalar, shake256 } from '@cess/crypto';
import { toHex, utf8 } from '@cess/primitives';
import fc from 'fast-check';
import {
  type ChallengeContext,
  challengedBlocks,
  coveredFragments,
  expandChallenge,
  maxFragmentLengthBytes,
  podr2BlockCount,
  type RegisteredFragment,
  selectSlots,
} from '../index.js';

const seed = 20260105;
const fragmentLength = 8 << 20;
const context = (beacon: string): ChallengeContext => ({
  genesis: new Uint8Array(32).fill(1),
  seed: shake256(64, utf8(beacon)),
  provider: 6,
  keyId: new Uint8Array(32).fill(4),
});
const fragmentsOf = (count: number, length = fragmentLength): RegisteredFragment[] =>
  Array.from({ length: count }, (_, i) => ({ id: shake256(32, utf8(`fragment ${i}`)), length }));

test('a challenge has distinct indices inside each fragment, factors other than 0, and bounded size', () => {
  const lengths = fc.array(fc.integer({ min: 1, max: maxFragmentLengthBytes }), { minLength: 1, maxLength: 46 });
  fc.assert(
    fc.property(lengths, fc.nat(), (all, beacon) => {
      const fragments = all.map((length, i) => ({ id: shake256(32, utf8(`${i}`)), length }));
      const challenge = expandChallenge(context(`${beacon}`), fragments);
      let total = 0;
      for (const [i, { id, indices, factors }] of challenge.fragments.entries()) {
        const blockCount = podr2BlockCount(all[i]!);
        assert.equal(id, fragments[i]!.id);
        assert.equal(indices.length, Math.min(blockCount, Math.ceil(challengedBlocks / all.length)));
        assert.deepEqual(
          [...new Set(indices)].sort((a, b) => a - b),
          indices,
        );
        assert.ok(indices[0]! >= 0 && indices.at(-1)! < blockCount);
        assert.equal(factors.length, indices.length * 16);
        for (let at = 0; at < factors.length; at += 16) assert.ok(integerOfBytes(factors.subarray(at, at + 16)) > 0n);
        total += indices.length;
      }
      assert.ok(total <= challengedBlocks + all.length - 1);
      assert.ok(isCanonicalScalar(challenge.point) && integerOfBytes(challenge.point) > 1n);
    }),
    { seed, numRuns: 100 },
  );
});

test('everything in the context changes the point, the indices and the factors', () => {
  const base = context('base');
  const contexts = [
    base,
    { ...base, genesis: new Uint8Array(32) },
    { ...base, seed: new Uint8Array(64) },
    { ...base, provider: 7 },
    { ...base, keyId: new Uint8Array(32) },
  ];
  const challenges = contexts.map((each) => expandChallenge(each, fragmentsOf(46)));
  const distinct = (values: readonly string[]): number => new Set(values).size;
  assert.equal(distinct(challenges.map(({ point }) => toHex(point))), 5);
  assert.equal(distinct(challenges.map(({ fragments }) => fragments[0]!.indices.join())), 5);
  assert.equal(distinct(challenges.map(({ fragments }) => toHex(fragments[0]!.factors))), 5);
});

test('a round of no or of more than 46 fragments is refused', () => {
  for (const count of [0, 47]) assert.throws(() => expandChallenge(context('count'), fragmentsOf(count)), /46/);
});

test('slots are distinct and in range; small registries are looked at whole', () => {
  fc.assert(
    fc.property(fc.nat(5000), fc.nat(100_000), (slots, round) => {
      const selected = selectSlots(context('slots'), round, slots);
      assert.equal(selected.length, Math.min(46, slots));
      assert.deepEqual(
        [...new Set(selected)].sort((a, b) => a - b),
        selected,
      );
      assert.ok(selected.every((slot) => slot >= 0 && slot < slots));
    }),
    { seed, numRuns: 200 },
  );
});

test('every slot is looked at once in ceil(slots / 12) rounds', () => {
  for (const slots of [47, 48, 100, 1201]) {
    const seen = new Set<number>();
    for (let round = 0; round < Math.ceil(slots / coveredFragments); round++) {
      for (const slot of selectSlots(context(`cover ${round}`), round, slots)) seen.add(slot);
    }
    assert.equal(seen.size, slots);
  }
});

/** 10,000 rounds over 46 fragments of 265 blocks, ten blocks of each. */
const [rounds, blocks] = [10_000, 265];
const registered = fragmentsOf(46);
const simulated = Array.from({ length: rounds }, (_, round) =>
  expandChallenge(context(`round ${round}`), registered).fragments.map(({ indices }) => indices),
);

/** The probability that ten distinct blocks of `blocks` miss `lost` of them. */
function missOf(lost: number): number {
  let probability = 1;
  for (let i = 0; i < 10; i++) probability *= (blocks - lost - i) / (blocks - i);
  return probability;
}

test('PODR2-4: loss of 1, 5 and 10 % is noticed as often as 1 - (1 - f)^c says, within 3 sigma', () => {
  assert.equal(podr2BlockCount(fragmentLength), blocks);
  for (const loss of [0.01, 0.05, 0.1]) {
    // The share f of each fragment's blocks, at places that the seed fixes.
    const lostCounts = Array.from(
      { length: 46 },
      (_, k) => Math.round(loss * blocks * (k + 1)) - Math.round(loss * blocks * k),
    );
    const lost = lostCounts.map((count, k) => {
      const order = shake256(blocks * 2, utf8(`lost ${loss}/${k}`));
      const places = Array.from({ length: blocks }, (_, i) => i);
      return new Set(
        places
          .sort((a, b) => order[2 * a]! * 256 + order[2 * a + 1]! - (order[2 * b]! * 256 + order[2 * b + 1]!) || a - b)
          .slice(0, count),
      );
    });
    for (const fragments of [2, 5, 46]) {
      const c = 10 * fragments;
      const expected = 1 - lostCounts.slice(0, fragments).reduce((miss, count) => miss * missOf(count), 1);
      assert.ok(Math.abs(expected - (1 - (1 - loss) ** c)) < 0.02, `f = ${loss}, c = ${c}: the formula is near`);
      const noticed = simulated.filter((round) =>
        round.slice(0, fragments).some((indices, k) => indices.some((index) => lost[k]!.has(index))),
      ).length;
      const sigma = Math.sqrt(expected * (1 - expected) * rounds);
      const message = `f = ${loss}, c = ${c}: ${noticed} of ${rounds}, expected ${(expected * rounds).toFixed(1)}`;
      assert.ok(Math.abs(noticed - expected * rounds) <= Math.max(3 * sigma, 1), message);
    }
  }
});

test('indices are uniform over the blocks of a fragment', () => {
  const hits = new Array<number>(blocks).fill(0);
  for (const round of simulated) for (const indices of round) for (const index of indices) hits[index]!++;
  const mean = (rounds * 46 * 10) / blocks;
  const chiSquare = hits.reduce((sum, hit) => sum + (hit - mean) ** 2 / mean, 0);
  // Drawing without replacement makes it smaller than the 264 of independent draws; 5 sigma above that is far off.
  assert.ok(chiSquare < 264 + 5 * Math.sqrt(2 * 264), `chi-square ${chiSquare.toFixed(0)}`);
  assert.ok(Math.min(...hits) > 0.9 * mean && Math.max(...hits) < 1.1 * mean);
});
