// CHAIN-5: four authorities as processes, each with its key file and configuration: they finalize over the peer-to-peer network, go on after kill -9 of
// one, stop finalizing after that of a second, and go on when both are back with their data.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually } from '@cess/primitives/testing';
import { ValidatorNodes } from './support/validator-nodes.js';

const seats = [0, 1, 2, 3];
/** The process that is a candidate, and no authority of the genesis. */
const candidateSeat = 4;

describe('four validators as processes', () => {
  const nodes = new ValidatorNodes({
    authorities: seats.length,
    candidates: 1,
    slotDurationMs: 1_000,
    elections: {
      ...{ slotsPerEpoch: 10, epochsPerEra: 2, seats: 4, reportEras: 0, deferralEras: 0, coolingOffEras: 1 },
      ...{ trials: 4, trialsRequired: 2 },
    },
  });
  const validator = (...args: string[]) => ['--rpc', nodes.endpoint(0), 'validator', ...args];
  const run = (...args: string[]) => nodes.run(candidateSeat, ...args);
  const cess = (...args: string[]) => nodes.cess(candidateSeat, ...args);
  const status = async () => (await cess(...validator('status'))) as Readonly<Record<string, string | number>>;
  const finalized = (seat: number) => nodes.finalized(seat);
  const best = (seat: number) => nodes.best(seat);
  const reach = (number: number, of: readonly number[]) => nodes.reach(number, of);

  before(() => nodes.start());
  after(() => nodes.destroy());

  it('finalize the same blocks', async () => {
    await reach(5, seats);
  });

  it('go on after kill -9 of one', async () => {
    await nodes.kill(3);
    await reach((await finalized(0)) + 4, [0, 1, 2]);
  });

  it('make blocks but finalize none after kill -9 of a second one', async () => {
    await nodes.kill(2);
    const [standing, from] = [Math.max(await finalized(0), await finalized(1)), await best(0)];
    await eventually(async () => (await best(0)) >= from + 4, 'blocks without finality');
    // What was voted before may have become final since.
    assert.ok(Math.max(await finalized(0), await finalized(1)) <= standing + 2);
  });

  it('GR-81: finalize what was made meanwhile when both are back', async () => {
    const waiting = await best(0);
    await nodes.startOne(2);
    await nodes.startOne(3);
    await reach(waiting, seats);
  });

  it('R2S-1, R2S-3, R2S-8, R2S-10: a candidate that stakes more and answers its trials takes a seat, exits, and gets its stake back', async () => {
    await nodes.startOne(candidateSeat);
    await run(...validator('register', '--key', nodes.path(`authority-${candidateSeat}.json`), '--stake', '4000'));
    await eventually(async () => (await status()).seat !== 'none', 'a seat for the candidate');
    assert.match(String((await status()).trials), /^[234] of the last 4 answered, 2 needed: enough/);
    assert.ok(Number((await status())['set of voters']) >= 1);
    await reach((await finalized(0)) + 5, [...seats, candidateSeat]);
    const listed = (await cess(...validator('list'))) as { readonly seated: string }[];
    assert.deepEqual(listed.map(({ seated }) => seated).sort(), ['no', 'yes', 'yes', 'yes', 'yes']);
    await run(...validator('exit'));
    await eventually(async () => (await status()).seat === 'none', 'the end of its last era');
    await reach((await finalized(0)) + 3, seats);
    const { figures, eras } = (await cess(...validator('eras'))) as {
      readonly figures: { readonly holders: number };
      readonly eras: { readonly newcomers: number }[];
    };
    assert.equal(figures.holders, 5);
    assert.ok(eras.filter(({ newcomers }) => newcomers === 1).length >= 2, 'in and out again');
    await eventually(
      () =>
        run(...validator('withdraw')).then(
          () => true,
          () => false,
        ),
      'the stake is free',
    );
    assert.equal((await status()).state, 'no candidate');
  });
});
