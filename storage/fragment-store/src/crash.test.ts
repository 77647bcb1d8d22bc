// Every write, sync and rename of a traced workload is a point where the process dies or the disk fails.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCessError, toHex } from '@cess/primitives';
import { fragmentRootOf } from '@cess/sealing';
import { fragmentBytes, putOf, readAll } from './compliance.js';
import { type FragmentStore, openFragmentStore, type PutFragment } from './index.js';
import { testGenesis } from './test-support/temporary-store.js';
import { createFaultyFs, type FaultyFs } from './testing.js';

const fixedRng = { bytes: (length: number) => new Uint8Array(length).fill(0x5c) };
const small = { inlineLimitBytes: 600, rotateBytes: 3000, minDeadBytes: 2500, minFreeBytes: 0 };

function openOn(fs: FaultyFs): Promise<FragmentStore> {
  return openFragmentStore({ dir: '/data/store', genesis: testGenesis, fs, rng: fixedRng, nowSeconds: 0, ...small });
}

/** What is known of one fragment: `sure` states were acknowledged, `possible` ones were under way. */
interface Expectation {
  readonly put: PutFragment;
  readonly bytes: Uint8Array;
  state: 'held' | 'gone' | 'unknown';
  fileId: Uint8Array | undefined;
  fileIdUnknown: boolean;
}

class Ledger {
  readonly all = new Map<string, Expectation>();

  async put(store: FragmentStore, put: PutFragment, bytes: Uint8Array): Promise<void> {
    const key = keyOf(put);
    const known = this.all.get(key) ?? { put, bytes, state: 'gone', fileId: undefined, fileIdUnknown: false };
    this.all.set(key, known);
    const before = known.state;
    if (before === 'gone') known.state = 'unknown';
    await store.put(put, [bytes.subarray(0, 300), bytes.subarray(300)]);
    known.state = 'held';
  }

  async declare(store: FragmentStore, put: PutFragment, fileId: Uint8Array): Promise<void> {
    const known = this.all.get(keyOf(put))!;
    known.fileIdUnknown = true;
    const isHeld = await store.update({ id: put, fileId });
    known.fileIdUnknown = false;
    assert.ok(isHeld || known.state !== 'held', 'an acknowledged fragment can be declared');
    if (isHeld) known.fileId = fileId;
  }

  async delete(store: FragmentStore, put: PutFragment): Promise<void> {
    const known = this.all.get(keyOf(put))!;
    known.state = 'unknown';
    await store.delete(put);
    known.state = 'gone';
    known.fileId = undefined;
  }
}

function keyOf(put: PutFragment): string {
  return `${toHex(put.orderId)}/${put.fragment}/${toHex(put.root)}`;
}

/** Large and small fragments, shared roots, renewals, updates, deletes, enough to rotate and clean logs. */
async function workload(store: FragmentStore, ledger: Ledger, tolerant = false): Promise<void> {
  const run = async (step: Promise<void>) => {
    try {
      await step;
    } catch (error) {
      if (!tolerant) throw error;
      assert.ok(isCessError(error), String(error));
    }
  };
  const make = (order: number, length: number, fragment = 0) => {
    const bytes = fragmentBytes(length, order * 1000 + fragment);
    return [putOf(bytes, order, fragment), bytes] as const;
  };
  const fileId = new Uint8Array(32).fill(3);
  await Promise.all([1, 2, 3].map((order) => run(ledger.put(store, ...make(order, 200 * order)))));
  await Promise.all([4, 5].map((order) => run(ledger.put(store, ...make(order, 900 * order)))));
  const [shared, sharedBytes] = make(4, 3600);
  await run(ledger.put(store, { ...shared, orderId: new Uint8Array(32).fill(44) }, sharedBytes));
  await run(ledger.declare(store, make(1, 200)[0], fileId));
  await run(ledger.declare(store, make(4, 3600)[0], fileId));
  await run(ledger.delete(store, make(5, 4500)[0]));
  await run(ledger.delete(store, make(2, 400)[0]));
  await run(ledger.put(store, ...make(5, 4500)));
  await run(ledger.put(store, ...make(1, 200)));
  for (let i = 0; i < 8; i++) {
    await run(ledger.put(store, ...make(6, 550, i)));
    if (i % 4 !== 0) await run(ledger.delete(store, make(6, 550, i)[0]));
  }
  // The bytes are right already: whatever a crash leaves of it must be as well.
  const replace = async (put: PutFragment, bytes: Uint8Array) => {
    assert.ok((await store.replace(put.root, [bytes])) || ledger.all.get(keyOf(put))?.state !== 'held');
  };
  await run(replace(...make(1, 200)));
  await run(replace(...make(5, 4500)));
  await run(ledger.delete(store, make(4, 3600)[0]));
  await Promise.all([7, 8].map((order) => run(ledger.put(store, ...make(order, 1500)))));
  await store.settled();
}

async function checkAgainst(store: FragmentStore, ledger: Ledger, where: string): Promise<void> {
  for (const known of ledger.all.values()) {
    const held = store.get(known.put);
    if (known.state === 'held') {
      assert.ok(held, `${where}: an acknowledged fragment is there`);
      if (!known.fileIdUnknown) assert.deepEqual(held.fileId, known.fileId, `${where}: its declaration is there`);
    }
    if (known.state === 'gone') assert.equal(held, undefined, `${where}: a deleted fragment is gone`);
  }
  for (const held of store.fragments()) {
    const bytes = await readAll(store, held.root);
    assert.equal(bytes.length, held.length);
    assert.deepEqual(fragmentRootOf(bytes), held.root, `${where}: no half fragment is visible`);
  }
}

