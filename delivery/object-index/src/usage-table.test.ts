// The samples of the usage of accounts over a store in memory: bounds of both series, repeated samples, damaged records.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { utf8 } from '@cess/primitives';
import { createMemoryKv, type Kv } from '@cess/store';
import { LocalBackend } from './local-backend.js';
import { UsageTable } from './usage-table.js';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const owner = new Uint8Array(32).fill(7);

let kv: Kv;
let table: UsageTable;
beforeEach(() => {
  kv = createMemoryKv();
  table = new UsageTable(new LocalBackend(kv));
});

const at = (timeMs: number, bytes = 0) => ({ timeMs, objects: 1, versions: 1, bytes });
const times = async (interval: 'hour' | 'day', sinceMs = 0) =>
  (await table.list(owner, interval, sinceMs)).map(({ timeMs }) => timeMs);

describe('usage over time', () => {
  it('keeps the hours of 31 days and the days of 400 days, and no more records than these', async () => {
    const beginMs = 1_000 * dayMs;
    const endMs = beginMs + 410 * dayMs;
    // Every hour at the end, every 6 hours before: more days and more hours than are kept.
    for (let timeMs = beginMs; timeMs < endMs - 35 * dayMs; timeMs += 6 * hourMs) await table.add(owner, at(timeMs));
    for (let timeMs = endMs - 35 * dayMs; timeMs <= endMs; timeMs += hourMs) await table.add(owner, at(timeMs));
    const hours = await times('hour');
    assert.equal(hours.length, 31 * 24);
    assert.deepEqual([hours[0], hours.at(-1)], [endMs - 31 * dayMs + hourMs, endMs]);
    const days = await times('day');
    assert.equal(days.length, 400);
    // Each day has its newest sample.
    assert.deepEqual([days.at(-1), days.at(-2)], [endMs, endMs - hourMs]);
    assert.equal([...kv.entries({})].length, 31 * 24 + 400);
  });

  it('is bounded however often samples are taken: a later one of the same hour or day replaces the earlier one', async () => {
    for (let second = 0; second < 90; second++) await table.add(owner, at(dayMs + second * 1_000, second));
    assert.deepEqual(await table.list(owner, 'hour', 0), [at(dayMs + 89_000, 89)]);
    assert.deepEqual(await table.list(owner, 'day', 0), [at(dayMs + 89_000, 89)]);
  });

  it('leaves out records that cannot be read, of this version or a later one, and goes on', async () => {
    for (const hour of [24, 25, 26]) await table.add(owner, at(hour * hourMs));
    const entries = [...kv.entries({})].filter(([key]) => key[12 + 32] === 'h'.charCodeAt(0));
    assert.equal(entries.length, 3);
    await kv.write([
      { type: 'put', key: entries[0]![0], value: Uint8Array.of(1, 2) },
      { type: 'put', key: entries[1]![0], value: Uint8Array.of(200) },
      { type: 'put', key: utf8('\0cess-usage-round'), value: Uint8Array.of(1) },
    ]);
    assert.deepEqual(await times('hour'), [26 * hourMs]);
    assert.equal(await table.lastRoundMs(), undefined);
    await table.add(owner, at(24 * hourMs + 5));
    assert.deepEqual(await times('hour'), [24 * hourMs + 5, 26 * hourMs]);
  });

  it('goes on when the clock goes back', async () => {
    await table.add(owner, at(500 * dayMs));
    await table.add(owner, at(2 * dayMs));
    assert.deepEqual(await times('day'), [2 * dayMs, 500 * dayMs]);
  });
});
