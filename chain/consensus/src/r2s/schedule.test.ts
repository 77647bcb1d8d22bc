// R2S-6: epochs and eras follow from slots (docs/protocol/r2s.md §1).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PRODUCTION_PERIODS, positionOf, type Schedule } from '../index.js';

const schedule: Schedule = { firstSlot: 100n, slotsPerEpoch: 10, epochsPerEra: 3 };

describe('the schedule of epochs and eras', () => {
  it('RS-1.1: an era of production has 6 epochs of 600 slots', () => {
    const production = { firstSlot: 5n, ...PRODUCTION_PERIODS };
    assert.equal(positionOf(production, 5n + 3599n).era, 0n);
    assert.equal(positionOf(production, 5n + 3600n).era, 1n);
    assert.equal(positionOf(production, 5n + 3600n).epoch, 6n);
  });

  it('RS-1.1, RS-1.2: the first slot begins everything, and halves and last epochs have exact bounds', () => {
    assert.deepEqual(positionOf(schedule, 100n), { epoch: 0n, era: 0n, isLastEpoch: false, isSecondHalf: false });
    assert.equal(positionOf(schedule, 104n).isSecondHalf, false);
    assert.equal(positionOf(schedule, 105n).isSecondHalf, true);
    assert.deepEqual(positionOf(schedule, 119n), { epoch: 1n, era: 0n, isLastEpoch: false, isSecondHalf: true });
    assert.deepEqual(positionOf(schedule, 120n), { epoch: 2n, era: 0n, isLastEpoch: true, isSecondHalf: false });
    assert.deepEqual(positionOf(schedule, 130n), { epoch: 3n, era: 1n, isLastEpoch: false, isSecondHalf: false });
    assert.throws(() => positionOf(schedule, 99n), /begins with the slot of block 1/);
  });

  it('RS-1.1: every epoch has its number of slots, and every era its number of epochs', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 1n << 60n }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 5 }),
        (firstSlot, slotsPerEpoch, epochsPerEra) => {
          const perEra = slotsPerEpoch * epochsPerEra;
          const positions = Array.from({ length: 3 * perEra }, (_, i) =>
            positionOf({ firstSlot, slotsPerEpoch, epochsPerEra }, firstSlot + BigInt(i)),
          );
          for (const [i, { epoch, era, isLastEpoch }] of positions.entries()) {
            assert.equal(epoch, BigInt(Math.floor(i / slotsPerEpoch)));
            assert.equal(era, BigInt(Math.floor(i / perEra)));
            assert.equal(isLastEpoch, i % perEra >= perEra - slotsPerEpoch);
          }
        },
      ),
      { seed: 1, numRuns: 100 },
    );
  });
});
