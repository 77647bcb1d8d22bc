// Tagging against real tagging keys: what a worker says is checked, what the disk and the chain do is survived.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFaultyFs } from '@cess/fragment-store/testing';
import { CessError, isCessError } from '@cess/primitives';
import { createFaultyKv, isInjectedFault } from '@cess/store/testing';
import { placeName } from '../holdings/place.js';
import { turn, until } from '../test-support/auto-timers.js';
import { DutyWorld, tagAll } from '../test-support/duty-world.js';
import { ownIndex } from '../test-support/fake-duty-chain.js';
import { type Behaviour, createWorker, workerA } from '../test-support/test-tee.js';

const workerB = createWorker('tee-b');

/** A world with two workers. */
async function createWorld(...media: Parameters<typeof DutyWorld.create>): Promise<DutyWorld> {
  const world = await DutyWorld.create(...media);
  world.chain.workers.push(workerB.record);
  world.chain.keys.push(workerB.key);
  return world;
}

/** A world with `count` held and declared fragments, one of each file. */
async function worldWith(count: number) {
  const world = await createWorld();
  const places = [];
  for (let i = 0; i < count; i++) {
    places.push(await world.hold(world.declare(i + 1, [ownIndex, 10, 11, 12]), 0));
  }
  return { world, places };
}

test('STORE-1: every held fragment gets checked tags, which are stored and reported in one batch', async () => {
  const { world, places } = await worldWith(3);
  await tagAll(world);
  assert.deepEqual(world.tags.counts, { tagged: 3, reported: 3 });
  assert.deepEqual(world.chain.calls.length, 1 + (new Set(world.tee.asked).size - 1));
  for (const place of places) assert.ok(world.chain.tagged.has(placeName(place)));
});

test('TEE-3: when the worker of a key has left, its fragments get tags under the key of another', async () => {
  const { world, places } = await worldWith(3);
  world.tee.behaviours.set(workerB.name, 'unreachable');
  await tagAll(world);
  for (const [, { keyId }] of world.tags.all()) assert.deepEqual(keyId, workerA.record.keyId);
  world.tee.behaviours.clear();
  world.chain.workers.splice(0, world.chain.workers.length, workerB.record);
  const keys = world.chain.keys.map((key) => (key === workerA.key ? { ...key, isRevoked: true } : key));
  world.chain.keys.splice(0, keys.length, ...keys);
  // The chain has removed the tags.
  for (const place of places) world.chain.tagged.delete(placeName(place));
  const before = world.chain.calls.length;
  const tagger = world.tagger();
  tagger.start();
  await until(() => places.every((place) => world.chain.tagged.has(placeName(place))));
  await tagger.stop();
  for (const [, { keyId }] of world.tags.all()) assert.deepEqual(keyId, workerB.record.keyId);
  assert.equal(world.chain.calls.length, before + 1, 'tags under the revoked key are not reported');
});

test('fragments of others, and those without a holder, are left alone until the chain gives them to this provider', async () => {
  const { world, places } = await worldWith(2);
  const [other, nobody] = places as [(typeof places)[0], (typeof places)[0]];
  world.chain.give(other, 9);
  world.chain.give(nobody, undefined);
  const tagger = world.tagger();
  for (const place of places) tagger.added(place);
  tagger.start();
  await until(() => tagger.waiting === 0);
  assert.deepEqual(world.tee.asked, []);
  world.chain.give(nobody, ownIndex);
  tagger.added(nobody);
  await until(() => world.tags.counts.reported === 1);
  await tagger.stop();
});

for (const behaviour of ['unreachable', 'wrong tags', 'wrong signature', 'wrong srs'] satisfies Behaviour[]) {
  test(`PODR2-2: a worker with the fault "${behaviour}" is not relied on; another one makes the tags`, async () => {
    const { world } = await worldWith(2);
    world.tee.behaviours.set(workerA.name, behaviour);
    await tagAll(world);
    for (const [, { keyId }] of world.tags.all()) assert.deepEqual(keyId, workerB.record.keyId);
    assert.equal(world.tags.counts.reported, 2);
    if (behaviour !== 'wrong srs') return;
    assert.equal(world.tags.srs(workerA.record.keyId), undefined);
    assert.equal(world.tee.asked.includes(workerA.name), false);
  });
}

test('while no worker can be reached one fragment at a time is tried again; soon after one is back all are tagged', async () => {
  const { world } = await worldWith(5);
  for (const { name } of [workerA, workerB]) world.tee.behaviours.set(name, 'unreachable');
  let attempts = 0;
  let pauses: number[] = [];
  world.chain.onRead = (what) => {
    if (what !== 'teeWorkers' || ++attempts !== 40) return;
    // Shorter ones are the reporter's, longer ones those with nothing to do.
    pauses = world.timers.slept.filter((ms) => ms >= 2_000 && ms < 30_000);
    world.tee.behaviours.clear();
  };
  await tagAll(world);
  assert.equal(world.tags.counts.reported, 5);
  // The clock of this test jumps while the first five wait for their answers, so that they may count twice.
  const first = pauses.indexOf(4_000);
  assert.deepEqual(pauses.slice(first, first + 3), [4_000, 8_000, 15_000], String(pauses));
  assert.ok(first <= 1, String(pauses));
  // All five ask at first and share a pause or two.
  assert.ok(pauses.length >= 40 - 6 && Math.max(...pauses) === 15_000, String(pauses));
});

