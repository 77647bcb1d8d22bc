// The sampler of usage over an index in memory, with a clock that the test sets: what is counted, when rounds are due, crashes at every
// write, buckets that cannot be read, accounts that are gone.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { LocalBackend, ObjectIndex, UsageTable } from '@cess/object-index';
import { isCessError, utf8 } from '@cess/primitives';
import { createMemoryKv, type Kv } from '@cess/store';
import { killedAt } from '../test-support/killed-store.js';
import { testPorts } from '../test-support/test-gateway.js';
import { UsageSampler } from './usage-sampler.js';

const hourMs = 3_600_000;
const signal = new AbortController().signal;
const [anna, bela, cleo] = [1, 2, 3].map((seed) => new Uint8Array(32).fill(seed)) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
];

let kv: Kv;
let nowMs: number;
let served: readonly Uint8Array[];
let index: ObjectIndex;
let table: UsageTable;
let sampler: UsageSampler;
beforeEach(() => {
  kv = createMemoryKv();
  nowMs = 1_000 * hourMs;
  served = [anna];
  open(kv);
});

/** Starts index and sampler over a store, as a restart does. */
function open(store: Kv): void {
  let taken = 0;
  index = new ObjectIndex(store, { nowMs: () => nowMs, randomBytes: (length) => new Uint8Array(length).fill(++taken) });
  table = new UsageTable(new LocalBackend(store));
  const timers = { ...testPorts.timers, nowMs: () => nowMs };
  sampler = new UsageSampler({ ...testPorts, timers, index, table, served: () => served.map((owner) => ({ owner })) });
}

async function createBucket(name: string, owner: Uint8Array): Promise<void> {
  const record = { owner, territory: 't', region: 'r', createdAtMs: 1, keyWraps: [], configurations: [] };
  await index.createBucket(name, { ...record, versioning: 'enabled' });
}

async function put(bucket: string, key: string, size: number): Promise<void> {
  const plain = { contentType: '', headers: [], metadata: [], checksums: [], extents: [] };
  const object = { ...plain, size, etag: key, lastModifiedMs: nowMs, checksumType: 'FULL_OBJECT' as const };
  await index.putObject({ bucket, key }, object, []);
}

const samplesOf = async (owner: Uint8Array) =>
  (await table.list(owner, 'hour', 0)).map((sample) => [
    sample.timeMs / hourMs - 1_000,
    sample.objects,
    sample.versions,
    sample.bytes,
  ]);

