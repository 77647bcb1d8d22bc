// Restoral against holders that lie, fail and are missing, and against crashes anywhere.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FragmentPlace } from '@cess/client';
import { createFaultyFs } from '@cess/fragment-store/testing';
import { createDeferred, isCessError } from '@cess/primitives';
import { createFaultyKv } from '@cess/store/testing';
import type { RestoralOrderView } from '../chain/duty-chain.js';
import { placeName } from '../holdings/place.js';
import { isWhole } from '../holdings/read-fragment.js';
import { DutyWorld, fragmentLength, type TestFile, tagAll } from '../test-support/duty-world.js';
import { ownIndex } from '../test-support/fake-duty-chain.js';

const lost: RestoralOrderView = { reason: 'Lost', openedAt: 1, margin: 1, claim: undefined, waits: [] };

/** An order for fragment 0 of a file, whose others are with 10, 11 and 12. */
function order(world: DutyWorld, number: number, change: Partial<RestoralOrderView> = {}) {
  const file = world.declare(number, [undefined, 10, 11, 12]);
  const place = { fileId: file.fileId, segment: 0, fragment: 0 };
  world.chain.orders.set(placeName(place), { place, order: { ...lost, ...change } });
  return { file, place };
}

async function assertRestored(world: DutyWorld, file: TestFile, place: FragmentPlace, where = ''): Promise<void> {
  assert.equal(world.chain.placed.get(placeName(place))!.holder, ownIndex, where);
  assert.ok(world.declaredFiles.at(place), where);
  assert.ok(Buffer.from(await world.bytesOf(place)).equals(file.fragments[place.fragment]!), where);
  assert.deepEqual(world.tags.claims(), [], where);
}

test('STORE-4: a lost fragment is rebuilt from k others, stored, completed, and tagged like any other', async () => {
  const world = await DutyWorld.create();
  const { file, place } = order(world, 1);
  const tagger = world.tagger();
  const restorer = world.restorer((restored) => tagger.added(restored));
  await restorer.round(world.signal);
  await assertRestored(world, file, place);
  assert.ok(world.chain.tagged.has(placeName(place)), 'completed means tagged');
  assert.deepEqual(world.chain.calls, ['claimRestoralOrders', 'completeRestoralOrders']);
  const { claimed, restored, bytesRead, bytesRebuilt } = world.counts.progress;
  assert.deepEqual([claimed, restored], [1, 1]);
  assert.deepEqual([bytesRead, bytesRebuilt], [2 * fragmentLength, fragmentLength]);
  await tagAll(world, tagger);
  assert.ok(world.chain.tagged.has(placeName(place)));
});

for (const fault of ['lies', 'unreachable', 'short'] as const) {
  test(`STORE-4: a holder with the fault "${fault}" is found and left out; others are read`, async () => {
    const world = await DutyWorld.create();
    const { file, place } = order(world, 1);
    for (const provider of [10, 11]) {
      world.faults.clear();
      world.faults.set(provider, fault);
      await world.restorer().round(world.signal);
      await assertRestored(world, file, place);
      await world.declaredFiles.deleteFile(place.fileId);
      world.chain.give(place, undefined);
      world.chain.orders.set(placeName(place), { place, order: lost });
    }
  });
}

test('with fewer than k right holders nothing is stored or completed; later it is tried again', async () => {
  const world = await DutyWorld.create();
  const { file, place } = order(world, 1);
  world.faults.set(10, 'lies');
  world.faults.set(11, 'unreachable');
  const restorer = world.restorer();
  await restorer.round(world.signal);
  assert.equal(world.store.usage().fragments, 0);
  assert.deepEqual(world.chain.calls, ['claimRestoralOrders']);
  const reads = world.readFrom.length;
  await restorer.round(world.signal);
  assert.equal(world.readFrom.length, reads, 'it pauses before it tries again');
  world.faults.clear();
  world.timers.ms += 60_000;
  await restorer.round(world.signal);
  await assertRestored(world, file, place);
});

test('without a TEE worker nothing is completed; the stored fragment is tagged and completed later', async () => {
  const world = await DutyWorld.create();
  const { file, place } = order(world, 1);
  world.tee.behaviours.set('tee-a', 'unreachable');
  const restorer = world.restorer();
  await restorer.round(world.signal);
  assert.deepEqual(world.chain.calls, ['claimRestoralOrders']);
  const reads = world.readFrom.length;
  world.tee.behaviours.clear();
  world.timers.ms += 60_000;
  await restorer.round(world.signal);
  await assertRestored(world, file, place);
  assert.equal(world.readFrom.length, reads, 'the stored bytes are used');
});

