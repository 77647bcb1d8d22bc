import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { refTime } from './weight.js';
import { WorkBudget } from './work-budget.js';

/** Does steps of this weight until the budget is spent. */
function workWith(budget: WorkBudget, step: bigint): number {
  let steps = 0;
  for (; !budget.isSpent; steps++) budget.spend(refTime(step));
  return steps;
}

describe('a budget of work', () => {
  it('is exceeded by less than one step', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10_000n), fc.bigInt(1n, 500n), (limit, step) => {
        const budget = new WorkBudget(limit);
        workWith(budget, step);
        assert.ok(budget.spent >= limit && budget.spent < limit + step);
      }),
    );
  });

  it('gives a part half of what is left, and the last one all of it', () => {
    const budget = new WorkBudget(800n);
    const shares = [3, 2, 1].map((parts) => {
      let steps = 0;
      budget.shareAmong(parts, (share) => {
        steps = workWith(share, 1n);
      });
      return steps;
    });
    assert.deepEqual(shares, [400, 200, 200]);
    assert.equal(budget.spent, 800n);
  });

  it('loses nothing to parts that are idle', () => {
    const budget = new WorkBudget(800n);
    budget.shareAmong(3, () => {});
    budget.shareAmong(2, () => {});
    budget.shareAmong(1, (share) => assert.equal(workWith(share, 1n), 800));
  });

  it('gives nothing to a part when the ones before exceeded all', () => {
    const budget = new WorkBudget(10n);
    budget.shareAmong(2, (share) => share.spend(refTime(50n)));
    budget.shareAmong(1, (share) => assert.equal(share.isSpent, true));
    assert.equal(budget.spent, 50n);
  });

  it('counts what a part booked before it threw', () => {
    const budget = new WorkBudget(10n);
    const part = (share: WorkBudget) => {
      share.spend(refTime(4n));
      throw new RangeError('injected');
    };
    assert.throws(() => budget.shareAmong(1, part), /injected/);
    assert.equal(budget.spent, 4n);
  });
});
