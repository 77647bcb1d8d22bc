// Rounds against real tags and real proofs: a right answer in time, nothing else, and a concession only for what is lost.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FragmentPlace, RoundRef } from '@cess/client';
import { challengeAsOf } from '@cess/client/audit';
import { CessError } from '@cess/primitives';
import { DutyWorld, engine, genesis, tagAll } from '../test-support/duty-world.js';
import { createEngineWork } from '../test-support/engine-work.js';
import { ownIndex } from '../test-support/fake-duty-chain.js';
import { workerA } from '../test-support/test-tee.js';

/** A provider with tagged fragments, one of each of `count` files, all under one key. */
async function worldWith(count: number) {
  const world = await DutyWorld.create();
  const places: FragmentPlace[] = [];
  for (let i = 0; i < count; i++) {
    places.push(await world.hold(world.declare(i + 1, [ownIndex, 10, 11, 12]), 0));
  }
  await tagAll(world);
  world.chain.calls.length = 0;
  return { world, places };
}

const { keyId } = workerA.record;

/** Whether every proof that was sent answers the round as of the block that was named. */
async function areProofsRight(world: DutyWorld, ref: RoundRef): Promise<boolean> {
  const view = (await world.chain.round(ownIndex, ref.keyId))!;
  for (const { asOf, proof } of world.chain.proofs) {
    const challenge = challengeAsOf({ genesis, provider: ownIndex, keyId }, view.info, view.slots, asOf)!;
    if (!(await engine.verify(workerA.key, challenge, proof))) return false;
  }
  return true;
}

test('PODR2-4: an open round is answered with a proof that verifies', async () => {
  const { world } = await worldWith(3);
  const ref = world.chain.open(keyId);
  assert.equal(await world.keeper(ref).keep(world.signal), 'submitted');
  assert.equal(world.chain.proofs.length, 1);
  assert.equal(await areProofsRight(world, ref), true);
  assert.equal(await world.keeper(ref).keep(world.signal), 'nothing');
});

test('PODR2-4: a proof of damaged data is never sent: it is repaired from others first', async () => {
  const { world, places } = await worldWith(3);
  world.rot(places[1]!);
  const ref = world.chain.open(keyId);
  assert.equal(await world.keeper(ref).keep(world.signal), 'submitted');
  assert.equal(world.counts.progress.repaired, 1);
  assert.equal(await areProofsRight(world, ref), true);
});

test('a vanished file and lost tags are made anew in time', async () => {
  const { world, places } = await worldWith(3);
  await world.vanish(places[0]!);
  await world.tags.remove(places[2]!);
  const ref = world.chain.open(keyId);
  assert.equal(await world.keeper(ref).keep(world.signal), 'submitted');
  assert.equal(await areProofsRight(world, ref), true);
});

test('tags and SRS that have rotted on the disk are found and asked for again', async () => {
  const { world, places } = await worldWith(2);
  const record = world.tags.get(places[0]!)!;
  const bent = world.tags.tags(places[0]!)!;
  bent[100]! ^= 1;
  await world.tags.put(places[0]!, record, bent);
  const first = world.chain.open(keyId);
  assert.equal(await world.keeper(first).keep(world.signal), 'submitted');
  const srs = world.tags.srs(keyId)!;
  srs[50]! ^= 1;
  await world.tags.putSrs(keyId, srs);
  // Another thread, which does not know the key yet.
  world.proofs = await createEngineWork();
  const second = world.chain.open(keyId, 1);
  assert.equal(await world.keeper(second).keep(world.signal), 'submitted');
  assert.deepEqual(world.tags.srs(keyId), workerA.srs);
});

test('more damage than can be repaired in time is conceded at once', async () => {
  const { world, places } = await worldWith(10);
  for (const place of places) world.rot(place);
  const ref = world.chain.open(keyId);
  assert.equal(await world.keeper(ref).keep(world.signal), 'conceded');
  assert.deepEqual(world.chain.proofs, []);
  assert.deepEqual(world.readFrom, []);
});

test('damage that others cannot make good is conceded when the time for it is over, and no proof is sent', async () => {
  const { world, places } = await worldWith(2);
  world.rot(places[0]!);
  for (const provider of [10, 11, 12]) world.faults.set(provider, 'unreachable');
  const ref = world.chain.open(keyId);
  const { opened_at: openedAt } = (await world.chain.round(ownIndex, keyId))!.info;
  world.chain.onRead = (what) => {
    if (what === 'round') world.chain.number += 4;
  };
  assert.equal(await world.keeper(ref).keep(world.signal), 'conceded');
  assert.ok(world.chain.number >= openedAt + 36);
  assert.deepEqual(world.chain.proofs, []);
});

test('slowness, timeouts and an unreachable chain are no reason to concede', async () => {
  const { world } = await worldWith(2);
  const ref = world.chain.open(keyId);
  world.chain.isDown = true;
  let reads = 0;
  world.chain.onRead = () => {
    reads++;
    if (reads === 6) world.chain.isDown = false;
  };
  for (let i = 0; i < 4; i++) world.chain.failNext('submitProof', new CessError('RPC_TIMEOUT', 'No node answers.'));
  assert.equal(await world.keeper(ref).keep(world.signal), 'submitted');
  assert.deepEqual(new Set(world.chain.calls), new Set(['submitProof']));
});

