// Serial transactions in one durable batch: whole or not at all, also when the disk fails.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compareBytes, prefixEnd, utf8 } from '@cess/primitives';
import { createMemoryKv, type Kv } from '@cess/store';
import { createFaultyKv } from '@cess/store/testing';
import fc from 'fast-check';
import { GroupCommit } from './group-commit.js';

const key = (n: number) => utf8(`k${n}`);
const value = (n: number) => utf8(String(n));

/** Counts the batches that reach the store. */
function counting(kv: Kv): { kv: Kv; writes: () => number } {
  let writes = 0;
  const wrapped = Object.create(kv) as Kv;
  wrapped.write = (operations, options) => {
    writes++;
    assert.equal(options?.durable, true);
    return kv.write(operations, options);
  };
  return { kv: wrapped, writes: () => writes };
}

describe('group commit', () => {
  it('what waits together is written together, and each sees those before it', async () => {
    const { kv, writes } = counting(createMemoryKv());
    const commits = new GroupCommit(kv);
    const counter = utf8('counter');
    const results = await Promise.all(
      Array.from({ length: 500 }, () =>
        commits.commit(function* (view) {
          const next = Number(Buffer.from((yield* view.get(counter)) ?? utf8('0')).toString()) + 1;
          view.put(counter, value(next));
          return next;
        }),
      ),
    );
    assert.deepEqual(
      results,
      Array.from({ length: 500 }, (_, i) => i + 1),
    );
    assert.equal(writes(), 1);
  });

  it('a transaction that throws leaves no trace; its neighbours stay', async () => {
    const kv = createMemoryKv();
    const commits = new GroupCommit(kv);
    const outcomes = await Promise.allSettled(
      [1, 2, 3].map((n) =>
        commits.commit((view) => {
          view.put(key(n), value(n));
          view.put(utf8('last'), value(n));
          if (n === 3) throw new Error('refused');
          return n;
        }),
      ),
    );
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected'],
    );
    assert.equal(kv.get(key(3)), undefined);
    assert.deepEqual(kv.get(utf8('last')), value(2));
  });

  it('when the disk fails, every transaction of the batch is rejected and nothing is stored', async () => {
    const kv = createFaultyKv({ seed: 1, failWrites: [1] });
    const commits = new GroupCommit(kv);
    const create = () =>
      commits.commit(function* (view) {
        if ((yield* view.get(key(1))) !== undefined) throw new Error('exists already');
        view.put(key(1), value(1));
      });
    const outcomes = await Promise.allSettled([create(), create()]);
    // The second was refused because of the first, which never was: it must not hear "exists already".
    for (const outcome of outcomes) assert.equal((outcome as { reason: { code?: string } }).reason?.code, 'KV_IO');
    assert.equal(kv.get(key(1)), undefined);
    await create();
    assert.deepEqual(kv.get(key(1)), value(1));
  });

  it('refuses new transactions when too many wait, as a rejection', async () => {
    const commits = new GroupCommit(createMemoryKv());
    const waiting = Array.from({ length: 10_000 }, () => commits.commit(() => 1));
    await assert.rejects(
      commits.commit(() => 1),
      { code: 'INDEX_OVERLOADED' },
    );
    await Promise.all(waiting);
    assert.equal(await commits.commit(() => 2), 2);
  });

  it('a view shows ranges with its own changes and those of the batch, in order', async () => {
    const change = fc.record({ n: fc.integer({ min: 0, max: 30 }), remove: fc.boolean() });
    const changes = fc.array(change, { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(
        changes,
        changes,
        changes,
        fc.integer({ min: 1, max: 40 }),
        async (stored, earlier, own, limit) => {
          const kv = createMemoryKv();
          const commits = new GroupCommit(kv);
          const expected = new Map<number, Uint8Array>();
          const apply = (
            list: typeof stored,
            view: { put(k: Uint8Array, v: Uint8Array): void; delete(k: Uint8Array): void },
          ) => {
            for (const { n, remove } of list) {
              if (remove) {
                view.delete(key(n));
                expected.delete(n);
              } else {
                view.put(key(n), value(n));
                expected.set(n, value(n));
              }
            }
          };
          await commits.commit((view) => apply(stored, view));
          const first = commits.commit((view) => apply(earlier, view));
          const second = commits.commit(function* (view) {
            apply(own, view);
            const range = { gte: utf8('k'), lt: prefixEnd(utf8('k'))!, limit };
            return (yield* view.page(range)).map(([entry]) => Buffer.from(entry).toString());
          });
          await first;
          const shown = [...expected.keys()].map(key).sort(compareBytes);
          assert.deepEqual(
            await second,
            shown.slice(0, limit).map((entry) => Buffer.from(entry).toString()),
          );
        },
      ),
      { seed: 4, numRuns: 300 },
    );
  });
});

describe('transactions in portions', () => {
  it('let the event loop run, and no other transaction in between', async () => {
    const commits = new GroupCommit(createMemoryKv());
    const order: string[] = [];
    const busy = () => {
      for (const until = performance.now() + 7; performance.now() < until; );
    };
    const long = commits.commit(function* (view) {
      for (let portion = 0; portion < 4; portion++) {
        view.put(Uint8Array.of(portion), Uint8Array.of(1));
        busy();
        order.push('portion');
        yield;
      }
      return 'long';
    });
    const other = commits.commit(function* (view) {
      order.push('other');
      return (yield* view.get(Uint8Array.of(3)))?.[0];
    });
    let turns = 0;
    const count = () => {
      turns++;
      if (!order.includes('other')) setImmediate(count);
    };
    setImmediate(count);
    assert.deepEqual(await Promise.all([long, other]), ['long', 1]);
    assert.deepEqual(order, ['portion', 'portion', 'portion', 'portion', 'other']);
    assert.ok(turns >= 3, `${turns} turns of the event loop`);
  });

  it('are undone whole when they fail after a portion', async () => {
    const kv = createMemoryKv();
    const commits = new GroupCommit(kv);
    const failing = commits.commit(function* (view) {
      view.put(Uint8Array.of(1), Uint8Array.of(1));
      yield;
      throw new Error('refused');
    });
    await assert.rejects(failing, /refused/);
    assert.equal(kv.get(Uint8Array.of(1)), undefined);
  });
});
