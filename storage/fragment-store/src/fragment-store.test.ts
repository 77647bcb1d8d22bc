import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemRng } from '@cess/crypto';
import { type ErrorCode, isCessError, toHex } from '@cess/primitives';
import { describeFragmentStore, fragmentBytes, putOf, readAll } from './compliance.js';
import { nodeFs, openFragmentStore } from './index.js';
import { diskStoreFactory, testGenesis } from './test-support/temporary-store.js';
import { createFaultyFs } from './testing.js';

describeFragmentStore('node:fs', diskStoreFactory());

{
  const disks = new Map<object, ReturnType<typeof createFaultyFs>>();
  const open = async (fs: ReturnType<typeof createFaultyFs>, extra: object) => {
    const store = await openFragmentStore({
      dir: '/store',
      genesis: testGenesis,
      fs,
      rng: systemRng,
      nowSeconds: 0,
      ...extra,
    });
    disks.set(store, fs);
    return store;
  };
  let options: object = {};
  describeFragmentStore('faulty file system without faults, crashed before each reopening', {
    create: (extra = {}) => {
      options = extra;
      return open(createFaultyFs({ seed: 1 }), extra);
    },
    reopen: async (store) => {
      await store.close();
      return open(disks.get(store)!.reopen({ crashStyle: 'drop' }), options);
    },
  });
}

const withCode = (code: ErrorCode) => (error: unknown) => {
  assert.ok(isCessError(error, code), `expected ${code}, got ${String(error)}`);
  return true;
};

test('a store of another network, a newer format, or something else is refused and not touched', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'cess-fragments-'));
  const options = { dir, genesis: testGenesis, fs: nodeFs, rng: systemRng, nowSeconds: 0 };
  await (await openFragmentStore(options)).close();
  const path = join(dir, 'format.json');
  const stamp = await readFile(path, 'utf8');
  const otherNetwork = openFragmentStore({ ...options, genesis: new Uint8Array(32) });
  await assert.rejects(otherNetwork, withCode('FRAGMENT_STORE_GENESIS'));
  await writeFile(path, stamp.replace('"version":1', '"version":2'));
  await assert.rejects(openFragmentStore(options), withCode('FRAGMENT_STORE_VERSION'));
  await writeFile(path, '{"format":"other","version":1,"storeId":"00"}');
  await assert.rejects(openFragmentStore(options), withCode('FRAGMENT_STORE_CORRUPT'));
  await writeFile(path, 'garbage');
  await assert.rejects(openFragmentStore(options), withCode('FRAGMENT_STORE_CORRUPT'));
  await rm(path);
  await assert.rejects(openFragmentStore(options), withCode('FRAGMENT_STORE_CORRUPT'));
  await writeFile(path, stamp);
  await (await openFragmentStore(options)).close();
  await rm(dir, { recursive: true });
});

test('a directory without permission, and a full disk at opening, give clear errors', async () => {
  for (const [system, code] of [
    ['EACCES', 'FRAGMENT_STORE_PERMISSION'],
    ['EROFS', 'FRAGMENT_STORE_PERMISSION'],
    ['ENOSPC', 'FRAGMENT_STORE_FULL'],
  ] as const) {
    const refuse = () => Promise.reject(Object.assign(new Error(system), { code: system }));
    const fs = { ...nodeFs, makeDirectory: refuse };
    const opening = openFragmentStore({
      dir: '/nowhere/store',
      genesis: testGenesis,
      fs,
      rng: systemRng,
      nowSeconds: 0,
    });
    await assert.rejects(opening, withCode(code));
  }
});

async function faultyStore(plan: Parameters<typeof createFaultyFs>[0], options: object = {}) {
  const fs = createFaultyFs(plan);
  const init = {
    dir: '/store',
    genesis: testGenesis,
    rng: systemRng,
    nowSeconds: 0,
    inlineLimitBytes: 1000,
    minFreeBytes: 0,
    ...options,
  };
  return { fs, init, store: await openFragmentStore({ ...init, fs }) };
}

test('a damaged record costs its own fragment only, wherever it stands', async () => {
  const { fs, init, store } = await faultyStore({ seed: 1 });
  const all = Array.from({ length: 10 }, (_, i) => fragmentBytes(500, i));
  for (const [i, bytes] of all.entries()) await store.put(putOf(bytes, i), [bytes]);
  await store.close();
  const log = fs.paths().find((path) => path.endsWith('.log'))!;
  fs.corrupt(log, (bytes) => {
    bytes[Math.floor(bytes.length / 2)]! ^= 1;
    return bytes;
  });
  const again = await openFragmentStore({ ...init, fs: fs.reopen({ crashStyle: 'keep' }) });
  assert.equal(again.usage().fragments, 9);
  assert.equal(again.recovery.damagedRegions, 1);
  for (const bytes of all) {
    const { root } = putOf(bytes, 0);
    if (again.has(root)) assert.deepEqual(await readAll(again, root), bytes);
  }
});

