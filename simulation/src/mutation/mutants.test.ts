// SI-60: the simulator catches every deliberately broken variant.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { mutants } from './mutants.js';

const run = promisify(execFile);
const program = fileURLToPath(new URL('./mutant-run.js', import.meta.url));

describe('broken variants', { concurrency: 2 }, () => {
  for (const { name } of mutants) {
    it(`SI-60: caught: ${name}`, async () => {
      const { stdout } = await run(process.execPath, [program, name]);
      const { occurrences, caught } = JSON.parse(stdout) as { occurrences: number; caught: object | null };
      assert.equal(occurrences, 1, 'the text that the mutant replaces is there once');
      assert.notEqual(caught, null, 'the simulator does not notice it');
    });
  }
});
