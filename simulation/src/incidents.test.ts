// The incidents of other networks as scenarios (docs/protocol/simulation.md §8), with the letters of that table.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { replayLine } from './replay.js';
import { planOf } from './scenarios.js';
import { type Outcome, simulate } from './simulation.js';

/** Rounds from the healing until everything is final. */
const recoveryRounds = 3;

async function holds(scenario: string, seed: number): Promise<Outcome> {
  const outcome = await simulate(planOf(scenario, seed));
  assert.deepEqual(outcome.violations, [], replayLine(outcome.plan));
  return outcome;
}

async function recovers(scenario: string, seed: number): Promise<Outcome> {
  const outcome = await holds(scenario, seed);
  const { rounds = Number.NaN } = outcome.recovery ?? {};
  assert.ok(rounds <= recoveryRounds, `${rounds} rounds: ${replayLine(outcome.plan)}`);
  return outcome;
}

describe('incidents of other networks', () => {
  it('(a) substrate#4464: a whole epoch without a block does not end the chain', async () => {
    for (const seed of [1, 2]) await recovers('empty-epoch', seed);
  });

  it('(b) Polkadot era 51, substrate#7372: a database from a backup votes no round again', async () => {
    for (const seed of [101, 102, 103, 104]) await holds('backups', seed);
  });

  it('(c) substrate#2304: a voter in the next round still serves the votes of the last one', async () => {
    for (const seed of [1, 2, 3]) await recovers('unheard-voter', seed);
  });

  it('(d) humanode#1104, polkadot-sdk#5153: finality goes on where fork choice left the branch of the estimate', async () => {
    for (const seed of [16, 24, 1]) await recovers('left-branch', seed);
  });

  it('(f) substrate#4835: without a quorum finality stands, blocks get rare, and nothing takes the place of votes', async () => {
    const outcome = await recovers('no-quorum', 1);
    assert.ok(outcome.authored < 150, `${outcome.authored} blocks in 30 minutes of which 29 had two authors`);
  });

  it('(h) finality-grandpa#5, substrate#10992: equivocators beside, below and above the others stop no voter', async () => {
    // In some seeds, as in 3, nobody takes a commit with the second vote.
    for (const seed of [1, 2, 4]) {
      const outcome = await recovers('equivocators', seed);
      assert.equal(outcome.proven.length, 2, 'both are proven');
    }
  });
});

describe('colluders of eleven', () => {
  it('SI-30, SI-40: three with two faces each break nothing, and are proven', async () => {
    const outcome = await holds('colluders-3', 2);
    assert.equal(outcome.proven.length, 3);
  });

  it('SI-30: four can stop finality, and cannot finalize two blocks: two quorums of eight share five members', async () => {
    // In some seeds, as in 1, the two faces of one of them never vote differently.
    const outcome = await holds('colluders-4', 2);
    assert.deepEqual([outcome.conflicts, outcome.proven.length], [0, 4]);
  });

  it('SI-38, GR-62, GR-63: five finalize conflicting blocks, and are proven', async () => {
    const outcome = await holds('colluders-5', 1);
    assert.ok(outcome.conflicts > 0);
    assert.equal(outcome.proven.length, 5, outcome.proven.join());
  });
});
