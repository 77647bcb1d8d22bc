// Stalls are nobody's fault (docs/protocol/audit.md §4.7): a period lasts as many blocks that can take duties as it should.
import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { shake256 } from '@cess/crypto';
import { elementAt, utf8 } from '@cess/primitives';
import { query, stakeFor, tx } from '../../index.js';
import { AuditScenario } from '../../test-support/audit-scenario.js';

const PROVIDER = 0;
const PERIODS = { cycle: 20, proof: 8, verdict: 6, dispute: 5, claim: 60 };
const anyProof = new Uint8Array(128).fill(1);
const keyOf = (chain: AuditScenario) => elementAt(chain.workers, 0).keyId;
const round = (chain: AuditScenario) => query.Audit.Challenges.get(chain, PROVIDER, keyOf(chain));
const provider = (chain: AuditScenario) => query.Sminer.Miners.get(chain, PROVIDER);

/** A provider with one tagged fragment; rounds are short. */
function network(): AuditScenario {
  const chain = new AuditScenario(1);
  query.Audit.Periods.put(chain, PERIODS);
  chain.tagFile(chain.storeFile(), [PROVIDER]);
  chain.advance(1);
  return chain;
}

/** One block. Full blocks take no calls. Gives the outcome of the provider's round, if it closed. */
function block(chain: AuditScenario, isFull: boolean, act: () => void): string | undefined {
  chain.open();
  if (!isFull) act();
  const { events } = chain.close();
  query.System.DutyRoomExhausted.put(chain, isFull);
  for (const { event } of events) {
    if (event.type === 'Audit' && event.value.type === 'RoundClosed') return event.value.value.outcome;
  }
  return undefined;
}

/** Stretches of full and of usable blocks, from a seed. */
function* weather(seed: string): Generator<boolean> {
  for (let i = 0; ; i++) {
    const [kind = 0, length = 0, share = 0, dice = 0] = shake256(4, utf8(`${seed}/${i}`));
    const blocks = kind < 64 ? length % 60 : 1 + (length % 12);
    for (let n = 0; n < blocks; n++) yield kind < 64 || ((dice + 37 * n) & 0xff) < share / 2;
  }
}

for (const seed of ['calm', 'storm', 'flood', 'tide']) {
  test(`PODR2-4: an honest provider and worker are never punished, whatever blocks are full (seed ${seed})`, () => {
    const chain = network();
    const full = weather(seed);
    const account = elementAt(chain.providers, PROVIDER).account;
    const judge = elementAt(chain.workers, 0);
    let passed = 0;
    let pause = 0;
    for (let i = 0; i < 1200; i++) {
      const isFull = full.next().value === true;
      const outcome = block(chain, isFull, () => {
        const info = round(chain);
        // Each duty is done in the last block that could take it, or earlier.
        if (pause-- > 0 || info === undefined) return;
        if (info.state.type === 'Open') {
          const proof = { key_id: keyOf(chain), round: info.round, as_of: chain.number, proof: anyProof };
          assert.equal(chain.apply(account, tx.Audit.submit_proof(proof)).type, 'Ok');
        } else if (info.state.type === 'Answered') {
          const verdicts = [chain.verdict(judge, PROVIDER, true)];
          assert.equal(chain.apply(judge.controller, tx.Audit.submit_verdicts({ verdicts })).type, 'Ok');
        } else {
          return;
        }
        pause = elementAt([...shake256(1, utf8(`${seed}/pause/${i}`))], 0) % (PERIODS.verdict - 1);
      });
      if (outcome === 'Passed') passed++;
      else assert.equal(outcome, undefined, `block ${i}`);
    }
    assert.ok(passed >= 10, `${passed} rounds passed`);
    assert.equal(provider(chain)?.staked, stakeFor(provider(chain)?.declared_space ?? 0n));
    assert.equal(query.TeeWorker.Workers.get(chain, 0)?.record.missed, 0);
  });

  test(`PODR2-4: a silent provider is struck after exactly its blocks (seed ${seed})`, () => {
    const chain = network();
    const full = weather(seed);
    let usable = 0;
    let late = 0;
    for (let i = 0; i < 3000 && late < 3; i++) {
      const isFull = full.next().value === true;
      const before = round(chain);
      const outcome = block(chain, isFull, () => {});
      if (before === undefined) usable = 0;
      else if (outcome === undefined && !isFull) usable++;
      if (outcome !== 'Late') continue;
      late++;
      assert.ok(usable === PERIODS.proof || usable === PERIODS.proof + 1, `${usable} of ${PERIODS.proof} blocks`);
      usable = 0;
    }
    assert.equal(provider(chain)?.state, 'Expelled', 'stalls protect nobody for ever');
  });
}

describe('Audit: duty clock', () => {
  it('CHAIN-6: a chain that stood still gives a minute to come back', () => {
    const chain = network();
    chain.untilChallenged(PROVIDER);
    const deadline = round(chain)?.deadline ?? 0;
    while (chain.number < deadline - 2) chain.advance(1);
    chain.slot += 3600n;
    chain.advance(1);
    const resumed = chain.number;
    while (round(chain)?.state.type === 'Open') chain.advance(1);
    assert.ok(chain.number >= resumed + 60, `closed after ${chain.number - resumed} blocks`);
    assert.ok(chain.number <= resumed + 60 + 4);
  });

  it('without a full block or a gap nothing is lost', () => {
    const chain = network();
    chain.advance(100);
    assert.equal(query.Audit.LostBlocks.get(chain), 0);
    assert.deepEqual([...query.Audit.LostBefore.entries(chain, [])], []);
  });
});
