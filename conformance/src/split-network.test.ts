// R2S-5, GR-81: eleven validators on machines of their own, cut into six and five for minutes: neither side finalizes, and after it they agree
// on one chain. With CESS_SOAK=1.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { systemTimers } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { MachineValidators } from './support/machine-validators.js';
import { machinesUnavailable } from './support/machines.js';

const reason = process.env.CESS_SOAK === '1' ? machinesUnavailable() : 'needs CESS_SOAK=1';
const all = [...Array(11).keys()];
const slotDurationMs = 3_000;
const splitMs = 180_000;

describe('eleven validators that are cut into six and five', {
  skip: reason === undefined ? false : `NOT RUN: ${reason}`,
}, () => {
  let network: MachineValidators;
  before(async () => {
    network = new MachineValidators(all.length);
    await network.start({ count: all.length, slotDurationMs, balances: [] });
  });
  after(() => network?.destroy());

  it('finalize the same blocks', () => network.reach(4, all));

  it('finalize nothing while they are apart, and one chain when they are together again', async (context) => {
    const cut = all.slice(6);
    network.machines.split(cut);
    // What was voted before may still become final.
    const standing = (await network.finalized(0)) + 3;
    const from = await network.best(0);
    await systemTimers.sleep(splitMs);
    assert.ok((await network.best(0)) >= from + 4, 'six go on with blocks');
    assert.ok((await network.finalized(0)) <= standing);
    const waiting = await network.best(0);
    network.machines.join(cut);
    const beganMs = performance.now();
    await eventually(async () => (await network.finalized(0)) >= waiting, 'finality', 200);
    const slots = (performance.now() - beganMs) / slotDurationMs;
    context.diagnostic(`${waiting - standing} blocks were final ${slots.toFixed(1)} slots after the end of the split`);
    await network.reach(waiting, all);
    await network.reach((await network.finalized(0)) + 3, all);
  });
});
