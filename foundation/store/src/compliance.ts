// The contract of the KV port as one suite; every backend runs it (package export "@cess/store/compliance").
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compareBytes, type ErrorCode, isCessError, toHex, utf8 } from '@cess/primitives';
import type { Kv, KvEntry, KvOperation } from './kv.js';
import { maxKeyBytes } from './kv.js';

export interface KvFactory {
  /** A new, empty store. */
  create(): Promise<Kv>;
  /** The same store after `close`, when the backend survives it. */
  reopen?(closed: Kv): Promise<Kv>;
  cleanUp?(): Promise<void>;
  /** Greatest key length, for views that spend a part of it. Default `maxKeyBytes`. */
  readonly maxKeyBytes?: number;
}

/** Runs the compliance suite against a backend. */
export function describeKv(name: string, factory: KvFactory): void {
  describe(`KV contract: ${name}`, () => {
    const withStore = (title: string, body: (kv: Kv) => Promise<void>): void => {
      it(title, async () => {
        const kv = await factory.create();
        try {
          await body(kv);
        } finally {
          await kv.close();
          await factory.cleanUp?.();
        }
      });
    };

    withStore('a value is read back as written, also an empty one', async (kv) => {
      await kv.write([put('a', 'one'), { type: 'put', key: utf8('b'), value: new Uint8Array(0) }]);
      assert.deepEqual(kv.get(utf8('a')), utf8('one'));
      assert.deepEqual(kv.get(utf8('b')), new Uint8Array(0));
      assert.equal(kv.has(utf8('b')), true);
      assert.equal(kv.get(utf8('c')), undefined);
      assert.equal(kv.has(utf8('c')), false);
    });

    withStore('later operations of a batch win over earlier ones', async (kv) => {
      await kv.write([put('a', '1'), put('a', '2'), put('b', '1'), del('b')]);
      assert.deepEqual(kv.get(utf8('a')), utf8('2'));
      assert.equal(kv.has(utf8('b')), false);
    });

    withStore('writes become visible in the order of the calls', async (kv) => {
      const writes = Array.from({ length: 20 }, (_, i) => kv.write([put('k', String(i))], { durable: i % 7 === 0 }));
      await Promise.all(writes);
      assert.deepEqual(kv.get(utf8('k')), utf8('19'));
    });

    withStore('values handed in and out are copies', async (kv) => {
      const value = utf8('value');
      const key = utf8('key');
      const writing = kv.write([{ type: 'put', key, value }]);
      await writing;
      value.fill(0);
      kv.get(utf8('key'))?.fill(1);
      assert.deepEqual(kv.get(utf8('key')), utf8('value'));
    });

    withStore('keys of 1 and of the greatest length are accepted, others refused', async (kv) => {
      const greatest = factory.maxKeyBytes ?? maxKeyBytes;
      for (const length of [1, greatest]) {
        const key = new Uint8Array(length).fill(0xff);
        await kv.write([{ type: 'put', key, value: utf8(String(length)) }]);
        assert.deepEqual(kv.get(key), utf8(String(length)));
      }
      assert.equal([...kv.entries()].length, 2);
      for (const length of [0, greatest + 1]) {
        const key = new Uint8Array(length);
        await assert.rejects(kv.write([put('ok', '1'), { type: 'delete', key }]), hasCode('KV_KEY_INVALID'));
        assert.throws(() => kv.get(key), hasCode('KV_KEY_INVALID'));
      }
      assert.equal(kv.has(utf8('ok')), false, 'a refused batch changes nothing');
    });

    withStore('a value of 8 MiB is read back', async (kv) => {
      const value = new Uint8Array(8 * 1024 * 1024).map((_, i) => (i * 31) & 0xff);
      await kv.write([{ type: 'put', key: utf8('large'), value }]);
      assert.equal(compareBytes(kv.get(utf8('large'))!, value), 0);
    });

    withStore('ranges follow the byte order of keys, forwards and backwards, like a sorted model', async (kv) => {
      const random = createRandom(4711);
      const model = new Map<string, KvEntry>();
      for (let round = 0; round < 12; round++) {
        const operations: KvOperation[] = [];
        for (let i = 0; i < 25; i++) {
          const key = randomKey(random);
          if (random() < 0.3) {
            operations.push({ type: 'delete', key });
            model.delete(toHex(key));
          } else {
            const value = new Uint8Array([round, i]);
            operations.push({ type: 'put', key, value });
            model.set(toHex(key), [key, value]);
          }
        }
        await kv.write(operations);
        const rows = [...model.values()].sort((a, b) => compareBytes(a[0], b[0]));
        assert.deepEqual([...kv.entries()], rows);
        for (let i = 0; i < 20; i++) {
          const gte = random() < 0.7 ? randomKey(random) : undefined;
          const lt = random() < 0.7 ? randomKey(random) : undefined;
          const reverse = random() < 0.5;
          const limit = random() < 0.5 ? Math.floor(random() * 6) : undefined;
          let expected = rows.filter(
            ([key]) => (!gte || compareBytes(key, gte) >= 0) && (!lt || compareBytes(key, lt) < 0),
          );
          if (reverse) expected = expected.reverse();
          if (limit !== undefined) expected = expected.slice(0, limit);
          const range = {
            reverse,
            ...(gte ? { gte } : {}),
            ...(lt ? { lt } : {}),
            ...(limit === undefined ? {} : { limit }),
          };
          assert.deepEqual([...kv.entries(range)], expected);
        }
      }
    });

    withStore('an iterator sees the snapshot of its start and may be left early', async (kv) => {
      await kv.write([put('a', '1'), put('b', '1'), put('c', '1')]);
      const iterator = kv.entries();
      assert.deepEqual(iterator.next().value, [utf8('a'), utf8('1')]);
      await kv.write([put('b', '2'), del('c'), put('d', '1')]);
      assert.deepEqual(
        [...iterator],
        [
          [utf8('b'), utf8('1')],
          [utf8('c'), utf8('1')],
        ],
      );
      for (const _ of kv.entries()) break;
      assert.deepEqual([...kv.entries()].length, 3);
    });

    withStore('a closed store throws KV_CLOSED', async (kv) => {
      await kv.write([put('a', '1')]);
      await kv.close();
      assert.throws(() => kv.get(utf8('a')), hasCode('KV_CLOSED'));
      assert.throws(() => [...kv.entries()], hasCode('KV_CLOSED'));
      await assert.rejects(kv.write([put('a', '2')]), hasCode('KV_CLOSED'));
      await kv.close();
    });

    const reopen = factory.reopen?.bind(factory);
    if (reopen) {
      withStore('everything written is there after closing and opening again', async (kv) => {
        const first = kv.write([put('a', '1')]);
        const second = kv.write([put('b', '2')], { durable: true });
        await Promise.all([first, second]);
        await kv.close();
        const again = await reopen(kv);
        try {
          assert.deepEqual(
            [...again.entries()],
            [
              [utf8('a'), utf8('1')],
              [utf8('b'), utf8('2')],
            ],
          );
        } finally {
          await again.close();
        }
      });
    }
  });
}

function put(key: string, value: string): KvOperation {
  return { type: 'put', key: utf8(key), value: utf8(value) };
}

function del(key: string): KvOperation {
  return { type: 'delete', key: utf8(key) };
}

function hasCode(code: ErrorCode): (thrown: unknown) => boolean {
  return (thrown) => isCessError(thrown, code);
}

function randomKey(random: () => number): Uint8Array {
  return new Uint8Array(1 + Math.floor(random() * 3)).map(() => [0, 1, 0x7f, 0x80, 0xff][Math.floor(random() * 5)]!);
}

function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}
