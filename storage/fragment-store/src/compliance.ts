// The compliance suite of the fragment store, for every file system that it runs on (@cess/fragment-store/compliance).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ErrorCode, isCessError } from '@cess/primitives';
import { fragmentRootOf } from '@cess/sealing';
import type { FragmentStore, FragmentStoreOptions } from './fragment-store.js';
import type { PutFragment } from './types.js';

export interface StoreFactory {
  /** A store in a new directory. Options of the test override those of the factory. */
  create(options?: Partial<FragmentStoreOptions>): Promise<FragmentStore>;
  /** Closes the store and opens its directory again. */
  reopen(store: FragmentStore): Promise<FragmentStore>;
  cleanUp?(): Promise<void>;
}

const inlineLimitBytes = 4096;

/** Deterministic bytes. */
export function fragmentBytes(length: number, salt: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let x = Math.imul(salt + 1, 0x9e3779b1);
  for (let i = 0; i < length; i++) {
    x = (Math.imul(x, 1_664_525) + 1_013_904_223) | 0;
    bytes[i] = x >>> 24;
  }
  return bytes;
}

/** A put of these bytes for order `order`, fragment `fragment`. */
export function putOf(bytes: Uint8Array, order: number, fragment = 0): PutFragment {
  return {
    orderId: new Uint8Array(32).fill(order),
    segment: 0,
    fragment,
    root: fragmentRootOf(bytes),
    length: bytes.length,
    gateway: new Uint8Array(32).fill(7),
    expirySeconds: 1000,
  };
}

export async function readAll(
  store: FragmentStore,
  root: Uint8Array,
  offset = 0,
  length?: number,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.read(root, offset, length ?? store.lengthOf(root)! - offset)) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}

function* pieces(bytes: Uint8Array, size: number): IterableIterator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const withCode = (code: ErrorCode) => (error: unknown) => {
  assert.ok(isCessError(error, code), `expected ${code}, got ${String(error)}`);
  return true;
};

