// CHAIN-6: weights are true. What the runtime books for a call or a block is at most twice, and at least half, of what it costs
// on the worst state of that call, as a ratio to a reference that is measured in turn.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ratioToReference } from './test-support/weights/measure.js';
import { type SampleName, samples } from './test-support/weights/samples.js';
import { weightTable } from './weight-table.js';

const maxFactor = 2;
const rounds = 3;
/** A machine that is busy with other work spoils single measurements, but not all of them. */
const attempts = 4;

/** Their weight is for more fragments and blocks than a test can tag. */
const belowWorstCase: ReadonlySet<SampleName> = new Set([
  'dispute a proof over 1 fragment',
  'dispute a proof over 12 fragments',
]);

describe('the weight of', () => {
  for (const name of Object.keys(samples) as SampleName[]) {
    if (name === 'signature') continue;
    it(`"${name}" is what it costs`, async () => {
      const { work, declared } = await samples[name]();
      const seen: number[] = [];
      const isTrue = (factor: number) => factor <= maxFactor && (belowWorstCase.has(name) || factor >= 1 / maxFactor);
      for (let attempt = 0; attempt < attempts && !seen.some(isTrue); attempt++) {
        seen.push((ratioToReference(work, rounds) * Number(weightTable.reference)) / Number(declared));
      }
      const factors = seen.map((factor) => factor.toFixed(2)).join(', ');
      assert.ok(seen.some(isTrue), `measured / declared: ${factors}; run "npm run bench -- weights"`);
    });
  }
});