test('a worker that gives wrong tags is avoided twice as long after each failure in a row', async () => {
  const { world, places } = await worldWith(1);
  world.chain.workers.pop();
  world.tee.behaviours.set(workerA.name, 'wrong tags');
  const maker = world.maker();
  const refusal = async () => {
    try {
      return await maker.make(world.declaredFiles.at(places[0]!)!, ownIndex, undefined, world.signal);
    } catch (error) {
      return isCessError(error) ? error.code : error;
    }
  };
  const avoidedMs: number[] = [];
  for (let failure = 0; failure < 5; failure++) {
    const before = world.timers.ms;
    let code = await refusal();
    for (; code === 'TEE_NONE_AVAILABLE'; code = await refusal()) world.timers.ms += 500;
    assert.equal(code, 'TEE_TAGS_REFUSED');
    avoidedMs.push(world.timers.ms - before);
  }
  assert.deepEqual(avoidedMs, [0, 1_000, 2_000, 4_000, 8_000]);
});

test('fragments that fail together are one failure of the worker', async () => {
  const { world, places } = await worldWith(3);
  for (const { name } of [workerA, workerB]) world.tee.behaviours.set(name, 'wrong tags');
  const maker = world.maker();
  const make = (place: (typeof places)[0]) =>
    maker.make(world.declaredFiles.at(place)!, ownIndex, undefined, world.signal);
  await Promise.all(places.map((place) => assert.rejects(make(place), { code: 'TEE_TAGS_REFUSED' })));
  world.tee.behaviours.clear();
  await assert.rejects(make(places[0]!), { code: 'TEE_NONE_AVAILABLE' });
  world.timers.ms += 1_000;
  await make(places[0]!);
  assert.equal(world.tags.counts.tagged, 1);
});

test('a worker whose view of the chain is behind is asked again, not avoided', async () => {
  const { world } = await worldWith(1);
  world.chain.workers.pop();
  world.tee.behaviours.set(workerA.name, 'behind');
  world.tee.onRequest = () => {
    if (world.tee.asked.length === 3) world.tee.behaviours.clear();
  };
  await tagAll(world);
  assert.deepEqual(world.tee.asked, ['tee-a', 'tee-a', 'tee-a']);
});

test('STORE-5: a fragment that is deleted while it is tagged leaves no tags behind', async () => {
  const { world, places } = await worldWith(2);
  const [gone] = places as [(typeof places)[0]];
  world.tee.onRequest = async (place) => {
    if (placeName(place) === placeName(gone)) await world.declaredFiles.deleteFile(gone.fileId);
  };
  await tagAll(world);
  assert.equal(world.tags.get(gone), undefined);
  assert.deepEqual(world.tags.counts, { tagged: 1, reported: 1 });
  assert.equal(world.chain.tagged.has(placeName(gone)), false);
});

test('tags that come when the fragment is gone already are not stored', async () => {
  const { world, places } = await worldWith(1);
  const [gone] = places as [(typeof places)[0]];
  world.tee.onRequest = () => world.declaredFiles.deleteFile(gone.fileId);
  await world.maker().make(world.declaredFiles.at(gone)!, ownIndex, undefined, world.signal);
  assert.equal(world.tags.counts.tagged, 0);
});

test('a rotten fragment is repaired before it is tagged', async () => {
  const { world, places } = await worldWith(1);
  world.rot(places[0]!);
  const repairer = world.repairer();
  await tagAll(
    world,
    world.tagger((place) => repairer.repair(place, world.signal)),
  );
  assert.equal(world.counts.progress.repaired, 1);
  assert.equal(world.tags.counts.reported, 1);
});

test('tags that the chain has and this disk has lost are made again under the same key', async () => {
  const { world, places } = await worldWith(1);
  await tagAll(world);
  const before = world.tags.tags(places[0]!);
  const { keyId } = world.tags.get(places[0]!)!;
  await world.tags.remove(places[0]!);
  await tagAll(world);
  assert.deepEqual(world.tags.get(places[0]!)!.keyId, keyId);
  assert.deepEqual(world.tags.tags(places[0]!), before);
  assert.equal(world.tags.get(places[0]!)!.isReported, true);
});

test('a fragment that was taken away and given back is reported again, without a worker', async () => {
  const { world, places } = await worldWith(1);
  const tagger = world.tagger();
  await tagAll(world, tagger);
  const [place] = places as [(typeof places)[0]];
  world.chain.take(place);
  await tagger.taken(place);
  world.chain.give(place, ownIndex);
  const asked = world.tee.asked.length;
  await tagAll(world);
  assert.equal(world.tee.asked.length, asked);
  assert.ok(world.chain.tagged.has(placeName(place)));
});

