// CHAIN-6: weights are true. Every call and every hook has samples on its worst states. What the runtime books for a sample is
// what the table says of its counts, and at most three times and at least a third of what it costs, as a ratio to a reference
// that is measured in turn.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { palletList } from './construct.js';
import { ratioToReference } from './test-support/weights/measure.js';
import { bookedAlso, countsOf, type Prepared, type Row, type Sample, type Table } from './test-support/weights/row.js';
import { baseSamples, palletRows } from './test-support/weights/samples.js';
import { weightTable } from './weight-table.js';

/** Machines differ in how fast native code is beside JavaScript: the same row is off by up to two between two of them. */
const maxFactor = 3;
const rounds = 3;
/** A machine that is busy with other work spoils single measurements, but not all of them. */
const attempts = 12;

const table = weightTable as unknown as Table;

/** What the block around a sample books without it. */
const bookedBeside = {
  extrinsic: (await baseSamples.extrinsic()).booked - weightTable.System.remark.base,
  block: (await baseSamples.opening()).booked,
  nothing: 0n,
};

/** Migrations have no samples: they run once, outside of the budget of the hooks. */
const hooksWithSamples = ['onInitialize', 'onFinalize'] as const;

function itIsWhatItCosts({ work, booked }: Prepared): void {
  const seen: number[] = [];
  const isTrue = (factor: number) => factor <= maxFactor && factor >= 1 / maxFactor;
  for (let attempt = 0; attempt < attempts && !seen.some(isTrue); attempt++) {
    seen.push((ratioToReference(work, rounds) * Number(weightTable.reference)) / Number(booked));
  }
  const factors = seen.map((factor) => factor.toFixed(2)).join(', ');
  assert.ok(seen.some(isTrue), `measured / booked: ${factors}; run "npm run bench -- weights"`);
}

function itBooksItsCounts(name: readonly [string, string], row: Row, sample: Sample, prepared: Prepared): void {
  const entry = table[name[0]]?.[name[1]];
  assert.ok(entry);
  const counts = countsOf(row, sample);
  const own = row.items.reduce((sum, item, index) => sum + BigInt(counts[index] ?? 0) * (entry[item] ?? 0n), 0n);
  assert.equal(prepared.booked, bookedBeside[prepared.beside] + bookedAlso(table, sample) + own);
}

describe('every call and hook of the runtime', () => {
  for (const { declaration, calls, hooks } of palletList) {
    const { name } = declaration.id;
    it(`${name}: has a row of samples and a row of the table, and there is no other one`, () => {
      const expected = [...Object.keys(calls), ...hooksWithSamples.filter((hook) => hooks[hook] !== undefined)].sort();
      assert.deepEqual(Object.keys(palletRows[name] ?? {}).sort(), expected);
      assert.deepEqual(Object.keys(table[name] ?? {}).sort(), expected);
      for (const [call, { items }] of Object.entries(palletRows[name] ?? {}))
        assert.deepEqual(Object.keys(table[name]?.[call] ?? {}).sort(), [...items].sort(), call);
    });
  }

  it('samples and table name no pallet that does not exist', () => {
    const pallets = new Set(palletList.map(({ declaration }) => declaration.id.name));
    const { reference: _reference, baseBlock: _block, baseExtrinsic: _extrinsic, ...rows } = weightTable;
    for (const name of [...Object.keys(palletRows), ...Object.keys(rows)]) assert.ok(pallets.has(name), name);
  });
});

describe('the weight of', () => {
  for (const [name, prepare] of Object.entries(baseSamples)) {
    it(`an empty ${name} is what it costs`, async () => itIsWhatItCosts(await prepare()));
  }
  for (const [pallet, rows] of Object.entries(palletRows)) {
    for (const [call, row] of Object.entries(rows)) {
      for (const [situation, sample] of Object.entries(row.samples)) {
        it(`${pallet}.${call}, ${situation}, is that of what it did, and what it costs`, async () => {
          const prepared = await sample.prepare();
          itBooksItsCounts([pallet, call], row, sample, prepared);
          itIsWhatItCosts(prepared);
        });
      }
    }
  }
});