test('bytes of a fragment never pass as log records, also behind damage', async () => {
  const { fs, init, store } = await faultyStore({ seed: 2 });
  const victim = fragmentBytes(400, 1);
  await store.put(putOf(victim, 1), [victim]);
  await store.put(putOf(fragmentBytes(200, 9), 9), [fragmentBytes(200, 9)]);
  await store.delete(putOf(fragmentBytes(200, 9), 9));
  await store.delete(putOf(victim, 1));
  await store.put(putOf(victim, 1), [victim]);
  await store.close();
  const log = fs.paths().find((path) => path.endsWith('.log'))!;
  let wholeLog = new Uint8Array(0);
  fs.corrupt(log, (bytes) => {
    wholeLog = bytes.slice();
    return bytes;
  });
  // An attacker who saw the log stores its delete record as a fragment; then the record around it is damaged.
  const second = await openFragmentStore({ ...init, fs: fs.reopen({ crashStyle: 'keep' }) });
  const hostile = wholeLog.subarray(wholeLog.length - 900, wholeLog.length);
  await second.put(putOf(hostile, 5), [hostile]);
  const last = fragmentBytes(300, 3);
  await second.put(putOf(last, 6), [last]);
  await second.close();
  const disk = fs.reopen({ crashStyle: 'keep' });
  disk.corrupt(log, (bytes) => {
    bytes[wholeLog.length + 20]! ^= 1;
    return bytes;
  });
  const third = await openFragmentStore({ ...init, fs: disk });
  assert.equal(third.recovery.damagedRegions, 1);
  assert.deepEqual(await readAll(third, putOf(victim, 1).root), victim);
  assert.deepEqual(await readAll(third, putOf(last, 6).root), last);
  assert.equal(third.usage().fragments, 2);
});

/** Stores fragments with files of their own, closes the store, and changes its log as the disk might. */
async function withChangedLog(seed: number, change: (log: Uint8Array) => Uint8Array | undefined) {
  const { fs, init, store } = await faultyStore({ seed });
  const all = Array.from({ length: 20 }, (_, i) => fragmentBytes(5000, i));
  for (const [i, bytes] of all.entries()) await store.put(putOf(bytes, i), [bytes]);
  await store.close();
  fs.corrupt(fs.paths().find((path) => path.endsWith('.log'))!, change);
  return { all, init, fs: fs.reopen({ crashStyle: 'keep' }) };
}

for (const [what, change] of [
  ['missing', () => undefined],
  ['empty', () => new Uint8Array(0)],
  ['damaged everywhere', (log: Uint8Array) => log.map((byte, i) => (i % 50 === 0 ? byte ^ 1 : byte))],
  ['older than the files', (log: Uint8Array) => log.slice(0, log.length / 2)],
] as const) {
  test(`a log that is ${what} deletes no fragment: every file can be adopted again`, async () => {
    const { all, init, fs } = await withChangedLog(5, change);
    const store = await openFragmentStore({ ...init, fs });
    const isUnknown = (bytes: Uint8Array) => !store.has(putOf(bytes, 0).root);
    assert.equal(store.recovery.quarantinedFiles, all.filter(isUnknown).length);
    assert.ok(store.recovery.quarantinedFiles >= 10);
    for (const [i, bytes] of all.entries()) if (isUnknown(bytes)) assert.ok(await store.readopt(putOf(bytes, i)));
    await store.close();
    const again = await openFragmentStore({ ...init, fs: fs.reopen({ crashStyle: 'drop' }) });
    for (const bytes of all) assert.deepEqual(await readAll(again, putOf(bytes, 0).root), bytes);
    assert.equal(again.recovery.quarantinedFiles, 0);
  });
}

test('a quarantined file with other bytes is not adopted, and is deleted', async () => {
  const { all, init, fs } = await withChangedLog(6, () => undefined);
  const victim = putOf(all[3]!, 3);
  fs.corrupt(fs.paths().find((path) => path.endsWith(toHex(victim.root)))!, (bytes) => {
    bytes[77]! ^= 1;
    return bytes;
  });
  const store = await openFragmentStore({ ...init, fs });
  assert.equal(await store.readopt(victim), false);
  assert.equal(store.has(victim.root), false);
  assert.ok(!fs.paths().some((path) => path.endsWith(toHex(victim.root))));
  assert.equal(await store.readopt(putOf(fragmentBytes(5000, 99), 1)), false, 'there never was such a file');
});

test('a store with files to quarantine opens on a full disk, and moves them when there is space', async () => {
  const { all, init, fs } = await withChangedLog(8, () => undefined);
  const full = Object.assign(Object.create(fs), {
    makeDirectory: async (path: string) => {
      if (path.includes('quarantine')) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
      return fs.makeDirectory(path);
    },
  }) as typeof fs;
  const store = await openFragmentStore({ ...init, fs: full });
  assert.equal(store.recovery.quarantinedFiles, 0);
  await store.close();
  assert.equal((await openFragmentStore({ ...init, fs })).recovery.quarantinedFiles, all.length);
});

