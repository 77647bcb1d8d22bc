// R2S-8: exit of candidates, cooling-off and review (docs/protocol/r2s.md §11).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type ExitRules, isReportable, PRODUCTION_EXIT, reviewExit, slashesInEffect } from '../index.js';

const rules: ExitRules = { reportEras: 4, deferralEras: 3, coolingOffEras: 8 };
const exit = { stake: 100n, announcedIn: 10n, lastSeatIn: undefined, slashes: [] };

describe('the exit of a candidate', () => {
  it('RS-11.2: the stake is not free before the cooling-off period ends', () => {
    assert.deepEqual(reviewExit(exit, 17n, rules), { type: 'CoolingOff', endsIn: 18n });
    assert.deepEqual(reviewExit(exit, 18n, rules), { type: 'Full', returned: 100n, taken: 0n });
    assert.deepEqual(reviewExit({ ...exit, lastSeatIn: 9n }, 18n, rules).type, 'Full');
    assert.deepEqual(reviewExit({ ...exit, lastSeatIn: 12n }, 18n, rules), { type: 'CoolingOff', endsIn: 20n });
  });

  it('RS-11.3: it comes back in full, in part or not at all', () => {
    const after = (...amounts: readonly bigint[]) =>
      reviewExit({ ...exit, slashes: amounts.map((amount) => ({ amount, decidedIn: 12n })) }, 18n, rules);
    assert.deepEqual(after(30n, 20n), { type: 'Part', returned: 50n, taken: 50n });
    assert.deepEqual(after(70n, 30n), { type: 'None', returned: 0n, taken: 100n });
    assert.deepEqual(after(90n, 90n), { type: 'None', returned: 0n, taken: 100n });
    assert.equal(slashesInEffect([{ amount: 5n, decidedIn: 12n }], 14n, rules), 0n);
    assert.equal(slashesInEffect([{ amount: 5n, decidedIn: 12n }], 15n, rules), 5n);
  });

  it('RS-11.1: an offence can be reported for a number of eras', () => {
    assert.deepEqual(
      [9n, 10n, 14n, 15n].map((era) => isReportable(10n, era, rules)),
      [false, true, true, false],
    );
  });

  it('RS-11.2: no offence from before the end of service escapes, whenever it is reported', () => {
    const anyRules = fc
      .tuple(fc.nat(40), fc.nat(40), fc.integer({ min: 1, max: 40 }))
      .map(([reportEras, deferralEras, more]) => ({
        reportEras,
        deferralEras,
        coolingOffEras: reportEras + deferralEras + more,
      }));
    const era = fc.bigInt(0n, 60n);
    fc.assert(
      fc.property(
        anyRules,
        era,
        fc.option(era, { nil: undefined }),
        era,
        fc.nat(40),
        (some, announcedIn, seat, ago, late) => {
          const end = seat !== undefined && seat > announcedIn ? seat : announcedIn;
          const offence = end > ago ? end - ago : 0n;
          const decidedIn = offence + BigInt(Math.min(late, some.reportEras));
          assert.ok(isReportable(offence, decidedIn, some));
          const slashes = [{ amount: 7n, decidedIn }];
          const left = { stake: 100n, announcedIn, lastSeatIn: seat, slashes };
          const first = end + BigInt(some.coolingOffEras);
          assert.equal(reviewExit(left, first - 1n, some).type, 'CoolingOff');
          assert.deepEqual(reviewExit(left, first, some), { type: 'Part', returned: 93n, taken: 7n });
        },
      ),
      { seed: 1, numRuns: 500 },
    );
    assert.throws(() => reviewExit(exit, 18n, { ...rules, coolingOffEras: 7 }), /no offence outlasts/);
  });

  it('RS-11.2: the periods of production keep the rule', () => {
    assert.equal(reviewExit({ ...exit, announcedIn: 0n }, 112n, PRODUCTION_EXIT).type, 'Full');
    assert.equal((PRODUCTION_EXIT.coolingOffEras * 6) / 24, 28, 'four weeks in days');
  });
});
