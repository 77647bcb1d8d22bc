// SI-21: a failing run is made smaller by itself.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planOf } from './scenarios.js';
import { shrink } from './shrink.js';
import { simulate } from './simulation.js';

describe('shrinking', () => {
  it('SI-21: leaves what the failure needs, and nothing else', async () => {
    const plan = planOf('chaos', 9, { validators: 11 });
    const faults = [
      ...plan.faults,
      { type: 'crash', node: 2, atMs: 5_000, untilMs: 9_000 },
      { type: 'loss', share: 0.5, atMs: 6_000, untilMs: 9_000 },
    ] as const;
    const isFailing = async ({ faults: left }: { readonly faults: readonly { readonly type: string }[] }) =>
      left.some(({ type }) => type === 'crash') && left.some(({ type }) => type === 'loss');
    const smallest = await shrink({ ...plan, faults }, isFailing);
    assert.deepEqual(smallest.faults.map(({ type }) => type).sort(), ['crash', 'loss']);
    assert.deepEqual([smallest.validators, smallest.byzantine.length, smallest.transfers], [4, 0, 0]);
    assert.ok(smallest.durationMs < 60_000, `${smallest.durationMs}`);
  });

  it('SI-21, SI-40: two silent authorities of four stop finality, whatever else happens', async () => {
    const noise = planOf('chaos', 3, { validators: 4, durationMs: 60_000 });
    const byzantine = [0, 1].map((seat) => ({ seat, kind: 'silent' }) as const);
    const isFailing = async (plan: typeof noise) => (await simulate(plan)).violations[0]?.rule === 'SI-40';
    const smallest = await shrink({ ...noise, byzantine }, isFailing);
    assert.deepEqual([smallest.faults.length, smallest.byzantine.length, smallest.transfers], [0, 2, 0]);
  });
});
