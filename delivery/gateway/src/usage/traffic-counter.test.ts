// The counter of requests and traffic over an index in memory, with a clock that the test sets: what is added when, and what a crash or
// a failure loses.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { LocalBackend, type UsageInterval, UsageTable } from '@cess/object-index';
import { CessError, isCessError } from '@cess/primitives';
import { createMemoryKv, type Kv } from '@cess/store';
import { killedAt } from '../test-support/killed-store.js';
import { testPorts } from '../test-support/test-gateway.js';
import { payerOfOwner } from './payer.js';
import { TrafficCounter } from './traffic-counter.js';

const hourMs = 3_600_000;
const [anna, bela] = [1, 2].map((seed) => payerOfOwner(new Uint8Array(32).fill(seed))) as [
  ReturnType<typeof payerOfOwner>,
  ReturnType<typeof payerOfOwner>,
];

let kv: Kv;
let nowMs: number;
let table: UsageTable;
beforeEach(() => {
  kv = createMemoryKv();
  nowMs = 1_000 * hourMs;
  table = new UsageTable(new LocalBackend(kv));
});

/** As a start of the gateway opens it. */
const counterOver = (over: Pick<UsageTable, 'addTraffic'>) =>
  new TrafficCounter({ ...testPorts, timers: { ...testPorts.timers, nowMs: () => nowMs }, table: over });

const transfer = { receivedBytes: 2, sentBytes: 3 };

/** All that the table has of an account. */
async function totalOf({ owner }: typeof anna, interval: UsageInterval = 'hour'): Promise<number> {
  await table.add(owner, { timeMs: 2_000 * hourMs, objects: 0, versions: 0, bytes: 0 });
  return (await table.list(owner, interval, 0)).reduce((sum, { requests, receivedBytes, sentBytes }) => {
    assert.deepEqual([receivedBytes, sentBytes], [2 * requests, 3 * requests]);
    return sum + requests;
  }, 0);
}

describe('the counter of requests and traffic', () => {
  it('adds what each account had since the last time, in the hour of the first of these requests', async () => {
    const counter = counterOver(table);
    for (let i = 0; i < 3; i++) counter.count(anna, { receivedBytes: 10 * i, sentBytes: 100 });
    nowMs += hourMs - 1;
    counter.count(bela, transfer);
    nowMs += 1;
    counter.count(anna, transfer);
    await counter.flush();
    await counter.flush();
    counter.count(bela, transfer);
    await counter.flush();
    for (const { owner } of [anna, bela])
      for (const hour of [1_000, 1_001])
        await table.add(owner, { timeMs: hour * hourMs, objects: 0, versions: 0, bytes: 0 });
    const listed = async ({ owner }: typeof anna) =>
      (await table.list(owner, 'hour', 0)).map(({ requests, receivedBytes, sentBytes }) => [
        requests,
        receivedBytes,
        sentBytes,
      ]);
    assert.deepEqual(await listed(anna), [
      [4, 32, 303],
      [0, 0, 0],
    ]);
    assert.deepEqual(await listed(bela), [
      [1, 2, 3],
      [1, 2, 3],
    ]);
  });

  it('loses in a crash, at whichever write, what was not yet added, counts nothing twice, and keeps hours and days equal', async () => {
    let expected = 0;
    for (let writes = 0; ; writes++) {
      nowMs += hourMs;
      const counter = counterOver(new UsageTable(new LocalBackend(killedAt(kv, writes))));
      for (const payer of [anna, bela]) counter.count(payer, transfer);
      const isDone = await counter.flush().then(
        () => true,
        (error: unknown) => {
          if (!isCessError(error, 'KV_IO')) throw error;
          return false;
        },
      );
      expected += Math.min(writes, 2);
      // What is in memory is gone; the next start begins anew.
      assert.equal((await totalOf(anna)) + (await totalOf(bela)), expected);
      assert.equal((await totalOf(anna, 'day')) + (await totalOf(bela, 'day')), expected);
      if (isDone) {
        assert.equal(writes, 2);
        return;
      }
    }
  });

  it('keeps what could not be added for the next time, but not what may have been added', async () => {
    let failure: CessError | undefined = new CessError('INDEX_UNAVAILABLE', 'The database is away.');
    const counter = counterOver({
      addTraffic: async (...added) => {
        if (failure !== undefined) throw failure;
        await table.addTraffic(...added);
      },
    });
    counter.count(anna, transfer);
    await assert.rejects(counter.flush(), { code: 'INDEX_UNAVAILABLE' });
    counter.count(anna, transfer);
    await assert.rejects(counter.flush(), { code: 'INDEX_UNAVAILABLE' });
    failure = undefined;
    await counter.flush();
    assert.equal(await totalOf(anna), 2);
    failure = new CessError('INDEX_OUTCOME_UNKNOWN', 'The connection was lost.');
    counter.count(anna, transfer);
    await assert.rejects(counter.flush(), { code: 'INDEX_OUTCOME_UNKNOWN' });
    failure = undefined;
    await counter.flush();
    assert.equal(await totalOf(anna), 2);
  });

  it('adds what is left when it stops, and stops when it cannot', async () => {
    const counter = counterOver(table);
    await counter.start();
    counter.count(anna, transfer);
    await counter.stop();
    assert.equal(await totalOf(anna), 1);
    const failing = counterOver(new UsageTable(new LocalBackend(killedAt(kv, 0))));
    await failing.start();
    failing.count(anna, transfer);
    await failing.stop();
    assert.equal(await totalOf(anna), 1);
  });
});
