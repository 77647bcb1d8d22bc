// R2S-3: score = 0.5 credit + 0.3 stake + 0.2 VRF in whole numbers (docs/protocol/r2s.md §4).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compareBytes, toHex } from '@cess/primitives';
import fc from 'fast-check';
import { type Candidate, FULL_SCORE, rankCandidates, vrfScoreOf } from '../index.js';
import { account, anyCandidates, candidate, output, rules } from '../test-support/candidates.js';

const { minimumStake } = rules;
const rank = (candidates: readonly Candidate[]) => rankCandidates(candidates, minimumStake);
const best = (...candidates: readonly Candidate[]): Uint8Array => rank(candidates)[0]!.candidate.account;
const scoreOf = (changed: Partial<Candidate>): number =>
  rank([candidate(1, changed), candidate(2, { stake: 4n * minimumStake })]).find(
    ({ candidate: { account: id } }) => compareBytes(id, account(1)) === 0,
  )!.score;

/** Accounts and scores in order: a selection of the greatest key of decimal and hexadecimal digits, again and again. */
function rankByTexts(candidates: readonly Candidate[]): (readonly [string, number])[] {
  const limited = (stake: bigint): bigint => (stake > 4n * minimumStake ? 4n * minimumStake : stake);
  const largest = candidates.map(({ stake }) => limited(stake)).reduce((a, b) => (a > b ? a : b), 0n);
  const inverted = (hex: string): string =>
    [...hex].map((digit) => (15 - Number.parseInt(digit, 16)).toString(16)).join('');
  const rows = candidates.map(({ account: id, stake, credit, vrfOutput }) => {
    let [stakeScore, vrfScore] = [0n, 0n];
    while (largest > 0n && (stakeScore + 1n) * largest <= 1000n * limited(stake)) stakeScore++;
    const above = vrfOutput === undefined ? 0n : 2n ** 512n - BigInt(`0x${toHex(vrfOutput)}`);
    while ((vrfScore + 1n) * 2n ** 512n <= 1000n * above) vrfScore++;
    const score = 5n * BigInt(credit) + 3n * stakeScore + 2n * vrfScore;
    const luck = vrfOutput === undefined ? '' : `+${inverted(toHex(vrfOutput))}`;
    const key = [String(score).padStart(6, '0'), String(credit).padStart(4, '0'), luck, inverted(toHex(id))];
    return { key: key.join(' '), row: [toHex(id), Number(score)] as const };
  });
  return rows.sort((a, b) => (a.key > b.key ? -1 : 1)).map(({ row }) => row);
}

