// CHAIN-5: eleven authorities of which some end by kill -9, or do not hear the others. Seeds choose the moments within a slot, what of the disk is
// left, how far apart the returns are, and in every third run links that take seconds.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { replayLine } from './replay.js';
import { planOf } from './scenarios.js';
import { type Mark, type Outcome, simulate } from './simulation.js';

/** Rounds from the last return, or the healing, until everything is final everywhere. */
const recoveryRounds = 3;

async function recovers(scenario: string, seed: number): Promise<Outcome> {
  const outcome = await simulate(planOf(scenario, seed));
  assert.deepEqual(outcome.violations, [], replayLine(outcome.plan));
  assert.equal(outcome.conflicts, 0);
  const { rounds = Number.NaN } = outcome.recovery ?? {};
  assert.ok(rounds <= recoveryRounds, `${rounds} rounds: ${replayLine(outcome.plan)}`);
  return outcome;
}

function marksOf({ marks, plan }: Outcome): [Mark, Mark, Mark, Mark] {
  assert.equal(marks.length, 4, replayLine(plan));
  return marks as unknown as [Mark, Mark, Mark, Mark];
}

describe('eleven authorities', () => {
  it('SI-40, GR-81: go on without three; without a fourth, blocks go on and finality waits; it is back within three rounds of the last return', async () => {
    for (let seed = 1; seed <= 6; seed++) {
      const outcome = await recovers('four-of-eleven', seed);
      const line = replayLine(outcome.plan);
      const [threeAway, beforeFourth, fourAway, beforeReturn] = marksOf(outcome);
      assert.ok(beforeFourth.finalized.least >= threeAway.finalized.most + 2, `three away: ${line}`);
      assert.equal(beforeReturn.finalized.most, fourAway.finalized.most, `four away: ${line}`);
      assert.ok(beforeReturn.best.least >= fourAway.best.most + 4, `four away: ${line}`);
    }
  });

  it('SI-30, SI-40: six and five that do not hear each other finalize nothing, and are back within three rounds of the healing', async () => {
    for (let seed = 1; seed <= 3; seed++) {
      const outcome = await recovers('halves', seed);
      const line = replayLine(outcome.plan);
      const [cut, beforeHealing] = outcome.marks;
      assert.equal(beforeHealing?.finalized.most, cut?.finalized.most, line);
      assert.ok((beforeHealing?.best.least ?? 0) >= (cut?.best.most ?? 0) + 8, line);
    }
  });
});
