import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemRng } from '@cess/crypto';
import { type FragmentStore, openFragmentStore } from '@cess/fragment-store';
import { createFaultyFs } from '@cess/fragment-store/testing';
import { noMetrics, silentLogger, systemTimers, throwFatal, toHex, webRng } from '@cess/primitives';
import { fragmentRootOf } from '@cess/sealing';
import { FakeChain } from '../test-support/fake-chain.js';
import { testBytes } from '../test-support/provider-fixture.js';
import { AttestedFragments } from './attested-fragments.js';
import { DeclaredFiles } from './declared-files.js';
import { placeName } from './place.js';
import { Upkeep } from './upkeep.js';

const own = 5;
const fileId = new Uint8Array(32).fill(0xf1);
const orderId = new Uint8Array(32).fill(1);

interface Setting {
  readonly chain: FakeChain;
  readonly store: FragmentStore;
  readonly declaredFiles: DeclaredFiles;
  readonly attested: AttestedFragments;
  readonly upkeep: Upkeep;
  now: number;
  restoring: ReadonlySet<string>;
}

async function setting(): Promise<Setting> {
  const chain = new FakeChain();
  const options = { dir: '/store', genesis: chain.genesis, rng: systemRng, nowSeconds: 0, minFreeBytes: 0 };
  const store = await openFragmentStore({ ...options, fs: createFaultyFs({ seed: 1 }) });
  const declaredFiles = new DeclaredFiles(store, () => own);
  const attested = new AttestedFragments(store, () => chain.latestBlock());
  const here = { chain, store, declaredFiles, attested, now: 1000, restoring: new Set<string>() };
  const upkeep = new Upkeep({
    store,
    declaredFiles,
    attested,
    chain,
    duties: chain.duties,
    restoring: () => here.restoring,
    nowSeconds: () => here.now,
    ownIndex: () => own,
    intervalMs: 1000,
    timers: systemTimers,
    rng: webRng,
    logger: silentLogger,
    metrics: noMetrics,
    onFatal: throwFatal,
  });
  return Object.assign(here, { upkeep });
}

async function hold({ store }: Setting, fragment: number) {
  const bytes = testBytes(500, fragment);
  const put = {
    orderId,
    segment: 0,
    fragment,
    root: fragmentRootOf(bytes),
    length: 500,
    gateway: orderId,
    expirySeconds: 2000,
  };
  await store.put(put, [bytes]);
  return put;
}

test('undeclared fragments are kept until their expiry and then collected', async () => {
  const here = await setting();
  const held = await hold(here, 0);
  assert.deepEqual(await here.upkeep.round(), { declared: 0, collected: 0, deleted: 0 });
  here.now = 2000;
  assert.deepEqual(await here.upkeep.round(), { declared: 0, collected: 0, deleted: 0 });
  here.now = 2001;
  assert.deepEqual(await here.upkeep.round(), { declared: 0, collected: 1, deleted: 0 });
  assert.equal(here.store.has(held.root), false);
});

test('a declaration that was missed is found by the order id, and the fragment is not collected', async () => {
  const here = await setting();
  const held = await hold(here, 0);
  here.chain.orders.set(toHex(orderId), fileId);
  here.chain.files.add(toHex(fileId));
  here.chain.place({ fileId, segment: 0, fragment: 0 }, { root: held.root, holder: own });
  here.now = 9000;
  assert.deepEqual(await here.upkeep.round(), { declared: 1, collected: 0, deleted: 0 });
  assert.deepEqual(here.store.get(held)!.fileId, fileId);
  assert.deepEqual(await here.upkeep.round(), { declared: 0, collected: 0, deleted: 0 });
});

test('other bytes under a declared order id are not kept', async () => {
  const here = await setting();
  const held = await hold(here, 0);
  here.chain.orders.set(toHex(orderId), fileId);
  here.chain.files.add(toHex(fileId));
  here.chain.place({ fileId, segment: 0, fragment: 0 }, { root: new Uint8Array(32), holder: own });
  here.now = 9000;
  assert.deepEqual(await here.upkeep.round(), { declared: 0, collected: 1, deleted: 0 });
  assert.equal(here.store.has(held.root), false);
});

test('a deletion that was missed is found, before any expiry', async () => {
  const here = await setting();
  const [gone, kept] = [await hold(here, 0), await hold(here, 1)];
  const keptFile = new Uint8Array(32).fill(0xf2);
  here.chain.files.add(toHex(keptFile));
  await here.declaredFiles.setFile(gone, fileId);
  await here.declaredFiles.setFile(kept, keptFile);
  assert.deepEqual(await here.upkeep.round(), { declared: 0, collected: 0, deleted: 1 });
  assert.equal(here.store.has(gone.root), false);
  assert.equal(here.store.has(kept.root), true);
});

test('STORE-4: a place that the chain gave to another provider is freed at once', async () => {
  const here = await setting();
  const held = await hold(here, 0);
  here.chain.files.add(toHex(fileId));
  here.chain.place({ fileId, segment: 0, fragment: 0 }, { root: held.root, holder: 9 });
  await here.declaredFiles.setFile(held, fileId);
  assert.deepEqual(await here.upkeep.round(), { declared: 0, collected: 0, deleted: 1 });
  assert.equal(here.store.has(held.root), false);
});

