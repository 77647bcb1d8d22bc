// SI-50: twins. CESS_TWINS sets the number of scenarios.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runTwins } from './twins.js';

const scenarios = Number(process.env['CESS_TWINS'] ?? 10_000);

describe('twins', () => {
  it(`SI-50: ${scenarios} scenarios of a voter that exists twice keep safety, and finality comes back`, () => {
    let sets = 0;
    let proven = 0;
    for (let seed = 0; seed < scenarios; seed++) {
      const outcome = runTwins(seed);
      assert.deepEqual(outcome.violations, [], `npm run simulate -- --scenario twins --seed ${seed}`);
      sets += outcome.sets;
      proven += outcome.proven;
    }
    assert.ok(sets > scenarios / 2, `${sets} changes of the set`);
    assert.ok(proven > scenarios / 2, `${proven} equivocators proven`);
  });
});
