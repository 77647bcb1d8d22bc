// R2S-4, CHAIN-5: sets that change by real elections, in whole nodes with faults.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { replayLine } from './replay.js';
import { planOf } from './scenarios.js';
import { simulate } from './simulation.js';

describe('elections', () => {
  it('SI-30 to SI-40: five of seven authorities are elected again and again, and finality goes from set to set', async () => {
    for (let seed = 1; seed <= 3; seed++) {
      const outcome = await simulate(planOf('elections', seed));
      assert.deepEqual(outcome.violations, [], replayLine(outcome.plan));
      assert.ok(outcome.trialsPassed >= 2 * outcome.plan.validators, `R2S-10: ${outcome.trialsPassed} answers`);
      assert.ok(outcome.sets >= 3, `${outcome.sets} changes of the set: ${replayLine(outcome.plan)}`);
    }
  });
});
