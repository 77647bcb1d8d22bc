// The rules of R²S together (docs/protocol/r2s.md): random histories of many eras, in which members are off-line, misbehave and
// exit, keep their books and never leave the chain without an author.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toHex } from '@cess/primitives';
import fc from 'fast-check';
import { positionOf, seatFigures } from '../index.js';
import { rules } from '../test-support/candidates.js';
import { ERA_REWARD, EraWorld, type SlotPlan, worldSchedule } from '../test-support/era-world.js';

const anyPlan: fc.Arbitrary<SlotPlan> = fc
  .tuple(fc.nat(99), fc.nat(40), fc.bigInt(0n, 500n), fc.nat(99), fc.nat(99), fc.nat(40))
  .map(([online, worker, work, equivocates, leaves, leaver]) => ({
    isOnline: online < 80,
    worker,
    work,
    isEquivocation: equivocates < 3,
    ...(leaves < 2 ? { leaver } : {}),
  }));
const anyStakes = fc.array(
  fc.bigInt(2n, 12n).map((part) => (part * rules.minimumStake) / 2n),
  { minLength: 1, maxLength: 24 },
);
const anyHistory = fc.array(anyPlan, { minLength: 60, maxLength: 400 });

/** A pause in which no author makes a block. */
const pause = (slots: number): SlotPlan[] =>
  Array.from({ length: slots }, () => ({ isOnline: false, worker: 0, work: 0n }));

function assertSound(world: EraWorld): void {
  const { clock } = world;
  const { era, epoch } = positionOf(world.schedule, world.lastBlock!);
  assert.deepEqual([clock.era, clock.epoch], [era, epoch]);
  const seated = clock.seats.filter((id) => id !== undefined).map(toHex);
  assert.ok(seated.length > 0, 'somebody has a seat');
  assert.equal(new Set(seated).size, seated.length, 'nobody has two seats');
  assert.equal(world.issued(), ERA_REWARD * BigInt(world.eras.length - 1), 'the books balance');
  for (const { stake } of world.residents) assert.ok(stake >= 0n);
}

describe('the rules of R²S over many eras', () => {
  it('R2S-5, R2S-7, R2S-9: seats are occupied once, indices follow slots, and tokens are conserved', () => {
    let removals = 0;
    const outcomes = new Set<string>();
    fc.assert(
      fc.property(anyStakes, anyHistory, (stakes, plans) => {
        const world = new EraWorld(stakes, Math.min(11, stakes.length));
        for (const plan of plans) if (world.play(plan)) assertSound(world);
        for (const outcome of world.outcomes) outcomes.add(outcome);
        removals += world.residents.filter(({ stake, stakeAtFirst }) => stake < stakeAtFirst).length;
      }),
      { seed: 1, numRuns: 60 },
    );
    assert.deepEqual([...outcomes].sort(), ['Elected', 'Kept', 'Short'], 'the histories reach every outcome');
    assert.ok(removals > 50, 'and they contain offences');
  });

  it('R2S-6: a chain goes on after a pause of any length', () => {
    fc.assert(
      fc.property(anyStakes, anyHistory, fc.nat(200), fc.nat(400), (stakes, plans, slots, at) => {
        const world = new EraWorld(stakes, Math.min(11, stakes.length));
        const before = plans.map((plan) => ({ ...plan, isEquivocation: false }));
        for (const plan of [...before.slice(0, at), ...pause(slots)]) world.play(plan);
        const resumed = Array.from({ length: 40 }, () => world.play({ isOnline: true, worker: 0, work: 1n }));
        assert.deepEqual(new Set(resumed), new Set([true]), 'every slot has an author');
        assertSound(world);
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  it('R2S-6: the same history gives the same chain', () => {
    fc.assert(
      fc.property(anyStakes, anyHistory, (stakes, plans) => {
        const traces = [0, 1].map(() => {
          const world = new EraWorld(stakes, Math.min(11, stakes.length));
          return plans.map((plan) => {
            world.play(plan);
            return world.trace();
          });
        });
        assert.deepEqual(traces[0], traces[1]);
      }),
      { seed: 1, numRuns: 20 },
    );
  });
});

describe('who gets seats over 60 eras', () => {
  /** In each epoch every candidate has one turn to work. */
  const schedule = { ...worldSchedule, slotsPerEpoch: 22 };
  const slots = 60 * schedule.slotsPerEpoch * schedule.epochsPerEra;

  /** 22 candidates, the first 11 with a stake; work by candidate and slot. The figures of the eras from the sixth on. */
  function figuresOf(stakeOfFirst: bigint, workOf: (slot: number) => Partial<SlotPlan>) {
    const stakes = Array.from({ length: 22 }, (_, i) => (i < 11 ? stakeOfFirst : rules.minimumStake));
    const world = new EraWorld(stakes, 11, { creditThreshold: 0 }, schedule);
    for (let slot = 0; slot < slots; slot++)
      world.play({ isOnline: true, worker: slot % 22, work: 100n, ...workOf(slot) });
    const figures = seatFigures(world.eras.slice(5));
    const seatsOfFirst = world.residents
      .slice(0, 11)
      .map(({ account }) => figures.seatsOf.find((row) => row.account === toHex(account))?.seats ?? 0);
    return {
      ...figures,
      shareOfFirst: seatsOfFirst.reduce((sum, seats) => sum + seats, 0) / (11 * (world.eras.length - 5)),
    };
  }

  it('R2S-12: with equal stake and work the VRF rotates the seats among all', () => {
    const { holders, shareOfFirst, rotationPermille, nakamoto } = figuresOf(rules.minimumStake, () => ({}));
    assert.equal(holders, 22);
    assert.ok(shareOfFirst > 0.4 && shareOfFirst < 0.6, String(shareOfFirst));
    assert.ok(rotationPermille > 350, String(rotationPermille));
    assert.ok(nakamoto >= 6, String(nakamoto));
  });

  it('R2S-12: four times the stake outweighs the VRF, so that equal work leaves the seats to the rich', () => {
    const { holders, rotationPermille } = figuresOf(4n * rules.minimumStake, () => ({ work: 0n }));
    assert.equal(holders, 11);
    assert.equal(rotationPermille, 0);
  });

  it('R2S-12: a hundred times the stake gives no more than four times, and work takes the seats from it', () => {
    const { shareOfFirst } = figuresOf(100n * rules.minimumStake, (slot) => ({ worker: 11 + (slot % 11) }));
    assert.equal(shareOfFirst, 0);
  });
});