test('while clients store, an answer waits for a moment without uploads, but not for long', async () => {
  const { world } = await worldWith(1);
  world.chain.onRead = (what) => {
    if (what === 'round') world.chain.number += 2;
  };
  const openedAtOf = async () => (await world.chain.round(ownIndex, keyId))!.info.opened_at;
  const end = world.activity.begin();
  const first = world.chain.open(keyId);
  const openedAt = await openedAtOf();
  assert.equal(await world.keeper(first).keep(world.signal), 'submitted');
  const waited = world.chain.proofs[0]!.asOf - openedAt;
  assert.ok(waited >= 18 && waited <= 24, `${waited} of 60 blocks`);
  end();
  world.timers.ms += 1_500;
  const second = world.chain.open(keyId, 1);
  const before = world.timers.ms;
  assert.equal(await world.keeper(second).keep(world.signal), 'submitted');
  assert.equal(world.timers.ms - before, 500 + 500, 'until it was quiet, and the pause before a newer block');
});

test('a round that was heard of after its deadline is left to end by itself', async () => {
  const { world, places } = await worldWith(2);
  world.rot(places[0]!);
  const ref = world.chain.open(keyId);
  world.chain.number += 61;
  assert.equal(await world.keeper(ref).keep(world.signal), 'nothing');
  assert.deepEqual(world.chain.calls, []);
});

test('a round that is heard of late, with damage, is answered and not conceded when the repair succeeds', async () => {
  const { world, places } = await worldWith(2);
  world.rot(places[0]!);
  const ref = world.chain.open(keyId);
  world.chain.number += 50;
  assert.equal(await world.keeper(ref).keep(world.signal), 'submitted');
});

test('STORE-5: a file that is deleted while its round is open is left out, as of a newer block', async () => {
  const { world, places } = await worldWith(12);
  const ref = world.chain.open(keyId);
  // The store has removed the files of block n + 1 while the round was read at block n.
  let reads = 0;
  world.chain.onRead = async (what) => {
    if (what !== 'round') return;
    reads++;
    if (reads === 1) {
      for (const { fileId } of places.slice(0, 11)) await world.declaredFiles.deleteFile(fileId);
    } else if (reads === 2) {
      world.chain.number++;
      for (const { fileId } of places.slice(0, 11)) {
        world.chain.deletedAt.set(Buffer.from(fileId).toString('hex'), world.chain.number);
      }
    }
  };
  assert.equal(await world.keeper(ref).keep(world.signal), 'submitted');
  assert.equal(world.chain.proofs[0]!.asOf, world.chain.number);
  assert.equal(await areProofsRight(world, ref), true);
  assert.deepEqual(world.chain.calls, ['submitProof']);
});

test('when everything that was asked about is deleted there is nothing to answer', async () => {
  const { world, places } = await worldWith(1);
  const ref = world.chain.open(keyId);
  world.chain.deletedAt.set(Buffer.from(places[0]!.fileId).toString('hex'), world.chain.number);
  assert.equal(await world.keeper(ref).keep(world.signal), 'nothing');
});

test('a proof that the chain does not take is looked at again with a newer block', async () => {
  const { world } = await worldWith(1);
  const ref = world.chain.open(keyId);
  world.chain.refuseNext('submitProof', 'AsOfOutOfRange');
  assert.equal(await world.keeper(ref).keep(world.signal), 'submitted');
  assert.deepEqual(world.chain.calls, ['submitProof', 'submitProof']);
});

test('PODR2-6: a verdict "failed" on a right proof is disputed; a right one, and one on a wrong proof, are not', async () => {
  const { world } = await worldWith(1);
  const ref = world.chain.open(keyId);
  assert.equal(await world.keeper(ref).keep(world.signal), 'submitted');
  world.chain.judge(ref, true);
  assert.equal(await world.keeper(ref).keep(world.signal), 'nothing');
  const round = world.chain.openRounds.get(Buffer.from(keyId).toString('hex'))!;
  const judged = round.info.state.type === 'Judged' ? round.info.state.value : undefined;
  round.info = { ...round.info, state: { type: 'Judged', value: { ...judged!, passed: false } } };
  assert.equal(await world.keeper(ref).keep(world.signal), 'disputed');
  const wrong = judged!.proof.slice();
  wrong[0]! ^= 1;
  round.info = { ...round.info, state: { type: 'Judged', value: { ...judged!, proof: wrong, passed: false } } };
  assert.equal(await world.keeper(ref).keep(world.signal), 'nothing');
  assert.deepEqual(world.chain.calls, ['submitProof', 'dispute']);
});

test('a stopped provider lets go of its rounds', async () => {
  const { world } = await worldWith(1);
  const ref = world.chain.open(keyId);
  world.chain.isDown = true;
  const controller = new AbortController();
  world.chain.onRead = () => controller.abort();
  await assert.rejects(world.keeper(ref).keep(controller.signal));
});
