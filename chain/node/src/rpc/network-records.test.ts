// CHAIN-3: what the RPC tells of capability records, and how often it asks the network for them.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CapabilityQuery, CapabilityRecord } from '@cess/network';
import { NetworkRecords } from './network-records.js';

const recordOf = (byte: number): CapabilityRecord => ({
  ...{ version: 1, genesis: new Uint8Array(32), key: new Uint8Array(32).fill(byte), roles: ['provider'] },
  ...{ place: 'eu/de', endpoints: [`https://198.51.100.${byte}`], sequence: 1n, validUntilMs: 1_000_000 },
  capacity: { storageBytes: byte * 2 ** 30, bytesPerSecond: 0, threads: 1 },
});

/** A network whose look-ups end when the test says so. */
function harness() {
  const asked: CapabilityQuery[] = [];
  const waiting: { readonly resolve: (records: CapabilityRecord[]) => void; readonly reject: (e: Error) => void }[] =
    [];
  let nowMs = 0;
  const directory = {
    list: (query: CapabilityQuery) => {
      asked.push(query);
      return new Promise<readonly CapabilityRecord[]>((resolve, reject) => waiting.push({ resolve, reject }));
    },
  };
  const records = new NetworkRecords(directory, { nowMs: () => nowMs });
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { asked, records, pass, next: () => waiting.shift() ?? assert.fail('nothing was asked') };
}

describe('capability records over the RPC', () => {
  it('CHAIN-3: are reported by key, with place, endpoints and space', async () => {
    const { records, next, asked } = harness();
    const answer = records.list('provider');
    next().resolve([recordOf(2), recordOf(1)]);
    const [first, second] = await answer;
    assert.deepEqual(first, {
      ...{ key: `0x${'01'.repeat(32)}`, roles: ['provider'], place: 'eu/de', endpoints: ['https://198.51.100.1'] },
      ...{ storageBytes: 2 ** 30, validUntilMs: 1_000_000 },
    });
    assert.equal(second?.key, `0x${'02'.repeat(32)}`);
    assert.deepEqual(asked, [{ role: 'provider', limit: 200 }]);
  });

  it('callers share one look-up of a role, and its answer for a minute', async () => {
    const { records, next, asked, pass } = harness();
    const answers = [records.list('provider'), records.list('provider')];
    pass(120_000);
    answers.push(records.list('provider'));
    next().resolve([recordOf(1)]);
    for (const answer of answers) assert.equal((await answer).length, 1);
    pass(59_999);
    assert.equal((await records.list('provider')).length, 1);
    assert.equal(asked.length, 1);
    pass(1);
    const later = records.list('provider');
    next().resolve([]);
    assert.deepEqual(await later, []);
    assert.equal(asked.length, 2);
    void records.list('gateway');
    assert.equal(asked.at(-1)?.role, 'gateway');
  });

  it('an empty answer is asked for again after five seconds', async () => {
    const { records, next, asked, pass } = harness();
    const empty = records.list('provider');
    next().resolve([]);
    await empty;
    pass(4_999);
    assert.deepEqual(await records.list('provider'), []);
    pass(1);
    void records.list('provider');
    assert.equal(asked.length, 2);
  });

  it('a look-up that fails is not remembered', async () => {
    const { records, next, asked } = harness();
    const failed = records.list('provider');
    next().reject(new Error('no peers'));
    await assert.rejects(failed, /no peers/);
    const again = records.list('provider');
    next().resolve([recordOf(1)]);
    assert.equal((await again).length, 1);
    assert.equal(asked.length, 2);
  });
});
