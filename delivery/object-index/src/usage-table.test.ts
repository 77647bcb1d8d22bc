// The samples of the usage of accounts over a store in memory: bounds of both series, repeated samples, damaged records.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { utf8 } from '@cess/primitives';
import { createMemoryKv, type Kv } from '@cess/store';
import { LocalBackend } from './local-backend.js';
import { noTraffic, UsageTable } from './usage-table.js';

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
    const newest = { ...at(dayMs + 89_000, 89), ...noTraffic };
    assert.deepEqual(await table.list(owner, 'hour', 0), [newest]);
    assert.deepEqual(await table.list(owner, 'day', 0), [newest]);
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

describe('traffic over time', () => {
  const of = (requests: number) => ({ requests, receivedBytes: 10 * requests, sentBytes: 100 * requests });
  const listed = async (interval: 'hour' | 'day', sinceMs = 0) =>
    (await table.list(owner, interval, sinceMs)).map(({ timeMs, requests, receivedBytes, sentBytes }) => {
      assert.deepEqual([receivedBytes, sentBytes], [10 * requests, 100 * requests]);
      return [timeMs / hourMs, requests];
    });

  it('is the sum of all that is added for an hour and a day, before and after their samples', async () => {
    await table.addTraffic(owner, 24 * hourMs, of(1));
    await table.add(owner, at(24.5 * hourMs));
    await table.addTraffic(owner, 25 * hourMs - 1, of(2));
    await table.addTraffic(owner, 25 * hourMs, of(4));
    await table.add(owner, at(25.5 * hourMs));
    await table.addTraffic(new Uint8Array(32).fill(8), 25 * hourMs, of(64));
    await table.addTraffic(owner, 48 * hourMs, of(8));
    await table.add(owner, at(48 * hourMs));
    assert.deepEqual(await listed('hour'), [
      [24.5, 3],
      [25.5, 4],
      [48, 8],
    ]);
    assert.deepEqual(await listed('day'), [
      [25.5, 7],
      [48, 8],
    ]);
  });

  it('adds up what two members of a fleet add at the same time', async () => {
    const backend = new LocalBackend(kv);
    const [one, two] = [new UsageTable(backend), new UsageTable(backend)];
    await table.add(owner, at(24 * hourMs));
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? one : two).addTraffic(owner, 24 * hourMs + n, of(n))),
    );
    assert.deepEqual(await listed('hour'), [[24, 190]]);
  });

  it('of an hour without a sample is that of the next sample, but not from before the period', async () => {
    await table.add(owner, at(24 * hourMs));
    for (const hour of [24, 25, 26]) await table.addTraffic(owner, hour * hourMs, of(hour));
    assert.deepEqual(await listed('hour'), [[24, 24]]);
    await table.add(owner, at(27.5 * hourMs));
    assert.deepEqual(await listed('hour'), [
      [24, 24],
      [27.5, 51],
    ]);
    assert.deepEqual(await listed('hour', 24.5 * hourMs), [[27.5, 51]]);
    assert.deepEqual(await listed('hour', 26 * hourMs), [[27.5, 26]]);
  });

  it('is none where only samples are recorded, and a record that cannot be read counts as none', async () => {
    await table.add(owner, at(24 * hourMs));
    assert.deepEqual(await listed('hour'), [[24, 0]]);
    await table.addTraffic(owner, 24 * hourMs, of(1));
    const entry = [...kv.entries({})].find(([key]) => key[12 + 32] === 'H'.charCodeAt(0));
    await kv.write([{ type: 'put', key: entry![0], value: Uint8Array.of(200) }]);
    assert.deepEqual(await listed('hour'), [[24, 0]]);
    assert.deepEqual(await listed('day'), [[24, 1]]);
    await table.addTraffic(owner, 24 * hourMs, of(2));
    assert.deepEqual(await listed('hour'), [[24, 2]]);
  });

  it('is kept as long as samples are, and goes with the account', async () => {
    const endMs = 1_410 * dayMs;
    for (let timeMs = endMs - 410 * dayMs; timeMs <= endMs; timeMs += 6 * hourMs)
      await table.addTraffic(owner, timeMs, of(1));
    assert.equal([...kv.entries({})].length, 31 * 4 + 400);
    const owners: Uint8Array[] = [];
    for await (const one of table.owners()) owners.push(one);
    assert.deepEqual(owners, [owner]);
    await table.remove(owner);
    assert.deepEqual([...kv.entries({})], []);
  });
});