test('quarantined files are deleted a week after they were found', async () => {
  const { all, init, fs } = await withChangedLog(7, () => undefined);
  const openAt = async (days: number) => {
    const store = await openFragmentStore({ ...init, fs, nowSeconds: days * 86_400 });
    await store.close();
    return store.recovery.quarantinedFiles;
  };
  assert.deepEqual([await openAt(0), await openAt(7), await openAt(8)], [all.length, all.length, 0]);
});

test('a wiped fragment file is reported lost at open and not found when read', async () => {
  const { fs, init, store } = await faultyStore({ seed: 3 });
  const [a, b] = [fragmentBytes(5000, 1), fragmentBytes(5000, 2)];
  await store.put(putOf(a, 1), [a]);
  await store.put(putOf(b, 2), [b]);
  const path = `/store/fragments/${toHex(putOf(a, 1).root).slice(0, 2)}/${toHex(putOf(a, 1).root)}`;
  fs.corrupt(path, () => undefined);
  assert.equal(await store.isPresent(putOf(a, 1).root), false);
  await assert.rejects(readAll(store, putOf(a, 1).root), withCode('FRAGMENT_NOT_FOUND'));
  await store.close();
  const again = await openFragmentStore({ ...init, fs: fs.reopen({ crashStyle: 'keep' }) });
  assert.equal(again.recovery.lostFragments, 1);
  assert.equal(again.has(putOf(a, 1).root), false);
  assert.deepEqual(await readAll(again, putOf(b, 2).root), b);
});

test('a shortened fragment file is not present and its reading fails', async () => {
  const { fs, store } = await faultyStore({ seed: 4 });
  const bytes = fragmentBytes(5000, 1);
  const { root } = putOf(bytes, 1);
  await store.put(putOf(bytes, 1), [bytes]);
  fs.corrupt(`/store/fragments/${toHex(root).slice(0, 2)}/${toHex(root)}`, (all) => all.slice(0, 100));
  assert.equal(await store.isPresent(root), false);
  await assert.rejects(readAll(store, root), withCode('FRAGMENT_STORE_IO'));
});

test('group commit: many puts at once share few syncs', async () => {
  const { fs, store } = await faultyStore({ seed: 5 });
  const before = fs.operationCount();
  await Promise.all(
    Array.from({ length: 100 }, (_, i) => {
      const bytes = fragmentBytes(300, i);
      return store.put(putOf(bytes, 1, i), [bytes]);
    }),
  );
  assert.ok(fs.operationCount() - before <= 12, `${fs.operationCount() - before} operations for 100 puts`);
});

test('deleting the last holder of a large fragment removes its file at once, and not before', async () => {
  const { fs, store } = await faultyStore({ seed: 6 });
  const bytes = fragmentBytes(5000, 1);
  const files = () => fs.paths().filter((path) => path.includes('/fragments/')).length;
  await store.put(putOf(bytes, 1), [bytes]);
  await store.put(putOf(bytes, 2), [bytes]);
  const { usedBytes } = store.usage();
  await store.delete(putOf(bytes, 1));
  assert.equal(files(), 1);
  await store.delete(putOf(bytes, 2));
  assert.equal(files(), 0);
  assert.ok(store.usage().usedBytes < usedBytes - 4000);
});

for (const [what, offsets] of [
  ['a failed sync', [2, 3]],
  ['a failed write that cannot be cut back', [1, 2, 3]],
] as const) {
  test(`after ${what}, the store reads, rejects changes while the disk fails, and takes them again afterwards`, async () => {
    const [a, b] = [fragmentBytes(500, 1), fragmentBytes(500, 2)];
    const { fs, init, store } = await faultyStore({ seed: 7 });
    await store.put(putOf(a, 1), [a]);
    const start = fs.operationCount();
    const opened = fs.reopen();
    await openFragmentStore({ ...init, fs: opened });
    const opening = opened.operationCount() - start;
    // The put of a small fragment is a write and a sync.
    const first = opened.operationCount() + opening;
    const disk = opened.reopen({ fail: new Map(offsets.map((offset) => [first + offset, 'EIO'] as const)) });
    const failing = await openFragmentStore({ ...init, fs: disk });
    await assert.rejects(failing.put(putOf(b, 3), [b]), withCode('FRAGMENT_STORE_FAILED'));
    assert.deepEqual(await readAll(failing, putOf(a, 1).root), a);
    await assert.rejects(failing.delete(putOf(a, 1)), withCode('FRAGMENT_STORE_FAILED'));
    await failing.put(putOf(b, 3), [b]);
    const again = await openFragmentStore({ ...init, fs: disk.reopen({ crashStyle: 'drop' }) });
    assert.deepEqual(await readAll(again, putOf(a, 1).root), a);
    assert.deepEqual(await readAll(again, putOf(b, 3).root), b);
  });
}