describe('the score of a candidate', () => {
  it('RS-4.1: VRFScore = 1000·(1 − R/2^n): the lowest R has the highest score', () => {
    assert.equal(vrfScoreOf(new Uint8Array(64)), 1000);
    assert.equal(vrfScoreOf(new Uint8Array(64).fill(0xff)), 0);
    assert.equal(vrfScoreOf(output(0x80)), 500);
    assert.equal(vrfScoreOf(output(0x40)), 750);
    assert.equal(vrfScoreOf(output(0x80, 1)), 499);
    assert.equal(vrfScoreOf(undefined), 0);
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 64, maxLength: 64 }),
        fc.uint8Array({ minLength: 64, maxLength: 64 }),
        (a, b) => {
          const [low, high] = compareBytes(a, b) < 0 ? [a, b] : [b, a];
          assert.ok(vrfScoreOf(low) >= vrfScoreOf(high));
          assert.ok(vrfScoreOf(low) <= FULL_SCORE && vrfScoreOf(high) >= 0);
        },
      ),
      { seed: 1, numRuns: 300 },
    );
  });

  it('RS-4.2: stake counts up to four times the minimum, relative to the largest that counts', () => {
    const stakeScores = rank([1n, 2n, 4n, 100n].map((times, i) => candidate(i + 1, { stake: times * minimumStake })));
    assert.deepEqual(
      stakeScores.map(({ stakeScore }) => stakeScore).sort((a, b) => a - b),
      [250, 500, 1000, 1000],
    );
    assert.equal(rank([candidate(1)])[0]!.stakeScore, 1000, 'relative to the largest of these candidates');
    assert.equal(rankCandidates([candidate(1, { stake: 0n })], 0n)[0]!.stakeScore, 0, 'a chain without stake');
  });

  it('RS-4.3: each weight is reached in full: credit 500, stake 300, VRF 200 of 1000 points', () => {
    const none = { credit: 0, stake: 0n };
    assert.equal(scoreOf(none), 0);
    assert.equal(scoreOf({ ...none, credit: 1000 }), 5000);
    assert.equal(scoreOf({ ...none, stake: 4n * minimumStake }), 3000);
    assert.equal(scoreOf({ ...none, vrfOutput: new Uint8Array(64) }), 2000);
    assert.equal(scoreOf({ credit: 1000, stake: 4n * minimumStake, vrfOutput: new Uint8Array(64) }), 10_000);
  });

  it('RS-4.3: each part can decide, and each can be outweighed by the two others', () => {
    const stake = 4n * minimumStake;
    const lucky = output(0);
    const equal = { credit: 400, stake: minimumStake, vrfOutput: output(0x80) };
    for (const advantage of [{ credit: 401 }, { stake: minimumStake + 100n }, { vrfOutput: output(0x7f) }])
      assert.deepEqual(best(candidate(1, equal), candidate(2, { ...equal, ...advantage })), account(2));
    const unlucky = { vrfOutput: undefined, stake: minimumStake, credit: 0 };
    assert.deepEqual(
      best(candidate(1, { ...unlucky, credit: 800 }), candidate(2, { ...unlucky, stake, vrfOutput: lucky })),
      account(2),
    );
    assert.deepEqual(
      best(candidate(1, { ...unlucky, stake }), candidate(2, { ...unlucky, credit: 100, vrfOutput: lucky })),
      account(2),
    );
    assert.deepEqual(
      best(candidate(1, { ...unlucky, vrfOutput: lucky }), candidate(2, { ...unlucky, credit: 100, stake })),
      account(2),
    );
  });

  it('R2S-12: no stake guarantees a seat: a hundredfold stake loses to credit and luck', () => {
    const rich = candidate(1, { stake: 100n * minimumStake, credit: 500, vrfOutput: output(0x80) });
    assert.deepEqual(best(rich, candidate(2, { credit: 1000, vrfOutput: output(0x80) })), account(2));
    assert.deepEqual(best(rich, candidate(2, { credit: 600, vrfOutput: output(0) })), account(1));
    assert.deepEqual(best(rich, candidate(2, { credit: 760, vrfOutput: output(0) })), account(2));
  });

  it('RS-4.4: ties go to credit, then to the lower R, then to the lower account id', () => {
    const stake = 4n * minimumStake;
    // 5 · 40 = 2 · 100: 40 points of credit weigh as much as 100 of the VRF.
    const byCredit = [
      candidate(1, { stake, credit: 500, vrfOutput: output(0) }),
      candidate(2, { stake, credit: 540, vrfOutput: output(0x19, 0x99) }),
    ];
    assert.deepEqual(new Set(rank(byCredit).map(({ score }) => score)), new Set([7500]));
    assert.deepEqual(best(...byCredit), account(2));
    // Both R give 999 points.
    const byOutput = [candidate(1, { vrfOutput: output(0, 2) }), candidate(2, { vrfOutput: output(0, 1) })];
    assert.equal(vrfScoreOf(output(0, 1)), vrfScoreOf(output(0, 2)));
    assert.deepEqual(best(...byOutput), account(2));
    const lastOutput = new Uint8Array(64).fill(0xff);
    assert.deepEqual(best(candidate(1), candidate(2, { vrfOutput: lastOutput })), account(2), 'a proof beats none');
    assert.deepEqual(best(candidate(2), candidate(1)), account(1));
  });

  it('RS-4.1 to RS-4.4: any candidates are ranked as a second computation ranks them, in whatever order they are given', () => {
    fc.assert(
      fc.property(anyCandidates, fc.nat(), (candidates, turn) => {
        const ranking = rank(candidates);
        const rotated = candidates.map((_, i) => candidates[(i + turn) % candidates.length]!);
        assert.deepEqual(rank(rotated), ranking);
        assert.deepEqual(
          ranking.map(({ candidate: one, score }) => [toHex(one.account), score]),
          rankByTexts(candidates),
        );
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('RS-4.3: more credit, more stake or a lower R never cost a place', () => {
    const place = (candidates: readonly Candidate[], id: Uint8Array): number =>
      rank(candidates).findIndex(({ candidate: one }) => one.account === id);
    fc.assert(
      fc.property(anyCandidates, fc.nat(), fc.constantFrom('credit', 'stake', 'vrfOutput'), (candidates, nth, part) => {
        fc.pre(candidates.length > 0);
        const at = nth % candidates.length;
        const one = candidates[at]!;
        const better = {
          credit: { ...one, credit: Math.min(FULL_SCORE, one.credit + 100) },
          stake: { ...one, stake: one.stake + minimumStake },
          vrfOutput: { ...one, vrfOutput: output(0) },
        }[part];
        assert.ok(place(candidates.with(at, better), one.account) <= place(candidates, one.account));
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});
