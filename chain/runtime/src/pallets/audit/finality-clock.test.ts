// Nodes act on finalized blocks only, so a stall of finality is nobody's fault (docs/protocol/audit.md §4.7).
import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { shake256 } from '@cess/crypto';
import { elementAt, utf8 } from '@cess/primitives';
import { query, stakeFor, tx } from '../../index.js';
import { AuditScenario } from '../../test-support/audit-scenario.js';
import { finalizedNumber } from '../randomness/index.js';
import { MAX_FINALITY_LAG } from './duty-clock.js';

const PROVIDER = 0;
const PERIODS = { cycle: 20, proof: 14, verdict: 14, dispute: 5, claim: 60 };
const anyProof = new Uint8Array(128).fill(1);
const keyOf = (chain: AuditScenario) => elementAt(chain.workers, 0).keyId;
const round = (chain: AuditScenario) => query.Audit.Challenges.get(chain, PROVIDER, keyOf(chain));
const lost = (chain: AuditScenario) => query.Audit.LostBlocks.get(chain);

function network(): AuditScenario {
  const chain = new AuditScenario(1);
  query.Audit.Periods.put(chain, PERIODS);
  chain.tagFile(chain.storeFile(), [PROVIDER]);
  chain.advance(1);
  return chain;
}

/** Finalized heights as they are known when each block is made: finality runs one block behind, or stands for a while. */
function* finality(seed: string, start: number): Generator<number> {
  let number = start;
  for (let i = 0; ; i++) {
    const [kind = 0, length = 0] = shake256(2, utf8(`${seed}/${i}`));
    const stand = number;
    for (let n = 0; n < 1 + (length % (kind < 80 ? 70 : 15)); n++, number++)
      yield kind < 80 ? Math.max(0, stand - 1) : number - 1;
  }
}

/** Plays 1,200 blocks in which provider and worker act only on what is final; gives the outcomes of rounds. */
function play(seed: string, isNamed: boolean): { readonly chain: AuditScenario; readonly outcomes: string[] } {
  const chain = network();
  const heights = finality(seed, chain.number + 1);
  const account = elementAt(chain.providers, PROVIDER).account;
  const judge = elementAt(chain.workers, 0);
  const outcomes: string[] = [];
  let answeredAt = 0;
  let pause = 0;
  for (let i = 0; i < 1200; i++) {
    const final = elementAt([heights.next().value as number], 0);
    chain.finalized = isNamed ? final : undefined;
    chain.open();
    const info = round(chain);
    const isOpen = info?.state.type === 'Open' && info.opened_at <= final;
    const isAnswered = info?.state.type === 'Answered' && answeredAt <= final;
    if (info !== undefined && (isOpen || isAnswered) && pause-- <= 0) {
      if (isOpen) {
        const proof = { key_id: keyOf(chain), round: info.round, as_of: chain.number, proof: anyProof };
        assert.equal(chain.apply(account, tx.Audit.submit_proof(proof)).type, 'Ok');
        answeredAt = chain.number;
      } else {
        const verdicts = [chain.verdict(judge, PROVIDER, true)];
        assert.equal(chain.apply(judge.controller, tx.Audit.submit_verdicts({ verdicts })).type, 'Ok');
      }
      pause = elementAt([...shake256(1, utf8(`${seed}/pause/${i}`))], 0) % (PERIODS.proof - MAX_FINALITY_LAG - 3);
    }
    for (const { event } of chain.close().events)
      if (event.type === 'Audit' && event.value.type === 'RoundClosed') outcomes.push(event.value.value.outcome);
  }
  return { chain, outcomes };
}

for (const seed of ['calm', 'storm', 'flood', 'tide']) {
  test(`PODR2-4: nobody honest is punished, however finality stalls (seed ${seed})`, () => {
    const { chain, outcomes } = play(seed, true);
    assert.ok(outcomes.length >= 8 && outcomes.every((outcome) => outcome === 'Passed'), outcomes.join());
    const info = query.Sminer.Miners.get(chain, PROVIDER);
    assert.equal(info?.staked, stakeFor(info?.declared_space ?? 0n));
    assert.equal(query.TeeWorker.Workers.get(chain, 0)?.record.missed, 0);
  });
}

describe('the duty clock and finality', () => {
  it('the same stalls punish honest nodes where authors name no finalized block', () => {
    assert.ok(play('storm', false).outcomes.some((outcome) => outcome !== 'Passed'));
  });

  it('blocks are lost while finality lags behind by more than a few blocks, and only then', () => {
    const chain = network();
    const stand = chain.number;
    for (let i = 0; i < 40; i++) {
      chain.finalized = stand;
      chain.advance(1);
    }
    assert.equal(lost(chain), 39 - MAX_FINALITY_LAG);
    chain.finalized = chain.number;
    chain.advance(1);
    for (let i = 0; i < 20; i++) {
      chain.finalized = chain.number - MAX_FINALITY_LAG;
      chain.advance(1);
    }
    assert.equal(lost(chain), 39 - MAX_FINALITY_LAG);
  });

  it('claims of a seat only rise, and a claim about the block itself counts for nothing', () => {
    const chain = network();
    const known = chain.number;
    for (const claim of [known, 3, 1_000_000]) {
      chain.finalized = claim;
      chain.advance(1);
      assert.deepEqual(query.Randomness.FinalityClaims.get(chain), [known]);
    }
  });

  it('of seven seats two may lie: neither their high nor their low claims move the chain', () => {
    const chain = network();
    const height = (...claims: number[]) => {
      query.Randomness.FinalityClaims.put(chain, claims);
      return finalizedNumber(chain, 7);
    };
    assert.equal(height(100, 100, 100, 101, 100, 9_999, 9_999), 101);
    assert.equal(height(100, 100, 100, 101, 100, 0, 0), 100);
    assert.equal(height(100, 100), undefined, 'too few have named one');
  });
});
