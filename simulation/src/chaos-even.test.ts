// SI-30 to SI-40: the other half of the plans of chaos. CESS_SIMULATION_SEEDS sets their number.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { replayLine } from './replay.js';
import { planOf } from './scenarios.js';
import { simulate } from './simulation.js';

const seeds = Number(process.env['CESS_SIMULATION_SEEDS'] ?? 100);

describe('chaos', () => {
  it(`SI-30 to SI-40: the other half of ${seeds} plans keeps safety at every step, and finality comes back`, async () => {
    let uncles = 0;
    for (let seed = 2; seed <= seeds; seed += 2) {
      const outcome = await simulate(planOf('chaos', seed));
      assert.deepEqual(outcome.violations, [], replayLine(outcome.plan));
      uncles += outcome.uncles;
    }
    assert.ok(uncles > 0 || seeds < 10, 'RS-7.1: late blocks become uncles');
  });
});