describe('the sampler of usage', () => {
  it('counts objects, versions and bytes of all buckets of an account, over several pages, and each account by itself', async () => {
    served = [anna, bela];
    await createBucket('first', anna);
    await createBucket('second', anna);
    await createBucket('third', cleo);
    for (let i = 0; i < 601; i++) await put('first', `key ${i}`, 10);
    await put('second', 'twice', 5);
    await put('second', 'twice', 7);
    await put('second', 'gone', 100);
    await index.deleteObject({ bucket: 'second', key: 'gone' });
    await put('third', 'other', 9);
    await sampler.runIfDue(signal);
    assert.deepEqual(await samplesOf(anna), [[0, 602, 605, 6_122]]);
    assert.deepEqual(await samplesOf(bela), [[0, 0, 0, 0]]);
    // Nobody serves the account any more, but its bucket is there.
    assert.deepEqual(await samplesOf(cleo), [[0, 1, 1, 9]]);
  });

  it('samples once per period, also over restarts, and when the clock was set back', async () => {
    await createBucket('b', anna);
    await sampler.runIfDue(signal);
    nowMs += hourMs - 1;
    assert.equal(await sampler.nextRoundMs(), nowMs + 1);
    await put('b', 'k', 1);
    open(kv);
    await sampler.runIfDue(signal);
    assert.deepEqual(await samplesOf(anna), [[0, 0, 0, 0]]);
    nowMs += 1;
    await sampler.runIfDue(signal);
    assert.deepEqual(await samplesOf(anna), [
      [0, 0, 0, 0],
      [1, 1, 1, 1],
    ]);
    nowMs -= 100 * hourMs;
    await sampler.runIfDue(signal);
    assert.deepEqual((await samplesOf(anna))[0], [-99, 1, 1, 1]);
  });

  it('repeats a round that a crash interrupts, at whichever write', async () => {
    served = [anna, bela];
    await createBucket('b', anna);
    await put('b', 'k', 4);
    for (let writes = 0; ; writes++) {
      nowMs += hourMs;
      open(killedAt(kv, writes));
      const isDone = await sampler.runIfDue(signal).then(
        () => true,
        (error: unknown) => {
          if (!isCessError(error, 'KV_IO')) throw error;
          return false;
        },
      );
      open(kv);
      await sampler.runIfDue(signal);
      for (const [owner, bytes] of [
        [anna, 4],
        [bela, 0],
      ] as const) {
        const samples = await samplesOf(owner);
        assert.equal(samples.length, writes + 1);
        assert.deepEqual(samples.at(-1), [writes + 1, bytes / 4, bytes / 4, bytes]);
      }
      if (isDone) {
        assert.equal(writes, 3);
        return;
      }
    }
  });

  it('gives an account no sample while a bucket of it cannot be counted, and the others theirs', async () => {
    served = [anna, bela];
    await createBucket('anna', anna);
    await createBucket('bela', bela);
    await put('anna', 'k', 4);
    await put('bela', 'k', 5);
    const [object] = [...kv.entries({ gte: utf8('o/anna'), lt: utf8('o/annb') })];
    await kv.write([{ type: 'put', key: object![0], value: Uint8Array.of(1, 2) }]);
    await sampler.runIfDue(signal);
    assert.deepEqual([await samplesOf(anna), await samplesOf(bela)], [[], [[0, 1, 1, 5]]]);
    assert.deepEqual(
      sampler.setAside.list().map(({ name }) => name),
      ['bucket anna'],
    );
    await kv.write([{ type: 'put', key: object![0], value: object![1] }]);
    sampler.setAside.retryAll();
    nowMs += hourMs;
    await sampler.runIfDue(signal);
    assert.deepEqual(await samplesOf(anna), [[1, 1, 1, 4]]);
  });

  it('removes the samples of an account that is not served and has no bucket, but not while the owner of a bucket is unknown', async () => {
    served = [anna, bela];
    await createBucket('b', anna);
    await sampler.runIfDue(signal);
    const [bucket] = [...kv.entries({ gte: utf8('b/'), lt: utf8('b0') })];
    await kv.write([{ type: 'put', key: bucket![0], value: Uint8Array.of(1) }]);
    served = [];
    nowMs += hourMs;
    await sampler.runIfDue(signal);
    assert.deepEqual([(await samplesOf(anna)).length, (await samplesOf(bela)).length], [1, 1]);
    await kv.write([{ type: 'put', key: bucket![0], value: bucket![1] }]);
    nowMs += hourMs;
    await sampler.runIfDue(signal);
    assert.deepEqual([(await samplesOf(anna)).length, (await samplesOf(bela)).length], [2, 0]);
    await index.deleteBucket('b');
    nowMs += hourMs;
    await sampler.runIfDue(signal);
    assert.deepEqual(await samplesOf(anna), []);
  });

  it('enters nothing when it is stopped in a round, and does the round after the restart', async () => {
    await createBucket('b', anna);
    const stopping = new AbortController();
    stopping.abort();
    await assert.rejects(sampler.runIfDue(stopping.signal), { name: 'AbortError' });
    assert.deepEqual(await samplesOf(anna), []);
    open(kv);
    await sampler.runIfDue(signal);
    assert.deepEqual(await samplesOf(anna), [[0, 0, 0, 0]]);
  });
});