function assertTidy(fs: FaultyFs, store: FragmentStore, where: string): void {
  const files = fs.paths().filter((path) => path.includes('/fragments/'));
  const needed = new Set(
    [...store.fragments()].filter(({ length }) => length > small.inlineLimitBytes).map(({ root }) => toHex(root)),
  );
  assert.equal(files.length, needed.size, `${where}: no orphan files`);
  assert.equal(
    fs.paths().some((path) => path.includes('/tmp/')),
    false,
    `${where}: no temporary files`,
  );
}

async function countOperations(): Promise<number> {
  const fs = createFaultyFs({ seed: 0 });
  const store = await openOn(fs);
  await workload(store, new Ledger());
  await store.close();
  const logs = fs.paths().filter((path) => path.endsWith('.log'));
  assert.equal(logs.includes('/data/store/log/0000000001.log'), false, 'the workload rotates and cleans logs');
  return fs.operationCount();
}

for (const crashStyle of ['drop', 'keep', 'random'] as const) {
  test(`dying at every operation (${crashStyle} what is not synced): acknowledged fragments are there, no half one is`, async () => {
    const total = await countOperations();
    assert.ok(total > 100, `the workload has ${total} operations`);
    for (let crashAt = 1; crashAt <= total; crashAt++) {
      const where = `${crashStyle} at ${crashAt} of ${total}`;
      const fs = createFaultyFs({ seed: crashAt, crashAt, crashStyle });
      const ledger = new Ledger();
      const store = await openOn(fs).catch(() => undefined);
      if (store !== undefined) {
        await workload(store, ledger).catch(() => {});
        await store.close();
      }
      const disk = fs.reopen({ crashStyle });
      const again = await openOn(disk);
      await checkAgainst(again, ledger, where);
      assertTidy(disk, again, where);
      // The store works on, and what it says then survives the next crash.
      const more = fragmentBytes(2000, 99);
      await again.put(putOf(more, 99), [more]);
      const last = await openOn(disk.reopen({ crashStyle: 'drop' }));
      assert.deepEqual(await readAll(last, putOf(more, 99).root), more, where);
      await checkAgainst(last, ledger, `${where}, second crash`);
    }
  });
}

for (const code of ['ENOSPC', 'EIO'] as const) {
  test(`${code} at every operation: a failed call changes nothing that was acknowledged, also after a crash`, async () => {
    const total = await countOperations();
    for (let failAt = 1; failAt <= total; failAt++) {
      const where = `${code} at ${failAt} of ${total}`;
      const fs = createFaultyFs({ seed: failAt, fail: new Map([[failAt, code]]) });
      const ledger = new Ledger();
      const store = await openOn(fs).catch((error: unknown) => assert.ok(isCessError(error), String(error)));
      if (store) {
        await workload(store, ledger, true);
        await checkAgainst(store, ledger, where);
        await store.close();
      }
      const disk = fs.reopen({ crashStyle: 'random' });
      const again = await openOn(disk);
      await checkAgainst(again, ledger, `${where}, after the crash`);
      assertTidy(disk, again, where);
    }
  });
}

for (const crashStyle of ['drop', 'keep', 'random'] as const) {
  test(`a rotten fragment is replaced whole or not at all (${crashStyle} at every operation)`, async () => {
    const bytes = fragmentBytes(4000, 1);
    const put = putOf(bytes, 1);
    const begin = async (crashAt?: number) => {
      const fs = createFaultyFs({ seed: crashAt ?? 0, crashStyle });
      const first = await openOn(fs);
      await first.put(put, [bytes]);
      await first.close();
      const disk = fs.reopen({ crashStyle: 'keep' });
      disk.corrupt(disk.paths().find((path) => path.includes('/fragments/'))!, (rotten) => rotten.fill(0, 0, 10));
      const rotten = await readAll(await openOn(disk), put.root);
      const before = disk.operationCount();
      const plan = crashAt === undefined ? {} : { crashAt: before + crashAt };
      return { disk: disk.reopen({ crashStyle, ...plan }), before, rotten };
    };
    const calm = await begin();
    const store = await openOn(calm.disk);
    assert.notDeepEqual(await readAll(store, put.root), bytes);
    assert.equal(await store.replace(put.root, [bytes]), true);
    assert.deepEqual(await readAll(store, put.root), bytes);
    const total = calm.disk.operationCount() - calm.before;
    for (let crashAt = 1; crashAt <= total; crashAt++) {
      const { disk, rotten } = await begin(crashAt);
      const replacing = openOn(disk).then((again) => again.replace(put.root, [bytes]));
      await replacing.catch(() => {});
      const next = disk.reopen({ crashStyle });
      const after = await openOn(next);
      const found = Buffer.from(await readAll(after, put.root));
      assert.ok(found.equals(bytes) || found.equals(rotten), `${crashAt} of ${total}`);
      assertTidy(next, after, `${crashAt} of ${total}`);
    }
  });
}