test('tags that the chain refuses are made anew, as those of a revoked key', async () => {
  const world = await DutyWorld.create();
  const { file, place } = order(world, 1);
  world.chain.refuseNext('completeRestoralOrders', 'BadTagSignature');
  const restorer = world.restorer();
  await restorer.round(world.signal);
  assert.equal(world.tags.get(place), undefined);
  assert.equal(world.tee.asked.length, 1);
  world.timers.ms += 60_000;
  await restorer.round(world.signal);
  await assertRestored(world, file, place);
  assert.equal(world.tee.asked.length, 2);
});

test('a claim that cannot be carried out is released before it expires', async () => {
  const world = await DutyWorld.create();
  const { place } = order(world, 1);
  for (const provider of [10, 11]) world.faults.set(provider, 'unreachable');
  const restorer = world.restorer();
  await restorer.round(world.signal);
  world.chain.number += world.chain.claimPeriod - 2;
  await restorer.round(world.signal);
  assert.deepEqual(world.chain.calls, ['claimRestoralOrders', 'releaseRestoralOrders']);
  assert.deepEqual(world.tags.claims(), []);
  assert.ok(world.chain.orders.get(placeName(place))!.order.claim!.until < world.chain.number);
});

test('claims are released in time while a round waits for a TEE worker that does not answer', async () => {
  const world = await DutyWorld.create();
  const { file, place } = order(world, 1);
  const asked = createDeferred<void>();
  const answer = createDeferred<void>();
  world.tee.onRequest = () => {
    asked.resolve();
    return answer.promise;
  };
  const restorer = world.restorer();
  const round = restorer.round(world.signal);
  await asked.promise;
  await restorer.releaseLate(world.signal);
  assert.deepEqual(world.chain.calls, ['claimRestoralOrders'], 'there is time left');
  world.chain.number += world.chain.claimPeriod - 2;
  await restorer.releaseLate(world.signal);
  assert.deepEqual(world.chain.calls, ['claimRestoralOrders', 'releaseRestoralOrders']);
  assert.deepEqual(world.tags.claims(), []);
  answer.resolve();
  await round;
  // Nobody else claimed the order meanwhile, so it may still be completed.
  await assertRestored(world, file, place);
});

test('a leaving holder is copied from directly, and rebuilt around when it lies', async () => {
  const world = await DutyWorld.create();
  const { file, place } = order(world, 1, { reason: 'Exit' });
  world.chain.give(place, 13);
  await world.restorer().round(world.signal);
  await assertRestored(world, file, place);
  assert.deepEqual(world.readFrom, [13]);
  const second = order(world, 2, { reason: 'Exit' });
  world.chain.give(second.place, 14);
  world.faults.set(14, 'lies');
  await world.restorer().round(world.signal);
  await assertRestored(world, second.file, second.place);
});

test('STORE-4: losses and holes are served in turn, however many holes there are', async () => {
  const world = await DutyWorld.create();
  world.chain.number = 100;
  const losses = [1, 2].map((number) => order(world, number, { margin: 3 }));
  for (let number = 3; number < 40; number++) order(world, number, { margin: 0, reason: 'Hole', openedAt: 1 });
  await world.restorer().round(world.signal);
  for (const { file, place } of losses)
    assert.equal(world.chain.placed.get(placeName(place))!.holder, ownIndex, String(file));
});

test('the most urgent orders are taken, as many as allowed, of a segment one, and none that the chain would not give', async () => {
  const world = await DutyWorld.create();
  world.chain.number = 100;
  const urgent = [1, 2, 3].map((number) => order(world, number, { margin: 0 }));
  for (const number of [4, 5, 6]) order(world, number, { margin: 3 });
  const claimed = order(world, 7, { margin: 0, claim: { provider: 9, until: 100 } });
  const ownBefore = order(world, 8, { margin: 0, claim: { provider: ownIndex, until: 90 } });
  const hole = order(world, 9, { margin: 0, reason: 'Hole', openedAt: 80 });
  const holding = order(world, 10, { margin: 0 });
  world.chain.give({ ...holding.place, fragment: 1 }, ownIndex);
  await world.restorer().round(world.signal);
  const taken = [...world.files.values()].filter(({ fileId }) => {
    return world.chain.placed.get(placeName({ fileId, segment: 0, fragment: 0 }))!.holder === ownIndex;
  });
  assert.equal(taken.length, 4);
  for (const { file } of urgent) assert.ok(taken.includes(file));
  for (const { file } of [claimed, ownBefore, hole, holding]) assert.equal(taken.includes(file), false);
});

test('a provider that is not active, or has no room, claims nothing', async () => {
  for (const space of [
    { isActive: false, freeBytes: 1e12 },
    { isActive: true, freeBytes: fragmentLength - 1 },
  ]) {
    const world = await DutyWorld.create();
    order(world, 1);
    world.chain.space = space;
    await world.restorer().round(world.signal);
    assert.deepEqual(world.chain.calls, []);
  }
});