test('STORE-4: what was restored and not completed stays, by the own note and by the claim on chain', async () => {
  const here = await setting();
  const place = { fileId, segment: 0, fragment: 0 };
  const held = await hold(here, 0);
  here.chain.files.add(toHex(fileId));
  here.chain.place(place, { root: held.root, holder: 9 });
  await here.declaredFiles.setFile(held, fileId);
  here.now = 9000;
  here.restoring = new Set([placeName(place)]);
  assert.equal((await here.upkeep.round()).deleted, 0);
  here.restoring = new Set();
  const order = { reason: 'Exit', openedAt: 1, margin: 0, claim: { provider: own, until: 200 }, waits: [] } as const;
  here.chain.duties.orders.set(placeName(place), { place, order });
  assert.equal((await here.upkeep.round()).deleted, 0);
  here.chain.duties.orders.set(placeName(place), { place, order: { ...order, claim: { provider: 8, until: 200 } } });
  assert.equal((await here.upkeep.round()).deleted, 1);
});

test('a completion that becomes final while upkeep asks the chain is not undone', async () => {
  const here = await setting();
  const place = { fileId, segment: 0, fragment: 0 };
  const held = await hold(here, 0);
  here.chain.files.add(toHex(fileId));
  here.chain.place(place, { root: held.root, holder: 9 });
  await here.declaredFiles.setFile(held, fileId);
  here.restoring = new Set([placeName(place)]);
  here.chain.duties.onRead = () => {
    here.restoring = new Set();
  };
  assert.equal((await here.upkeep.round()).deleted, 0);
  assert.equal((await here.upkeep.round()).deleted, 1);
});

test('a fragment that the chain took away stays while it waits to be restored, and goes when another has it', async () => {
  const here = await setting();
  const place = { fileId, segment: 0, fragment: 0 };
  const held = await hold(here, 0);
  here.chain.files.add(toHex(fileId));
  here.chain.place(place, { root: held.root, holder: undefined });
  const order = { reason: 'Failed', openedAt: 1, margin: 0, claim: undefined, waits: [] } as const;
  here.chain.duties.orders.set(placeName(place), { place, order });
  await here.declaredFiles.setFile(held, fileId);
  here.now = 9000;
  assert.equal((await here.upkeep.round()).deleted, 0);
  await here.declaredFiles.apply([{ type: 'restored', ...place, provider: 9 }]);
  assert.equal(here.store.has(held.root), false);
});

test('without an answer of the chain nothing is removed', async () => {
  const here = await setting();
  const [undeclared, declared] = [await hold(here, 0), await hold(here, 1)];
  await here.declaredFiles.setFile(declared, fileId);
  here.now = 9000;
  here.chain.isDown = true;
  await assert.rejects(here.upkeep.round());
  assert.equal(here.store.has(undeclared.root), true);
  assert.equal(here.store.has(declared.root), true);
});

test('what was attested and then declared gets its file id; repeated events change nothing', async () => {
  const here = await setting();
  const held = await hold(here, 0);
  here.declaredFiles.attested([
    { fileId, id: held },
    { fileId, id: held },
  ]);
  await here.declaredFiles.apply([{ type: 'declared', fileIds: [new Uint8Array(32)] }]);
  assert.equal(here.store.get(held)!.fileId, undefined);
  await here.declaredFiles.apply([{ type: 'declared', fileIds: [fileId] }]);
  await here.declaredFiles.apply([{ type: 'declared', fileIds: [fileId] }]);
  assert.deepEqual(here.store.get(held)!.fileId, fileId);
  assert.deepEqual(here.declaredFiles.fileIds(), [toHex(fileId)]);
  await here.declaredFiles.apply([{ type: 'deleted', fileId }]);
  await here.declaredFiles.apply([{ type: 'deleted', fileId }]);
  assert.equal(here.store.has(held.root), false);
});

test('STORE-15: an attested fragment that its gateway deletes stays until the attestation has expired', async () => {
  const here = await setting();
  const held = await hold(here, 1);
  const until = here.attested.until()!;
  here.attested.note([held], until);
  await here.store.update({ id: held, expirySeconds: 0 });
  here.chain.advanceTo(until);
  assert.equal((await here.upkeep.round()).collected, 0, 'the chain accepts the attestation in this block');
  here.chain.advanceTo(until + 1);
  assert.equal((await here.upkeep.round()).collected, 1);
});

test('after a restart, every undeclared fragment counts as attested until former attestations have expired', async () => {
  const here = await setting();
  const held = await hold(here, 1);
  const restarted = new AttestedFragments(here.store, () => here.chain.latestBlock());
  const until = restarted.until()!;
  assert.equal(restarted.mayBeDeclared(held), true);
  here.chain.advanceTo(until);
  assert.equal(restarted.mayBeDeclared(held), true);
  here.chain.advanceTo(until + 1);
  assert.equal(restarted.mayBeDeclared(held), false);
});
