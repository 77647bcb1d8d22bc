// R2S-2, R2S-3, R2S-6, R2S-7: who is elected (docs/protocol/r2s.md §4).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compareBytes, toHex } from '@cess/primitives';
import fc from 'fast-check';
import { type ElectionCandidate, elect, PRODUCTION_ELECTION } from '../index.js';
import { account, anyCandidates, candidate, rules } from '../test-support/candidates.js';

const many = (count: number, changed: Partial<ElectionCandidate> = {}): ElectionCandidate[] =>
  Array.from({ length: count }, (_, i) => candidate(i + 1, { credit: 900 - i, ...changed }));
const ids = (...numbers: readonly number[]): Uint8Array[] => numbers.map(account);
const incumbents = ids(101, 102, 103, 104, 105);

describe('an election', () => {
  it('RS-4.5: the 11 best of the eligible candidates get the seats, and the others are the pool', () => {
    const { outcome, members, pool, ranking } = elect(many(16), incumbents, rules);
    assert.equal(outcome, 'Elected');
    assert.deepEqual(members, ids(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
    assert.deepEqual(pool, ids(12, 13, 14, 15, 16));
    assert.equal(ranking.length, 16);
    assert.equal(PRODUCTION_ELECTION.seats, 11);
    assert.equal(PRODUCTION_ELECTION.minimumStake, 3_000_000n * 10n ** 18n);
  });

  it('RS-4.5: who has too little stake or credit, exits, was removed or missed trials is not eligible', () => {
    for (const flaw of [
      { stake: rules.minimumStake - 1n },
      { credit: 99 },
      { mayServe: false },
      { hasPassedTrials: false },
    ]) {
      const flawed = [candidate(50, { credit: 1000, ...flaw }), ...many(12)];
      assert.equal(
        elect(flawed, incumbents, rules).members.some((id) => compareBytes(id, account(50)) === 0),
        false,
      );
    }
    const atTheBounds = candidate(50, { credit: 100, stake: rules.minimumStake });
    assert.deepEqual(elect([atTheBounds, ...many(10)], incumbents, rules).members.at(-1), account(50));
  });

  it('RS-5.4: the threshold of credit does not keep newcomers out', () => {
    const newcomer = candidate(50, { credit: 0, erasInPool: 4 });
    assert.equal(elect([newcomer, ...many(10)], incumbents, rules).outcome, 'Elected');
    assert.equal(elect([{ ...newcomer, erasInPool: 5 }, ...many(10)], incumbents, rules).outcome, 'Short');
  });

  it('RS-4.6: with fewer than 11 eligible candidates, members who may serve keep seats that would be free', () => {
    const noLonger = [
      candidate(101, { credit: 20 }),
      candidate(102, { credit: 30 }),
      candidate(103, { mayServe: false }),
    ];
    const { outcome, members } = elect([...many(6), ...noLonger, candidate(120, { credit: 0 })], incumbents, rules);
    assert.equal(outcome, 'Short');
    assert.deepEqual(members, ids(1, 2, 3, 4, 5, 6, 102, 101));
    const crowded = elect([...many(10), ...noLonger], incumbents, rules);
    assert.deepEqual(crowded.members.slice(10), ids(102));
  });

  it('RS-4.7: with fewer than 4 in sum, also when all exit at once, the members of now go on', () => {
    for (const candidates of [many(3), [], many(16, { mayServe: false }), many(16, { stake: 0n })]) {
      const { outcome, members } = elect(candidates, incumbents, rules);
      assert.equal(outcome, 'Kept');
      assert.deepEqual(members, incumbents);
    }
    assert.equal(elect(many(4), incumbents, rules).outcome, 'Short');
    assert.deepEqual(elect(many(3), ids(1, 2, 30, 31), rules).pool, ids(3), 'who goes on is not in the pool');
  });

  it('RS-4.8: a network of one is elected by the same code', () => {
    const sole = candidate(1);
    assert.deepEqual(elect([sole], ids(1), rules).members, ids(1), 'kept, as four are the minimum');
    const single = { ...rules, seats: 1, minimumMembers: 1 };
    assert.equal(elect([sole], ids(1), single).outcome, 'Elected');
    assert.equal(elect([{ ...sole, mayServe: false }], ids(1), single).outcome, 'Kept');
    assert.throws(() => elect([sole], [], rules), /an era has members/);
    assert.throws(() => elect([sole, sole], ids(1), rules), /candidates differ/);
  });

  it('RS-4.5: who is not eligible has no influence on who is elected', () => {
    fc.assert(
      fc.property(anyCandidates, (candidates) => {
        const { outcome, members, pool } = elect(candidates, incumbents, rules);
        const outsiders = [
          candidate(2001, { stake: 9n * rules.minimumStake, credit: 1000, mayServe: false }),
          candidate(2002, { stake: 9n * rules.minimumStake, credit: 50 }),
          candidate(2003, { stake: rules.minimumStake - 1n, credit: 1000 }),
        ];
        const crowded = elect([...outsiders, ...candidates], incumbents, rules);
        assert.deepEqual([crowded.outcome, crowded.members, crowded.pool], [outcome, members, pool]);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('RS-4.5 to RS-4.8: any state has a result that depends on nothing but the state', () => {
    fc.assert(
      fc.property(
        anyCandidates,
        fc.uniqueArray(fc.nat(1000), { minLength: 1, maxLength: 11 }),
        (candidates, numbers) => {
          const now = ids(...numbers);
          const result = elect(candidates, now, rules);
          assert.deepEqual(elect(candidates.toReversed(), now, rules), result);
          const { members, pool, outcome } = result;
          const all = [...members, ...pool].map(toHex);
          assert.equal(new Set(all).size, all.length, 'nobody is listed twice');
          assert.ok(members.length >= 1 && members.length <= rules.seats);
          if (outcome === 'Kept') return assert.deepEqual(members, now);
          assert.ok(members.length >= rules.minimumMembers);
          const serving = new Map(candidates.map((one) => [toHex(one.account), one]));
          for (const id of members) assert.equal(serving.get(toHex(id))!.mayServe, true);
          if (outcome === 'Elected') assert.equal(members.length, rules.seats);
          else assert.equal(pool.length, 0, 'nobody waits while seats are free');
        },
      ),
      { seed: 1, numRuns: 500 },
    );
  });
});