test('when others were quicker the note of the claim goes, and nothing is rebuilt', async () => {
  const world = await DutyWorld.create();
  order(world, 1);
  world.chain.refuseNext('claimRestoralOrders', 'NothingToClaim');
  await world.restorer().round(world.signal);
  assert.deepEqual(world.tags.claims(), []);
  assert.deepEqual(world.readFrom, []);
});

test('STORE-5: an order whose file is deleted meanwhile is forgotten', async () => {
  const world = await DutyWorld.create();
  const { place } = order(world, 1);
  world.chain.onRead = (what) => {
    if (what !== 'providers') return;
    world.chain.deletedAt.set(Buffer.from(place.fileId).toString('hex'), world.chain.number);
    world.chain.orders.delete(placeName(place));
    world.chain.placed.delete(placeName(place));
  };
  const restorer = world.restorer();
  await restorer.round(world.signal);
  world.timers.ms += 60_000;
  await restorer.round(world.signal);
  assert.deepEqual(world.tags.claims(), []);
  assert.equal(world.counts.progress.restored, 0);
});

test('bytes that were kept after a loss are completed as they are, if they are whole, else rebuilt in place', async () => {
  for (const isRotten of [false, true]) {
    const world = await DutyWorld.create();
    const { file, place } = order(world, 1);
    await world.hold(file, 0);
    if (isRotten) world.rot(place);
    await world.restorer().round(world.signal);
    await assertRestored(world, file, place);
    assert.equal(world.readFrom.length > 0, isRotten);
  }
});

test('uploads come first: restoral waits for its share of the time', async () => {
  const world = await DutyWorld.create();
  order(world, 1);
  order(world, 2);
  world.activity.begin();
  const before = world.timers.ms;
  await world.restorer().round(world.signal);
  assert.equal(world.chain.orders.size, 0);
  assert.ok(world.timers.ms - before >= 1_000);
});

test('an aborted round leaves the claim noted, and the next process goes on with it', async () => {
  const world = await DutyWorld.create();
  const { file, place } = order(world, 1);
  const controller = new AbortController();
  world.chain.onRead = (what) => {
    if (what === 'providers') controller.abort();
  };
  await assert.rejects(world.restorer().round(controller.signal), (error) => isCessError(error, 'ABORTED'));
  assert.equal(world.tags.claims().length, 1);
  world.chain.onRead = () => {};
  await world.reopen();
  await world.restorer().round(world.signal);
  await assertRestored(world, file, place);
  assert.deepEqual(world.chain.calls, ['claimRestoralOrders', 'completeRestoralOrders']);
});

test('kill -9 at every write of the notes: the order is carried out once', async () => {
  const total = await countWrites();
  for (let crashAt = 2; crashAt <= total; crashAt++) {
    const world = await DutyWorld.create(undefined, createFaultyKv({ seed: crashAt, crashAtWrite: crashAt }));
    const { file, place } = order(world, 1);
    // A failed write of tags does not end the round: the fragment is tagged again later.
    await world
      .restorer()
      .round(world.signal)
      .catch(() => {});
    await world.reopen();
    world.timers.ms += 3_600_000;
    await world.restorer().round(world.signal);
    await assertRestored(world, file, place, `crash at write ${crashAt}`);
  }
});

test('kill -9 at every operation of the disk: no half fragment is completed, and the order is carried out', async () => {
  const total = await countOperations();
  for (const crashStyle of ['drop', 'random'] as const) {
    for (let crashAt = 12; crashAt <= total; crashAt++) {
      const fs = createFaultyFs({ seed: crashAt, crashAt, crashStyle });
      const world = await DutyWorld.create(fs).catch(() => undefined);
      if (world === undefined) continue;
      const { file, place } = order(world, 1);
      await world
        .restorer()
        .round(world.signal)
        .catch(() => {});
      const where = `${crashStyle} at ${crashAt} of ${total}`;
      if (world.chain.placed.get(placeName(place))!.holder === ownIndex) {
        await world.reopen();
        assert.ok(await isWhole(world.store, world.declaredFiles.at(place)!), `${where}: completed, so it is there`);
        continue;
      }
      await world.reopen();
      world.timers.ms += 3_600_000;
      await world.restorer().round(world.signal);
      await assertRestored(world, file, place, where);
    }
  }
});

async function countWrites(): Promise<number> {
  const kv = createFaultyKv({ seed: 1 });
  const world = await DutyWorld.create(undefined, kv);
  order(world, 1);
  await world.restorer().round(world.signal);
  return kv.writeCount();
}

async function countOperations(): Promise<number> {
  const fs = createFaultyFs({ seed: 1 });
  const world = await DutyWorld.create(fs);
  order(world, 1);
  await world.restorer().round(world.signal);
  return fs.operationCount();
}
