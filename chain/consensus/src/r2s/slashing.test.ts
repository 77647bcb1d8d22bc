// R2S-5: what equivocation costs (docs/protocol/r2s.md §8).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { equivocationSlash, PERBILL, slashDue } from '../index.js';

describe('the slash for equivocation', () => {
  it('RS-8.4: k of 11 lose 7.4, 29.8, 66.9 and 100 percent', () => {
    assert.deepEqual(
      [0, 1, 2, 3, 4, 11].map((k) => equivocationSlash(k, 11)),
      [0n, 74_380_165n, 297_520_661n, 669_421_487n, PERBILL, PERBILL],
    );
    assert.equal(equivocationSlash(1, 1), PERBILL, 'the only member has nobody to hide behind');
    assert.equal(equivocationSlash(1, 4), 562_500_000n);
  });

  it('RS-8.4: it is the fraction rounded down, grows with k, and is 1 from a third of the members on', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(300), (n, k) => {
        const slash = equivocationSlash(k, n);
        assert.ok(slash <= equivocationSlash(k + 1, n));
        assert.equal(slash === PERBILL, 3 * k >= n);
        if (3 * k < n) {
          const exact = 9n * BigInt(k) ** 2n * PERBILL;
          const square = BigInt(n) ** 2n;
          assert.ok(slash * square <= exact && exact < (slash + 1n) * square);
        }
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('RS-8.5: offenders who are found one after the other lose what they would have lost together, and never more', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 26n), fc.integer({ min: 1, max: 50 }), fc.nat(60), (stake, n, last) => {
        let taken = 0n;
        for (let k = 1; k <= last; k++) taken += slashDue(stake, equivocationSlash(k, n), taken);
        assert.equal(taken, slashDue(stake, equivocationSlash(last, n), 0n));
        assert.ok(taken <= stake);
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});
