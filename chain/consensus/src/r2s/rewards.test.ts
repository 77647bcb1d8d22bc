// R2S-9: era points, the division of an era's reward, tips (docs/protocol/r2s.md §9).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ERA_POINTS, type MemberEra, pointsOf, settleEra } from '../index.js';
import { account } from '../test-support/candidates.js';

const member = (number: number, points: number, tips = 0n): MemberEra => ({ account: account(number), points, tips });
const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);
const anyMembers = fc
  .array(fc.tuple(fc.oneof(fc.constant(0), fc.nat(5), fc.nat(80_000)), fc.bigInt(0n, 10n ** 20n)), { maxLength: 20 })
  .map((parts) => parts.map(([points, tips], i) => member(i + 1, points, tips)));
const anyReward = fc.oneof(fc.bigInt(0n, 100n), fc.bigInt(0n, 10n ** 28n));

describe('the settlement of an era', () => {
  it('RS-9.1: a block gives 20 points, the reference of an uncle 2, an uncle that is referenced 1', () => {
    assert.deepEqual(ERA_POINTS, { block: 20, uncleReference: 2, referencedUncle: 1 });
    assert.equal(pointsOf({ blocks: 3, uncleReferences: 4, referencedUncles: 5 }), 73);
  });

  it('RS-9.2, RS-9.4: no unit is lost or made, whatever the points and tips', () => {
    fc.assert(
      fc.property(anyReward, anyMembers, (reward, members) => {
        const { incomes, undistributed } = settleEra(reward, members);
        assert.equal(sum(incomes) + undistributed, reward + sum(members.map(({ tips }) => tips)));
        assert.equal(incomes.length, members.length);
      }),
      { seed: 1, numRuns: 1000 },
    );
  });

  it('RS-9.2, RS-9.4: a share is the exact fraction rounded up or down, and who has no points has tips alone', () => {
    fc.assert(
      fc.property(anyReward, anyMembers, (reward, members) => {
        const total = BigInt(members.reduce((points, { points: own }) => points + own, 0));
        const { incomes, undistributed } = settleEra(reward, members);
        if (total === 0n) assert.equal(undistributed, reward);
        for (const [i, { points, tips }] of members.entries()) {
          const share = incomes[i]! - tips;
          assert.ok(total === 0n || share - (reward * BigInt(points)) / total <= 1n);
          assert.ok(share * total >= reward * BigInt(points) - total);
          if (points === 0) assert.equal(share, 0n);
        }
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('RS-9.3: units that are left go to the largest remainders, and then to the lowest accounts', () => {
    assert.deepEqual(settleEra(10n, [member(3, 1), member(2, 1), member(1, 1)]).incomes, [3n, 3n, 4n]);
    assert.deepEqual(settleEra(10n, [member(1, 26), member(2, 27), member(3, 27)]).incomes, [3n, 4n, 3n]);
    assert.deepEqual(settleEra(1n, [member(1, 1), member(2, 2)]).incomes, [0n, 1n]);
  });

  it('RS-9.2: the order of members does not matter, and stake is no input', () => {
    fc.assert(
      fc.property(anyReward, anyMembers, (reward, members) => {
        const { incomes } = settleEra(reward, members);
        assert.deepEqual(settleEra(reward, members.toReversed()).incomes, incomes.toReversed());
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});
