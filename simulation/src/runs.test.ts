// CHAIN-3, CHAIN-5, R2S-10: whole nodes in virtual time. Seeds are fixed; a failure prints the command that repeats it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { replayLine } from './replay.js';
import { planOf } from './scenarios.js';
import { simulate } from './simulation.js';

const minuteMs = 60_000;

describe('runs of whole nodes', () => {
  it('SI-3: a seed gives the same trace again, another seed another one', async () => {
    const plan = planOf('chaos', 5, { validators: 4, durationMs: 3 * minuteMs });
    const first = await simulate(plan);
    const again = await simulate(plan);
    const other = await simulate(planOf('chaos', 6, { validators: 4, durationMs: 3 * minuteMs }));
    assert.equal(again.traceHash, first.traceHash);
    assert.equal(again.events, first.events);
    assert.notEqual(other.traceHash, first.traceHash);
  });

  it('SI-5: eleven undisturbed nodes make a block in every slot and finalize it within two', async () => {
    const outcome = await simulate(planOf('calm', 1, { durationMs: 2 * minuteMs }));
    assert.deepEqual(outcome.violations, []);
    assert.ok(outcome.finalized >= 18, `${outcome.finalized}`);
    assert.ok(outcome.repeatedExecutions > 0);
  });

  it('GR-82, SI-32, SI-33: an authority whose database is put back from a backup never votes twice, nor makes two blocks', async () => {
    for (let seed = 1; seed <= 15; seed++) {
      const outcome = await simulate(planOf('backups', seed));
      assert.deepEqual(outcome.violations, [], replayLine(outcome.plan));
    }
  });
});
