// `cess spec`: a specification is made and checked as nodes check it; two that differ have different first blocks.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { isCessError } from '@cess/primitives';
import { CliContext } from '../context.js';
import { captureOutput } from '../test-support/capture-output.js';
import { inspectSpec, type NewSpecOptions, newSpec } from './spec.js';

const folder = mkdtempSync(join(tmpdir(), 'cess-spec-'));
const context = new CliContext({ home: folder, json: true });
const key = (byte: string) => `0x${byte.repeat(32)}`;
const options: NewSpecOptions = {
  ...{ name: 'Consortium', id: 'consortium', type: 'production' },
  authority: ['01', '02', '03', `04`].map(key),
  balance: [`${key('05')}=12.5`],
};
const code = (expected: string) => (thrown: unknown) => isCessError(thrown) && thrown.code === expected;

interface Shown {
  readonly genesis: string;
  readonly supply: string;
  readonly slotDurationMs: number;
  readonly authorities: readonly unknown[];
}

async function made(name: string, changes: Partial<NewSpecOptions> = {}): Promise<Shown> {
  const { stdout } = await captureOutput(() => newSpec(context, join(folder, name), { ...options, ...changes }));
  return JSON.parse(stdout) as Shown;
}

describe('chain specifications', () => {
  after(() => rmSync(folder, { recursive: true }));

  it('are written, and shown with the hash of the first block', async () => {
    const shown = await made('one.json');
    assert.deepEqual([shown.supply, shown.slotDurationMs, shown.authorities.length], ['12500000000000000000', 6000, 4]);
    assert.match(shown.genesis, /^0x[0-9a-f]{64}$/);
    const { stdout } = await captureOutput(() => inspectSpec(context, join(folder, 'one.json')));
    assert.deepEqual(JSON.parse(stdout), shown);
    const other = await made('two.json', { balance: [`${key('05')}=12.6`] });
    assert.notEqual(other.genesis, shown.genesis);
  });

  it('are never overwritten', async () => {
    await made('kept.json');
    const before = readFileSync(join(folder, 'kept.json'), 'utf8');
    await assert.rejects(made('kept.json', { id: 'other' }), code('SPEC_EXISTS'));
    assert.equal(readFileSync(join(folder, 'kept.json'), 'utf8'), before);
  });

  it('are refused where a node would refuse them, and then not written', async () => {
    await assert.rejects(made('few.json', { authority: [key('01')] }), code('CHAIN_SPEC_INVALID'));
    await assert.rejects(made('key.json', { authority: ['0x12'] }), code('CHAIN_SPEC_INVALID'));
    await assert.rejects(made('slot.json', { slot: '5' }), code('CHAIN_SPEC_INVALID'));
    await assert.rejects(made('amount.json', { balance: [`${key('05')}=much`] }), code('AMOUNT_MALFORMED'));
    await assert.rejects(inspectSpec(context, join(folder, 'few.json')), code('CHAIN_SPEC_MISSING'));
  });
});
