// Scrubbing: rot is found before anybody asks, made good from others, and only for what is this provider's.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FragmentPlace } from '@cess/client';
import { fragmentRootOf } from '@cess/sealing';
import { placeName } from '../holdings/place.js';
import { isWhole } from '../holdings/read-fragment.js';
import { DutyWorld, fragmentLength } from '../test-support/duty-world.js';
import { ownIndex } from '../test-support/fake-duty-chain.js';
import { testBytes } from '../test-support/provider-fixture.js';

async function setting(count: number) {
  const world = await DutyWorld.create();
  const places: FragmentPlace[] = [];
  for (let i = 0; i < count; i++) places.push(await world.hold(world.declare(i + 1, [ownIndex, 10, 11, 12]), 0));
  const repairer = world.repairer();
  const scrubber = world.scrubber();
  const isHeldWhole = (i: number) => isWhole(world.store, world.declaredFiles.at(places[i]!)!);
  return { world, places, repairer, scrubber, isHeldWhole };
}

function scrubCounts(world: DutyWorld) {
  const { scrubbed, scrubbedBytes, rotten } = world.counts.progress;
  return { scrubbed, scrubbedBytes, rotten };
}

test('STORE-4: rotten and vanished fragments are found and rebuilt from others; good ones are only read', async () => {
  const { world, places, scrubber, isHeldWhole } = await setting(4);
  world.rot(places[1]!);
  await world.vanish(places[2]!);
  await scrubber.pass(world.signal);
  assert.deepEqual(scrubCounts(world), { scrubbed: 4, scrubbedBytes: 450_000, rotten: 2 });
  assert.equal(world.counts.progress.repaired, 2);
  for (const i of places.keys()) assert.equal(await isHeldWhole(i), true);
  await world.reopen();
  assert.equal(world.store.recovery.lostFragments, 0);
  for (const place of places) assert.ok(await isWhole(world.store, world.declaredFiles.at(place)!));
});

test('what the chain says this provider holds and its disk has lost is rebuilt at the end of a pass', async () => {
  const { world, places } = await setting(2);
  await world.vanish(places[0]!);
  // Opening the store forgets the fragment, as it does on a new disk.
  await world.reopen();
  assert.equal(world.declaredFiles.at(places[0]!), undefined);
  const scrubber = world.scrubber();
  await scrubber.pass(world.signal);
  assert.ok(await isWhole(world.store, world.declaredFiles.at(places[0]!)!));
  assert.equal(world.counts.progress.rotten, 1);
  assert.equal(world.counts.progress.repaired, 1);
});

test('STORE-4: a provider whose log is lost restores its own files, without reading from anybody', async () => {
  const { world, places } = await setting(3);
  await world.reopen(() => {
    for (const path of world.fs.paths()) if (path.endsWith('.log')) world.fs.corrupt(path, () => undefined);
  });
  assert.equal(world.store.recovery.quarantinedFiles, 3);
  for (const provider of [10, 11, 12]) world.faults.set(provider, 'unreachable');
  await world.scrubber().pass(world.signal);
  for (const place of places) assert.ok(await isWhole(world.store, world.declaredFiles.at(place)!));
  assert.deepEqual(world.readFrom, []);
});

test('a rotten fragment that the chain gave to another holder is not repaired', async () => {
  const { world, places, scrubber } = await setting(1);
  world.rot(places[0]!);
  world.chain.give(places[0]!, 9);
  await scrubber.pass(world.signal);
  assert.equal(world.counts.progress.repaired, 0);
  assert.deepEqual(world.readFrom, []);
  assert.equal(world.counts.progress.rotten, 1);
});

test('an undeclared fragment that is rotten is removed, so that it is not attested', async () => {
  const { world, scrubber } = await setting(0);
  const bytes = testBytes(100_000, 5);
  const id = { orderId: new Uint8Array(32).fill(9), segment: 0, fragment: 0, root: fragmentRootOf(bytes) };
  const gateway = new Uint8Array(32);
  await world.store.put({ ...id, length: bytes.length, gateway, expirySeconds: 1_900_000_000 }, [bytes]);
  const root = Buffer.from(id.root).toString('hex');
  world.fs.corrupt(`/store/fragments/${root.slice(0, 2)}/${root}`, (data) => data.fill(1, 0, 10));
  await scrubber.pass(world.signal);
  assert.equal(world.store.has(id.root), false);
});

test('what cannot be repaired yet stays, is counted, and is found again by the next pass', async () => {
  const { world, places, scrubber, isHeldWhole } = await setting(1);
  world.rot(places[0]!);
  for (const provider of [10, 11]) world.faults.set(provider, 'unreachable');
  await scrubber.pass(world.signal);
  assert.equal(world.counts.progress.repaired, 0);
  world.faults.clear();
  await scrubber.pass(world.signal);
  assert.equal(await isHeldWhole(0), true);
  assert.deepEqual(scrubCounts(world), { scrubbed: 2, scrubbedBytes: 300_000, rotten: 2 });
});

test('a fragment that is deleted while it is read is no rot', async () => {
  const { world, places, scrubber } = await setting(1);
  const read = world.store.read.bind(world.store);
  world.store.read = async function* (...of) {
    await world.declaredFiles.deleteFile(places[0]!.fileId);
    world.chain.placed.delete(placeName(places[0]!));
    yield* read(...of);
  };
  await scrubber.pass(world.signal);
  assert.equal(world.counts.progress.rotten, 0);
});

test('the disk is read no faster than allowed', async () => {
  const { world, scrubber } = await setting(5);
  const before = world.timers.ms;
  await scrubber.pass(world.signal);
  assert.ok(world.timers.ms - before >= (5 * fragmentLength) / 1_000);
});

test('a repair that two duties ask for at once is made once', async () => {
  const { world, places, repairer } = await setting(1);
  world.rot(places[0]!);
  await Promise.all([1, 2, 3].map(() => repairer.repair(places[0]!, world.signal)));
  assert.equal(world.counts.progress.repaired, 1);
});
