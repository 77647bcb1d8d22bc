// Which rounds the prover hears of, and what follows a concession.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../test-support/auto-timers.js';
import { DutyWorld, tagAll } from '../test-support/duty-world.js';
import { ownIndex } from '../test-support/fake-duty-chain.js';
import { workerA } from '../test-support/test-tee.js';

const { keyId } = workerA.record;

async function setting(count: number) {
  const world = await DutyWorld.create();
  const places = [];
  for (let i = 0; i < count; i++) places.push(await world.hold(world.declare(i + 1, [ownIndex, 10, 11, 12]), 0));
  await tagAll(world);
  return { world, places, prover: world.prover() };
}

test('rounds that are open at the start are found and answered; the next one is heard of by its event', async () => {
  const { world, prover } = await setting(1);
  const first = world.chain.open(keyId);
  prover.start();
  await until(() => world.chain.proofs.length === 1);
  prover.observe([{ type: 'closed', ...first, provider: ownIndex, outcome: 'Passed' }]);
  const second = world.chain.open(keyId, 1);
  prover.observe([
    { type: 'challenged', ...second, provider: 9 },
    { type: 'challenged', ...second, provider: ownIndex },
    { type: 'challenged', ...second, provider: ownIndex },
  ]);
  await until(() => world.chain.proofs.length === 2);
  await prover.settled();
  assert.deepEqual(world.counts.progress.proofs, { passed: 0, submitted: 2, conceded: 0 });
  assert.equal(world.counts.progress.lastProofRound, 1);
  await prover.stop();
});

test('what others are asked is not answered', async () => {
  const { world, prover } = await setting(1);
  const ref = world.chain.open(keyId);
  prover.observe([{ type: 'challenged', ...ref, provider: 9 }]);
  await prover.settled();
  assert.deepEqual(world.chain.proofs, []);
  await prover.stop();
});

test('a verdict against a right proof is heard of and disputed', async () => {
  const { world, prover } = await setting(1);
  const ref = world.chain.open(keyId);
  prover.observe([{ type: 'challenged', ...ref, provider: ownIndex }]);
  await prover.settled();
  world.chain.judge(ref, false);
  prover.observe([{ type: 'judged', ...ref, provider: ownIndex, passed: false }]);
  await prover.settled();
  assert.equal(world.chain.calls.at(-1), 'dispute');
  await prover.stop();
});

test('PODR2-4: after a concession everything else that is gone is reported as lost', async () => {
  const { world, places, prover } = await setting(12);
  const ref = world.chain.open(keyId);
  const unasked = await world.hold(world.declare(50, [ownIndex, 10, 11, 12]), 0);
  const kept = await world.hold(world.declare(51, [ownIndex, 10, 11, 12]), 0);
  for (const place of places) world.rot(place);
  await world.vanish(unasked);
  world.declare(52, [ownIndex, 10, 11, 12]);
  prover.observe([{ type: 'challenged', ...ref, provider: ownIndex }]);
  await prover.settled();
  assert.equal(world.counts.progress.proofs.conceded, 1);
  const reported = world.chain.lossReports.flat().map(({ fileId }) => fileId[0]);
  assert.deepEqual(reported, [50, 52]);
  assert.ok(kept);
  await prover.stop();
});