/** Runs the compliance suite. */
export function describeFragmentStore(name: string, factory: StoreFactory): void {
  describe(`fragment store contract: ${name}`, () => {
    const withStore = (
      title: string,
      body: (store: FragmentStore, again: (store: FragmentStore) => Promise<FragmentStore>) => Promise<void>,
      options: Partial<FragmentStoreOptions> = {},
    ): void => {
      it(title, async () => {
        let current = await factory.create({ inlineLimitBytes, minFreeBytes: 0, ...options });
        try {
          await body(current, async (store) => {
            current = await factory.reopen(store);
            return current;
          });
        } finally {
          await current.close();
          await factory.cleanUp?.();
        }
      });
    };

    withStore(
      'fragments of every size are read back equal, whole and in ranges, also after reopening',
      async (first, again) => {
        let store = first;
        const sizes = [1, 4095, 4096, 4097, 65_536, 1_048_577];
        for (const [i, size] of sizes.entries()) {
          const bytes = fragmentBytes(size, i);
          const stored = await store.put(putOf(bytes, i), pieces(bytes, 10_000));
          assert.deepEqual(stored, { ...putOf(bytes, i), fileId: undefined });
        }
        for (let round = 0; round < 2; round++) {
          for (const [i, size] of sizes.entries()) {
            const bytes = fragmentBytes(size, i);
            const { root } = putOf(bytes, i);
            assert.ok(Buffer.from(await readAll(store, root)).equals(bytes), `size ${size}`);
            assert.equal(store.lengthOf(root), size);
            assert.equal(await store.isPresent(root), true);
            const [from, length] = [size >> 1, (size + 1) >> 2];
            assert.ok(
              Buffer.from(await readAll(store, root, from, length)).equals(bytes.subarray(from, from + length)),
            );
          }
          assert.equal(store.usage().fragments, sizes.length);
          store = await again(store);
        }
      },
    );

    withStore(
      'a wrong root, a short body, a long body and a broken body are refused and leave nothing',
      async (first, again) => {
        for (const size of [100, 50_000]) {
          const bytes = fragmentBytes(size, 1);
          const put = putOf(bytes, 1);
          const other = { ...put, root: fragmentRootOf(fragmentBytes(size, 2)) };
          await assert.rejects(first.put(other, [bytes]), withCode('FRAGMENT_ROOT_MISMATCH'));
          await assert.rejects(first.put(put, [bytes.subarray(1)]), withCode('FRAGMENT_LENGTH'));
          await assert.rejects(first.put(put, [bytes, bytes]), withCode('FRAGMENT_LENGTH'));
          const broken = (async function* () {
            yield bytes.subarray(0, 50);
            throw new Error('connection lost');
          })();
          await assert.rejects(first.put(put, broken), withCode('FRAGMENT_BODY_BROKEN'));
          const aborted = AbortSignal.abort();
          await assert.rejects(first.put(put, [bytes], aborted), withCode('ABORTED'));
          assert.equal(first.has(put.root), false);
          assert.equal(first.has(other.root), false);
        }
        assert.equal(first.usage().reservedBytes, 0);
        const store = await again(first);
        assert.equal(store.usage().fragments, 0);
        assert.equal(store.usage().usedBytes, 0);
        const { temporaryFiles: _removed, ...rest } = store.recovery;
        assert.deepEqual(rest, {
          orphanFiles: 0,
          quarantinedFiles: 0,
          lostFragments: 0,
          tornBytes: 0,
          damagedRegions: 0,
        });
      },
    );

    withStore('malformed ids and lengths are refused before the body is read', async (store) => {
      const bytes = fragmentBytes(100, 1);
      const untouched = (function* (): IterableIterator<Uint8Array> {
        assert.fail('the body was read');
        yield bytes;
      })();
      const put = putOf(bytes, 1);
      const bad = [
        { ...put, orderId: new Uint8Array(31) },
        { ...put, root: new Uint8Array(33) },
        { ...put, segment: -1 },
        { ...put, segment: 2 ** 32 },
        { ...put, fragment: 65_536 },
        { ...put, fragment: 0.5 },
        { ...put, gateway: new Uint8Array(0) },
        { ...put, length: 0 },
        { ...put, length: 32 * 1_048_576 + 1 },
        { ...put, expirySeconds: -1 },
      ];
      for (const input of bad) await assert.rejects(store.put(input, untouched), withCode('FRAGMENT_INVALID'));
    });

    withStore('one root held for two places is deleted place by place', async (first, again) => {
      for (const size of [500, 20_000]) {
        const bytes = fragmentBytes(size, size);
        const [one, two] = [putOf(bytes, 1), putOf(bytes, 2)];
        await first.put(one, [bytes]);
        await first.put(two, [bytes]);
        assert.equal(first.withRoot(one.root).length, 2);
        assert.equal(await first.delete(one), true);
        assert.equal(await first.delete(one), false);
        assert.equal(first.get(one), undefined);
        assert.deepEqual(await readAll(first, two.root), bytes);
      }
      const store = await again(first);
      for (const size of [500, 20_000]) {
        const bytes = fragmentBytes(size, size);
        assert.deepEqual(await readAll(store, fragmentRootOf(bytes)), bytes);
        assert.equal(await store.delete(putOf(bytes, 2)), true);
        assert.equal(store.has(fragmentRootOf(bytes)), false);
        await assert.rejects(readAll(store, fragmentRootOf(bytes), 0, 1), withCode('FRAGMENT_NOT_FOUND'));
      }
    });

    withStore('different bytes for one place are kept apart by their roots', async (store) => {
      const [a, b] = [fragmentBytes(300, 1), fragmentBytes(300, 2)];
      await store.put(putOf(a, 1), [a]);
      await store.put(putOf(b, 1), [b]);
      assert.equal(store.atPlace(putOf(a, 1)).length, 2);
      await store.delete(putOf(a, 1));
      assert.deepEqual(await readAll(store, putOf(b, 1).root), b);
    });

    withStore(
      'storing again renews: the later expiry stays, the declaration stays, the bytes are new',
      async (first, again) => {
        const fileId = new Uint8Array(32).fill(9);
        for (const size of [500, 20_000]) {
          const bytes = fragmentBytes(size, 3);
          const put = putOf(bytes, 3);
          await first.put(put, [bytes]);
          assert.equal(await first.update({ id: put, fileId }), true);
          await first.put({ ...put, expirySeconds: 5000 }, [bytes]);
          await first.put({ ...put, expirySeconds: 2000 }, [bytes]);
        }
        const store = await again(first);
        for (const size of [500, 20_000]) {
          const put = putOf(fragmentBytes(size, 3), 3);
          assert.deepEqual(store.get(put), { ...put, expirySeconds: 5000, fileId });
        }
        assert.equal(store.usage().fragments, 2);
      },
    );

    withStore(
      'replacing puts right bytes in place for every place of the root; metadata stays, wrong bytes change nothing',
      async (first, again) => {
        const fileId = new Uint8Array(32).fill(9);
        for (const size of [500, 20_000]) {
          const bytes = fragmentBytes(size, 3);
          const [one, two] = [putOf(bytes, 1), putOf(bytes, 2)];
          assert.equal(await first.replace(one.root, [bytes]), false);
          await first.put(one, [bytes]);
          await first.put(two, [bytes]);
          await first.update({ id: one, fileId });
          const { usedBytes } = first.usage();
          await assert.rejects(first.replace(one.root, [fragmentBytes(size, 4)]), withCode('FRAGMENT_ROOT_MISMATCH'));
          await assert.rejects(first.replace(one.root, [bytes.subarray(1)]), withCode('FRAGMENT_LENGTH'));
          await assert.rejects(first.replace(one.root, [bytes], AbortSignal.abort()), withCode('ABORTED'));
          assert.equal(await first.replace(one.root, pieces(bytes, 7000)), true);
          if (size > inlineLimitBytes) assert.equal(first.usage().usedBytes, usedBytes);
          assert.deepEqual(await readAll(first, one.root), bytes);
        }
        const store = await again(first);
        for (const size of [500, 20_000]) {
          const bytes = fragmentBytes(size, 3);
          assert.deepEqual(store.get(putOf(bytes, 1)), { ...putOf(bytes, 1), fileId });
          assert.deepEqual(store.get(putOf(bytes, 2)), { ...putOf(bytes, 2), fileId: undefined });
          assert.deepEqual(await readAll(store, fragmentRootOf(bytes)), bytes);
        }
      },
    );

    withStore(
      'a full store can still replace what it holds',
      async (store) => {
        const bytes = fragmentBytes(100_000, 5);
        await store.put(putOf(bytes, 1), [bytes]);
        await assert.rejects(
          store.put(putOf(fragmentBytes(60_000, 6), 2), [fragmentBytes(60_000, 6)]),
          withCode('FRAGMENT_STORE_FULL'),
        );
        assert.equal(await store.replace(fragmentRootOf(bytes), [bytes]), true);
      },
      { maxBytes: 150_000 },
    );

    withStore('what is deleted while its replacement comes in stays deleted', async (store) => {
      for (const size of [500, 20_000]) {
        const bytes = fragmentBytes(size, 7);
        await store.put(putOf(bytes, 1), [bytes]);
        const body = (async function* () {
          yield bytes.subarray(0, 100);
          await store.delete(putOf(bytes, 1));
          yield bytes.subarray(100);
        })();
        assert.equal(await store.replace(fragmentRootOf(bytes), body), false);
        assert.equal(store.has(fragmentRootOf(bytes)), false);
        assert.equal(store.usage().fragments, 0);
      }
    });

    withStore('what is held for one gateway cannot be taken over by another', async (store) => {
      const bytes = fragmentBytes(300, 4);
      const put = putOf(bytes, 4);
      await store.put(put, [bytes]);
      await assert.rejects(store.put({ ...put, gateway: new Uint8Array(32) }, [bytes]), withCode('FRAGMENT_OWNED'));
      assert.deepEqual(store.get(put)!.gateway, put.gateway);
    });

    withStore(
      'updates of expiry and declaration survive reopening; unknown fragments are not updated',
      async (first, again) => {
        const bytes = fragmentBytes(300, 5);
        const put = putOf(bytes, 5);
        assert.equal(await first.update({ id: put, expirySeconds: 1 }), false);
        await first.put(put, [bytes]);
        const fileId = new Uint8Array(32).fill(1);
        await first.update({ id: put, expirySeconds: 7777 });
        await first.update({ id: put, fileId });
        const store = await again(first);
        assert.deepEqual(store.get(put), { ...put, expirySeconds: 7777, fileId });
        assert.deepEqual([...store.fragments()], [store.get(put)]);
      },
    );

    withStore('two writers of the same fragment both succeed and one copy is held', async (store) => {
      for (const size of [1000, 100_000]) {
        const bytes = fragmentBytes(size, 6);
        const put = putOf(bytes, 6);
        await Promise.all([1, 2, 3, 4].map(() => store.put(put, pieces(bytes, 7000))));
        assert.deepEqual(await readAll(store, put.root), bytes);
        assert.equal(store.withRoot(put.root).length, 1);
      }
    });

    withStore(
      'a put beyond the capacity is refused, also while other puts are under way',
      async (store) => {
        const bytes = fragmentBytes(60_000, 7);
        const results = await Promise.allSettled(
          [1, 2, 3, 4].map((order) => store.put(putOf(bytes.slice(order), order), [bytes.slice(order)])),
        );
        const refused = results.filter((result) => result.status === 'rejected');
        assert.ok(refused.length >= 2, `${refused.length} refused`);
        for (const result of refused) withCode('FRAGMENT_STORE_FULL')(result.reason);
        assert.ok(store.usage().usedBytes <= 150_000);
        assert.ok((await store.freeBytes()) < 150_000);
      },
      { maxBytes: 150_000 },
    );

    withStore(
      'a nearly full disk refuses puts before the body is read',
      async (store) => {
        const bytes = fragmentBytes(1000, 8);
        const untouched = (function* (): IterableIterator<Uint8Array> {
          assert.fail('the body was read');
          yield bytes;
        })();
        await assert.rejects(store.put(putOf(bytes, 8), untouched), withCode('FRAGMENT_STORE_FULL'));
        assert.equal(await store.freeBytes(), 0);
      },
      { minFreeBytes: Number.MAX_SAFE_INTEGER },
    );

    withStore('ranges outside of a fragment are refused', async (store) => {
      const bytes = fragmentBytes(300, 9);
      const { root } = putOf(bytes, 9);
      await store.put(putOf(bytes, 9), [bytes]);
      for (const [offset, length] of [
        [-1, 1],
        [0, 301],
        [300, 1],
        [0.5, 1],
        [0, Number.NaN],
      ] as const) {
        await assert.rejects(readAll(store, root, offset, length), withCode('FRAGMENT_RANGE'));
      }
      assert.deepEqual(await readAll(store, root, 300, 0), new Uint8Array(0));
    });

    withStore(
      'logs of deleted small fragments shrink, and what is left stays readable, also after reopening',
      async (first, again) => {
        const kept: Uint8Array[] = [];
        for (let i = 0; i < 200; i++) {
          const bytes = fragmentBytes(2000 + i, 100 + i);
          await first.put(putOf(bytes, 1, i), [bytes]);
          if (i % 10 === 0) kept.push(bytes);
          else await first.delete(putOf(bytes, 1, i));
        }
        await first.settled();
        assert.ok(first.usage().logBytes < 150_000, `${first.usage().logBytes} bytes of logs`);
        for (const bytes of kept) assert.deepEqual(await readAll(first, fragmentRootOf(bytes)), bytes);
        const store = await again(first);
        assert.equal(store.usage().fragments, kept.length);
        for (const bytes of kept) assert.deepEqual(await readAll(store, fragmentRootOf(bytes)), bytes);
      },
      { rotateBytes: 20_000, minDeadBytes: 30_000 },
    );
  });
}
