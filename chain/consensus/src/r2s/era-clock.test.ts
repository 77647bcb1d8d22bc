// R2S-5, R2S-6: randomness, elections and seats of epochs and eras, skipped ones included (docs/protocol/r2s.md §1, §2).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sha512 } from '@cess/crypto';
import { toHex } from '@cess/primitives';
import fc from 'fast-check';
import {
  authorOf,
  beginSlot,
  type EraClock,
  type EraEvent,
  isKeyOlderThan,
  orderMembers,
  positionOf,
  recordElection,
  type Schedule,
  startEraClock,
} from '../index.js';
import { account } from '../test-support/candidates.js';

const schedule: Schedule = { firstSlot: 50n, slotsPerEpoch: 10, epochsPerEra: 3 };
const genesisBeacon: Uint8Array = new Uint8Array(64);
const members = [1, 2, 3, 4, 5].map(account);
const others = [6, 7, 8, 9].map(account);

/** Beacon after the block of a slot; any function will do. */
const beaconAfter = (slot: bigint): Uint8Array => sha512(new Uint8Array([Number(slot % 256n), Number(slot / 256n)]));

/** Runs a chain with blocks in these slots; elects `others` whenever an election is due. */
function run(slots: readonly bigint[], elects = true): { clock: EraClock; events: readonly EraEvent[] } {
  let clock = startEraClock(members, genesisBeacon);
  let beacon = genesisBeacon;
  const events: EraEvent[] = [];
  for (const slot of slots) {
    const step = beginSlot(schedule, clock, slot, beacon);
    events.push(...step.events);
    const isDue = step.events.some(({ type }) => type === 'ElectionDue');
    clock = isDue && elects ? recordElection(step.clock, others) : step.clock;
    beacon = beaconAfter(slot);
  }
  return { clock, events };
}

const slotsBetween = (from: bigint, to: bigint): bigint[] =>
  Array.from({ length: Number(to - from) }, (_, i) => from + BigInt(i));

describe('the clock of eras', () => {
  it('RS-2.2: an epoch is seeded by the beacon after the last block of the epoch before the previous one', () => {
    assert.deepEqual(run(slotsBetween(50n, 65n)).clock.seed, { beacon: genesisBeacon, epoch: undefined });
    assert.deepEqual(run(slotsBetween(50n, 71n)).clock.seed, { beacon: beaconAfter(59n), epoch: 0n });
    assert.deepEqual(run(slotsBetween(50n, 99n)).clock.seed, { beacon: beaconAfter(79n), epoch: 2n });
  });

  it('RS-2.3: after an epoch without a block the chain goes on with the randomness that was announced', () => {
    // substrate#4464: a chain ended because the first block after an empty epoch was of an unexpected epoch.
    const { clock, events } = run([...slotsBetween(50n, 68n), 83n]);
    assert.equal(clock.epoch, 3n);
    assert.deepEqual(clock.seed, { beacon: beaconAfter(59n), epoch: 0n }, 'announced for epoch 2, which had no block');
    assert.deepEqual(clock.nextSeed, { beacon: beaconAfter(67n), epoch: 1n });
    assert.deepEqual(events.at(-2), { type: 'EpochStarted', epoch: 3n, skipped: 1n });
    assert.ok(authorOf(clock.seats, 84n));
  });

  it('RS-1.4: without a block in the last epoch nobody is elected, and the members go on in a new order', () => {
    const { clock, events } = run([...slotsBetween(50n, 69n), 81n]);
    assert.deepEqual(events.at(-1), { type: 'EraStarted', era: 1n, skipped: 0n, isElected: false });
    assert.deepEqual(clock.seats, orderMembers(members, clock.seed.beacon, 1n));
  });

  it('RS-1.4: after eras without a block the elected members take their seats, and the index follows the slot', () => {
    const { clock, events } = run([...slotsBetween(50n, 80n), 50n + 30n * 7n + 1n]);
    assert.deepEqual(events.at(-1), { type: 'EraStarted', era: 7n, skipped: 6n, isElected: true });
    assert.equal(clock.era, 7n);
    assert.deepEqual(clock.seats, orderMembers(others, clock.seed.beacon, 7n));
    assert.equal(clock.elected, undefined);
  });

  it('RS-1.3: an election is due in the first block of the second half of the last epoch, and once', () => {
    const due = (slots: readonly bigint[], elects?: boolean): number =>
      run(slots, elects).events.filter(({ type }) => type === 'ElectionDue').length;
    assert.equal(due(slotsBetween(50n, 75n)), 0);
    assert.equal(due(slotsBetween(50n, 76n)), 1);
    assert.equal(due(slotsBetween(50n, 80n)), 1);
    assert.equal(due([...slotsBetween(50n, 74n), 79n]), 1, 'a late block of the half is enough');
    assert.equal(due(slotsBetween(50n, 80n), false), 5, 'it stays due until it is recorded');
  });

  it('RS-3.3: a set of one is elected, ordered and authors by the same code', () => {
    const sole = startEraClock([account(1)], genesisBeacon);
    const { clock } = beginSlot(schedule, recordElection(sole, [account(1)]), 81n, beaconAfter(1n));
    assert.equal(clock.era, 1n);
    for (const slot of slotsBetween(81n, 99n)) assert.deepEqual(authorOf(clock.seats, slot), account(1));
    assert.throws(() => recordElection(sole, []), /an era has members/);
  });

  it('RS-2.4: a key counts only if it is older than the randomness of the election', () => {
    const seed = { beacon: genesisBeacon, epoch: 3n };
    assert.deepEqual(
      [undefined, 1n, 2n, 3n, 4n].map((epoch) => isKeyOlderThan(seed, epoch)),
      [true, true, true, false, false],
    );
    assert.equal(
      isKeyOlderThan({ ...seed, epoch: undefined }, 0n),
      false,
      'the beacon of the genesis is known at once',
    );
  });

  it('RS-1.4, RS-2.2, RS-2.3: with blocks in any slots, indices follow the slots and seeds follow the epochs with blocks', () => {
    const gaps = fc.array(fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 80 })), { maxLength: 60 });
    fc.assert(
      fc.property(gaps, (steps) => {
        let slot = schedule.firstSlot;
        const slots = [slot, ...steps.map((step) => (slot += BigInt(step)))];
        const { clock } = run(slots);
        const last = positionOf(schedule, slots.at(-1)!);
        assert.equal(clock.epoch, last.epoch);
        assert.equal(clock.era, last.era);
        // The model: the beacon after the last block of each epoch that had one.
        const ends = new Map<bigint, Uint8Array>();
        for (const each of slots) ends.set(positionOf(schedule, each).epoch, beaconAfter(each));
        const before = [...ends].filter(([epoch]) => epoch < last.epoch).map(([, beacon]) => beacon);
        assert.deepEqual(clock.seed.beacon, before.at(-2) ?? genesisBeacon);
        assert.deepEqual(clock.nextSeed.beacon, before.at(-1) ?? genesisBeacon);
        const held = clock.seats.map((holder) => toHex(holder!)).sort();
        const wasElected = slots.some((each) => {
          const at = positionOf(schedule, each);
          return at.isLastEpoch && at.isSecondHalf && at.era < last.era;
        });
        assert.deepEqual(held, (wasElected ? others : members).map(toHex).sort());
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});
