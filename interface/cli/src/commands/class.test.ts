// `cess class list`, and the tables of docs/operations/storage-classes.md, which it makes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type ReliabilityAssumptions, usualAssumptions } from '@cess/gateway';
import { isCessError } from '@cess/primitives';
import { CliContext } from '../context.js';
import { captureOutput } from '../test-support/capture-output.js';
import { listClasses, oneIn } from './class.js';

const context = new CliContext({ home: '/nowhere' });
const page = fileURLToPath(new URL('../../../../docs/operations/storage-classes.md', import.meta.url));
const documented = readFileSync(page, 'utf8');

/** The rows of the command, as the document writes them. */
async function rows(names: readonly string[], changes: Partial<ReliabilityAssumptions> = {}): Promise<string[]> {
  const { stdout } = await captureOutput(() => listClasses(context, names, changes));
  return stdout
    .trim()
    .split('\n')
    .map((line) => `| ${line.trim().split(/ {2,}/).join(' | ')} |`);
}

describe('the list of storage classes', () => {
  it('is the table of the document', async () => {
    for (const row of await rows([])) assert.ok(documented.includes(row), row);
    for (const row of (await rows([], { away: 0.05, annualLossRate: 0.3, repairHours: 168 })).slice(1))
      assert.ok(documented.includes(row), row);
  });

  it('has the assumptions of the document', () => {
    for (const [name, value] of Object.entries(usualAssumptions))
      assert.ok(documented.includes(`| \`${name}\` | ${value} |`), name);
  });

  it('takes any class by its name, and refuses names that say nothing', async () => {
    assert.match((await rows(['CESS_5_4']))[1] ?? '', /^\| CESS_5_4 \| 5 \+ 4 \| 1\.8 \| 1 in /);
    await assert.rejects(listClasses(context, ['CESS_1_2'], {}), (error) =>
      isCessError(error, 'STORAGE_CLASS_UNKNOWN'),
    );
  });

  it('writes probabilities as one in so many', () => {
    assert.deepEqual(
      [oneIn(0.5), oneIn(1 / 5436), oneIn(1e-7), oneIn(3.7e-10), oneIn(0)],
      ['1 in 2', '1 in 5,436', '1 in 1.0e7', '1 in 2.7e9', 'never'],
    );
  });
});