test('a refused batch is halved until the guilty report is alone, which gets other tags', async () => {
  const { world, places } = await worldWith(4);
  world.chain.workers.pop();
  await world.tagger().compare();
  // Tags of one fragment whose xi has rotted on the disk.
  const maker = world.maker();
  for (const place of places) {
    await maker.make(world.declaredFiles.at(place)!, ownIndex, undefined, world.signal);
  }
  const bad = world.tags.get(places[2]!)!;
  await world.tags.put(places[2]!, { ...bad, signature: new Uint8Array(64) }, world.tags.tags(places[2]!)!);
  await tagAll(world);
  assert.equal(world.chain.tagged.size, 4);
  assert.deepEqual(world.tags.get(places[2]!)!.signature, bad.signature);
  assert.equal(world.tee.asked.length, 5);
});

test('a report that the chain refuses again and again does not go on for ever', async () => {
  const { world } = await worldWith(1);
  for (let i = 0; i < 50; i++) world.chain.refuseNext('reportTags', 'BadTagSignature');
  const tagger = world.tagger();
  tagger.start();
  await until(() => world.chain.calls.length === 5);
  for (let i = 0; i < 500; i++) await turn();
  await tagger.compare();
  for (let i = 0; i < 500; i++) await turn();
  await tagger.stop();
  assert.equal(world.chain.calls.length, 5);
  assert.equal(world.tags.counts.tagged, 0);
});

test('while the chain cannot be reached nothing is lost, and reports go out when it is back', async () => {
  const { world } = await worldWith(2);
  for (let i = 0; i < 3; i++) world.chain.failNext('reportTags', new CessError('RPC_TIMEOUT', 'No node answers.'));
  await tagAll(world);
  assert.equal(world.chain.tagged.size, 2);
  assert.ok(world.chain.calls.length >= 4);
});

test('uploads come first: under constant load tagging takes a small share of the time and still gets on', async () => {
  const { world } = await worldWith(3);
  world.activity.begin();
  world.tee.onRequest = () => {
    world.timers.ms += 500;
  };
  const before = world.timers.ms;
  await tagAll(world);
  assert.equal(world.tags.counts.reported, 3);
  // Each piece of 0.5 s is followed by 19 times as long without one.
  assert.ok(world.timers.ms - before >= 2 * 19 * 500);
});

test('an upload interrupts waiting for a worker: the fragment keeps its place, and nobody is blamed', async () => {
  const { world } = await worldWith(1);
  world.chain.workers.pop();
  let end = () => {};
  world.tee.onRequest = async () => {
    if (world.tee.asked.length > 1) return;
    end = world.activity.begin();
    await turn();
  };
  const tagger = world.tagger();
  await tagger.compare();
  tagger.start();
  await until(() => world.tee.asked.length === 1 && world.timers.slept.length > 0);
  assert.equal(tagger.waiting, 1);
  end();
  await until(() => world.tags.counts.reported === 1);
  await tagger.stop();
  assert.deepEqual(world.tee.asked, ['tee-a', 'tee-a']);
  assert.ok(
    world.timers.slept.every((ms) => ms !== 1_000),
    'the worker was not left alone for a while',
  );
});

test('kill -9 at every write: after the restart every fragment has tags once, and they are right', async () => {
  const writesOf = async () => {
    const kv = createFaultyKv({ seed: 1 });
    const world = await createWorld(createFaultyFs({ seed: 1 }), kv);
    for (let i = 1; i <= 2; i++) await world.hold(world.declare(i, [ownIndex, 10, 11, 12]), 0);
    await tagAll(world);
    return kv.writeCount();
  };
  const total = await writesOf();
  assert.ok(total >= 5, `${total} writes`);
  for (let crashAt = 2; crashAt <= total; crashAt++) {
    const kv = createFaultyKv({ seed: crashAt, crashAtWrite: crashAt });
    const world = await createWorld(createFaultyFs({ seed: 1 }), kv);
    for (let i = 1; i <= 2; i++) await world.hold(world.declare(i, [ownIndex, 10, 11, 12]), 0);
    const tagger = world.tagger();
    tagger.start();
    await until(() => kv.writeCount() >= crashAt);
    await tagger.stop().catch((error: unknown) => assert.ok(isInjectedFault(error)));
    await world.reopen();
    await tagAll(world);
    assert.deepEqual(world.tags.counts, { tagged: 2, reported: 2 }, `crash at write ${crashAt}`);
    assert.equal(world.chain.tagged.size, 2);
    const { keyId } = world.tags.get({ fileId: new Uint8Array(32).fill(1), segment: 0, fragment: 0 })!;
    const ref = world.chain.open(keyId);
    assert.equal(await world.keeper(ref).keep(world.signal), 'submitted');
  }
});
