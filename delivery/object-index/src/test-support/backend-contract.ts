// What every backend of the index does, as one suite.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compareBytes, utf8 } from '@cess/primitives';
import type { KvEntry } from '@cess/store';
import fc from 'fast-check';
import type { IndexBackend } from '../index-backend.js';
import { type IndexView, type Portions, type ReadView, readKey } from '../index-view.js';
import { ObjectIndex } from '../object-index.js';
import { UsageTable } from '../usage-table.js';
import { bucketOf, fileOf, objectOf } from './samples.js';

export interface BackendFactory {
  /** A new, empty index. */
  create(): Promise<IndexBackend>;
}

const key = (n: number) => utf8(`k${n}`);
const text = (value: Uint8Array | undefined) => (value === undefined ? undefined : Buffer.from(value).toString());

function* countUp(view: IndexView, counter: Uint8Array): Portions<number> {
  const next = Number(text(yield* view.get(counter)) ?? '0') + 1;
  view.put(counter, utf8(String(next)));
  return next;
}

const pageBody = (range: { gte?: Uint8Array; lt?: Uint8Array; limit: number }) =>
  function* (view: ReadView): Portions<readonly KvEntry[]> {
    return yield* view.page(range);
  };

export function describeBackend(name: string, factory: BackendFactory, skip: string | false = false): void {
  describe(`a backend of the index: ${name}`, { skip }, () => {
    it('runs transactions that wait together one after the other', async () => {
      const backend = await factory.create();
      const counter = utf8('counter');
      const counts = await Promise.all(
        Array.from({ length: 300 }, () => backend.commit((view) => countUp(view, counter))),
      );
      assert.deepEqual(
        counts,
        Array.from({ length: 300 }, (_, i) => i + 1),
      );
      assert.equal(text(await backend.read((view) => readKey(view, counter))), '300');
    });

    it('keeps nothing of a transaction that throws, and all of its neighbours', async () => {
      const backend = await factory.create();
      const outcomes = await Promise.allSettled(
        [1, 2, 3].map((n) =>
          backend.commit(function* (view): Portions {
            yield* view.get(key(n));
            view.put(key(n), utf8('x'));
            if (n === 2) throw new Error('refused');
          }),
        ),
      );
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled'],
      );
      const entries = await backend.read(pageBody({ limit: 10 }));
      assert.deepEqual(
        entries.map(([k]) => text(k)),
        ['k1', 'k3'],
      );
    });

    it('shows a transaction its own writes and those of earlier ones, in pages as in single reads', async () => {
      const backend = await factory.create();
      const operation = fc.record({ n: fc.nat(12), isPut: fc.boolean() });
      const range = fc.record({ from: fc.nat(12), to: fc.nat(13), limit: fc.integer({ min: 1, max: 6 }) });
      const model = new Map<string, KvEntry>();
      const property = fc.asyncProperty(
        fc.array(operation, { maxLength: 8 }),
        range,
        async (operations, { from, to, limit }) => {
          const [gte, lt] = [Uint8Array.of(1, from), Uint8Array.of(1, to)];
          const seen = await backend.commit(function* (view): Portions<readonly KvEntry[]> {
            for (const { n, isPut } of operations) {
              if (isPut) view.put(Uint8Array.of(1, n), Uint8Array.of(n, operations.length));
              else view.delete(Uint8Array.of(1, n));
            }
            return yield* view.page({ gte, lt, limit });
          });
          for (const { n, isPut } of operations) {
            const k = Uint8Array.of(1, n);
            if (isPut) model.set(String(n), [k, Uint8Array.of(n, operations.length)]);
            else model.delete(String(n));
          }
          const expected = [...model.values()]
            .sort(([a], [b]) => compareBytes(a, b))
            .filter(([k]) => compareBytes(k, gte) >= 0 && compareBytes(k, lt) < 0)
            .slice(0, limit);
          assert.deepEqual(seen, expected);
          assert.deepEqual(await backend.read(pageBody({ gte, lt, limit })), expected);
        },
      );
      await fc.assert(property, { numRuns: 60, seed: 74 });
    });

    it('gives a body that reads twice one state', async () => {
      const backend = await factory.create();
      const both = (value: string) =>
        backend.commit((view) => {
          view.put(key(1), utf8(value));
          view.put(key(2), utf8(value));
        });
      await both('0');
      const read = () =>
        backend.read(function* (view): Portions<boolean> {
          const one = yield* view.get(key(1));
          const other = yield* view.get(key(2));
          return text(one) === text(other);
        });
      const writes = Array.from({ length: 20 }, (_, i) => both(String(i)));
      const reads = await Promise.all(Array.from({ length: 40 }, read));
      await Promise.all(writes);
      assert.ok(reads.every(Boolean));
    });

    it('gives numbers that grow, as many as a transaction takes', async () => {
      const backend = await factory.create();
      const take = (count: number) =>
        backend.commit((_view, numbers) => Array.from({ length: count }, () => numbers.nextOutbox()));
      const taken = [...(await take(3)), ...(await take(3_000)), ...(await take(1))];
      assert.deepEqual(
        taken,
        taken.toSorted((a, b) => a - b),
      );
      assert.equal(new Set(taken).size, 3_004);
      const sequence = () => backend.commit((_view, numbers) => numbers.nextMessage(5));
      const earlier = await sequence();
      assert.ok(earlier < (await sequence()));
      const completion = () => backend.commit((_view, numbers) => takeCompletion(numbers.nextCompletion()));
      assert.equal((await completion()) + 1, await completion());
    });

    it('keeps values of any bytes and sizes', async () => {
      const backend = await factory.create();
      const values = [
        new Uint8Array(0),
        Uint8Array.from({ length: 256 }, (_, i) => i),
        new Uint8Array(1_500_000).fill(92),
      ];
      await backend.write(values.map((value, n) => ({ type: 'put', key: Uint8Array.of(0, 255, n), value })));
      for (const [n, value] of values.entries())
        assert.deepEqual(await backend.read((view) => readKey(view, Uint8Array.of(0, 255, n))), value);
    });

    it('holds an index: buckets, objects with files, the outbox, listings in pages', async () => {
      const index = new ObjectIndex(await factory.create());
      await index.createBucket('b', bucketOf());
      await assert.rejects(index.createBucket('b', bucketOf()), { code: 'BUCKET_EXISTS' });
      const names = Array.from({ length: 25 }, (_, i) => `folder${i % 3}/object${i}`);
      await Promise.all(
        names.map((name, i) => {
          const file = fileOf(i + 1);
          return index.putObject({ bucket: 'b', key: name }, objectOf(`e${i}`, [file]), [file]);
        }),
      );
      assert.equal((await index.getObject({ bucket: 'b', key: 'folder1/object4' }))?.etag, 'e4');
      const listed = await index.listObjects('b', { prefix: '', delimiter: '/', limit: 10 });
      assert.deepEqual(
        listed.items.map(({ name }) => name),
        ['folder0/', 'folder1/', 'folder2/'],
      );
      const first = await index.listObjects('b', { prefix: '', delimiter: '', limit: 20 });
      const rest = await index.listObjects('b', {
        prefix: '',
        delimiter: '',
        limit: 20,
        after: first.items.at(-1)?.name,
      });
      assert.deepEqual(
        [...first.items, ...rest.items].map(({ name }) => name),
        names.toSorted(),
      );
      assert.deepEqual([first.truncated, rest.truncated], [true, false]);
      await Promise.all(names.map((name) => index.deleteObject({ bucket: 'b', key: name })));
      const kinds = (await index.listOutbox(100)).map(({ entry }) => entry.type);
      assert.equal(kinds.filter((kind) => kind === 'Declare').length, 25);
      assert.equal(kinds.filter((kind) => kind === 'Delete').length, 25);
      await index.deleteBucket('b');
    });

    it('holds the usage of accounts over time: by hour and day, each account by itself, removed with its account', async () => {
      const table = new UsageTable(await factory.create());
      const [one, other] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(255)];
      const hourMs = 3_600_000;
      const sampleAt = (hour: number) => ({ timeMs: hour * hourMs, objects: hour, versions: hour, bytes: hour * 10 });
      for (const hour of [48, 49, 73]) await table.add(one, sampleAt(hour));
      await table.add(other, sampleAt(50));
      const hours = async (owner: Uint8Array, interval: 'hour' | 'day', sinceHour = 0) =>
        (await table.list(owner, interval, sinceHour * hourMs)).map(({ objects }) => objects);
      assert.deepEqual(await hours(one, 'hour'), [48, 49, 73]);
      assert.deepEqual(await hours(one, 'hour', 49), [49, 73]);
      assert.deepEqual(await hours(one, 'day'), [49, 73]);
      await Promise.all(
        Array.from({ length: 10 }, (_, n) =>
          table.addTraffic(one, 49 * hourMs, { requests: n, receivedBytes: 2 * n, sentBytes: 3 * n }),
        ),
      );
      const [, busy] = await table.list(one, 'hour', 0);
      assert.deepEqual(busy, { ...sampleAt(49), requests: 45, receivedBytes: 90, sentBytes: 135 });
      assert.deepEqual(await ownersOf(table), [one, other]);
      await table.remove(one);
      assert.deepEqual([await hours(one, 'hour'), await hours(one, 'day')], [[], []]);
      assert.deepEqual(await hours(other, 'day'), [50]);
      assert.deepEqual(await ownersOf(table), [other]);
      assert.equal(await table.lastRoundMs(), undefined);
      await table.endRound(7);
      assert.equal(await table.lastRoundMs(), 7);
    });
  });
}

function* takeCompletion(read: Iterable<undefined, number, undefined>): Portions<number> {
  return yield* read;
}

async function ownersOf(table: UsageTable): Promise<readonly Uint8Array[]> {
  const owners: Uint8Array[] = [];
  for await (const owner of table.owners()) owners.push(owner);
  return owners;
}
