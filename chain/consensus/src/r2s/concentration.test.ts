// R2S-12: how concentrated the seats are (docs/protocol/r2s.md §10).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toHex } from '@cess/primitives';
import fc from 'fast-check';
import { herfindahlIndex, nakamotoCoefficient, seatFigures } from '../index.js';
import { account } from '../test-support/candidates.js';

const era = (...numbers: readonly number[]): Uint8Array[] => numbers.map(account);

describe('figures of concentration', () => {
  it('RS-10.1: seats are counted over eras, most first', () => {
    const figures = seatFigures([era(1, 2, 3), era(1, 2, 4), era(1, 5, 6)]);
    assert.equal(figures.holders, 6);
    assert.deepEqual(
      figures.seatsOf.map(({ account: id, seats }) => [id, seats]),
      [[toHex(account(1)), 3], [toHex(account(2)), 2], ...[3, 4, 5, 6].map((number) => [toHex(account(number)), 1])],
    );
    assert.equal(figures.nakamoto, 2, '3 of 9 seats are no more than a third');
    assert.equal(figures.herfindahl, Math.floor((10_000 * (9 + 4 + 4)) / 81));
    assert.equal(figures.rotationPermille, 500, '4 and then 5 and 6 are new, of 6 seats');
  });

  it('RS-10.2: the Nakamoto coefficient is the fewest that hold more than a third', () => {
    assert.equal(nakamotoCoefficient([]), 0);
    assert.equal(nakamotoCoefficient([0n, 0n]), 0);
    assert.equal(nakamotoCoefficient([5n]), 1);
    assert.equal(nakamotoCoefficient([1n, 1n, 1n]), 2);
    assert.equal(nakamotoCoefficient(Array.from({ length: 11 }, () => 1n)), 4);
    assert.equal(nakamotoCoefficient([1n, 99n, 1n]), 1);
    fc.assert(
      fc.property(fc.array(fc.bigInt(0n, 50n), { minLength: 1, maxLength: 8 }), (weights) => {
        const total = weights.reduce((sum, weight) => sum + weight, 0n);
        const subsets = Array.from({ length: 2 ** weights.length }, (_, mask) =>
          weights.filter((_weight, i) => (mask >> i) & 1),
        );
        const blocking = subsets.filter((subset) => 3n * subset.reduce((sum, weight) => sum + weight, 0n) > total);
        const fewest = Math.min(...blocking.map((subset) => subset.length));
        assert.equal(nakamotoCoefficient(weights), total === 0n ? 0 : fewest);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('RS-10.3: the Herfindahl–Hirschman index is 10,000 for one holder and 10,000 / k for k equal ones', () => {
    assert.equal(herfindahlIndex([]), 0);
    assert.equal(herfindahlIndex([7n]), 10_000);
    assert.equal(herfindahlIndex([7n, 7n, 7n, 7n]), 2500);
    assert.throws(() => herfindahlIndex([-1n]), /not negative/);
  });

  it('RS-10.4: a set that never changes has no rotation, one that changes wholly has 1000', () => {
    assert.equal(seatFigures([era(1, 2), era(2, 1), era(1, 2)]).rotationPermille, 0);
    assert.equal(seatFigures([era(1, 2), era(3, 4)]).rotationPermille, 1000);
    assert.deepEqual(seatFigures([]), { holders: 0, seatsOf: [], nakamoto: 0, herfindahl: 0, rotationPermille: 0 });
  });
});
