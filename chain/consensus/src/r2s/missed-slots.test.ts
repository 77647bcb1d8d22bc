// R2S-5, R2S-9: slots that pass without a block (docs/protocol/r2s.md §9).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toHex } from '@cess/primitives';
import fc from 'fast-check';
import {
  beginSlot,
  type EraClock,
  missedSlots,
  positionOf,
  recordElection,
  type Schedule,
  startEraClock,
} from '../index.js';
import { account } from '../test-support/candidates.js';

const schedule: Schedule = { firstSlot: 1000n, slotsPerEpoch: 7, epochsPerEra: 2 };
const beacon: Uint8Array = new Uint8Array(64).fill(3);

/** The clock of a block in `slot`, whose parent has this clock; others are elected when it is time. */
function next(clock: EraClock, slot: bigint): EraClock {
  return beginSlot(schedule, recordElection(clock, [5, 6, 7, 8].map(account)), slot, beacon).clock;
}

describe('missed slots', () => {
  const start = startEraClock([1, 2, 3, 4, 5].map(account), beacon);

  it('RS-9.5: between a block and its parent they count for the members whose turn they were', () => {
    const parent = { slot: 1001n, clock: start };
    const turn = (slot: number) => start.seats[slot % 5]!;
    assert.deepEqual(missedSlots(schedule, parent, { slot: 1002n, clock: start }), []);
    const missed = missedSlots(schedule, parent, { slot: 1005n, clock: start });
    assert.deepEqual(
      new Map(missed.map(({ account: who, slots }) => [toHex(who), slots])),
      new Map([1002, 1003, 1004].map((slot) => [toHex(turn(slot)), 1])),
    );
  });

  it('RS-9.5: vacant seats miss nothing', () => {
    const clock = { ...start, seats: start.seats.with(2, undefined) };
    const missed = missedSlots(schedule, { slot: 1000n, clock }, { slot: 1012n, clock });
    assert.deepEqual(
      missed.map(({ slots }) => slots),
      [2, 3, 2, 2],
    );
  });

  it('RS-9.5: any gap counts as a walk over its slots does, without eras that had no block', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 13 }), fc.integer({ min: 1, max: 60 }), (at, gap) => {
        const parent = { slot: 1000n + BigInt(at), clock: start };
        const slot = parent.slot + BigInt(gap);
        const block = { slot, clock: next(start, slot) };
        const expected = new Map<string, number>();
        for (let missed = parent.slot + 1n; missed < slot; missed++) {
          const { era } = positionOf(schedule, missed);
          const { seats } = era === block.clock.era ? block.clock : start;
          if (era !== block.clock.era && era !== 0n) continue;
          const who = toHex(seats[Number(missed % BigInt(seats.length))]!);
          expected.set(who, (expected.get(who) ?? 0) + 1);
        }
        const actual = missedSlots(schedule, parent, block);
        assert.deepEqual(new Map(actual.map(({ account: who, slots }) => [toHex(who), slots])), expected);
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});
