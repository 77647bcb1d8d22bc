// R2S-7, R2S-11: the work of TEE workers moves an election; who is bound to nobody credits nobody; penalties cost credit.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CESS, concatBytes, utf8 } from '@cess/primitives';
import { query, tx } from './index.js';
import { createSchedulerCredit } from './pallets/scheduler-credit/index.js';
import { alice, bob, contextOver, GENESIS_HASH, Harness } from './test-support/harness.js';

const GiB = 1024n ** 3n;

function creditOver(chain: Harness) {
  let era = 0n;
  const credit = createSchedulerCredit({
    era: () => era,
    isCandidate: (at, account) => query.Staking.Candidates.has(at, account),
  });
  const ctx = contextOver(chain.ext);
  return { credit, ctx, setEra: (next: bigint) => (era = next) };
}

function withCandidates(): Harness {
  const chain = new Harness();
  for (const account of [alice, bob]) {
    const message = concatBytes(utf8('CESS/r2s-key/v1'), GENESIS_HASH, account.publicKey);
    const possession = account.sign(message);
    const call = tx.Staking.register({ stake: 1_000n * CESS, key: account.publicKey, possession });
    assert.equal(chain.run(account, call).error, undefined);
  }
  return chain;
}

describe('credit of candidates', () => {
  it('R2S-7, RS-12.5: is the share of the most work of an era, weighted over the five eras before', () => {
    const { credit, ctx, setEra } = creditOver(withCandidates());
    const of = (account: Uint8Array, era: bigint) => credit.creditOf(ctx, account, era);
    credit.noteWork(ctx, alice.publicKey, { taggedBytes: 4n * GiB });
    credit.noteWork(ctx, bob.publicKey, { taggedBytes: 1n * GiB });
    assert.equal(of(alice.publicKey, 0n), 0, 'the era that runs does not count');
    assert.deepEqual([of(alice.publicKey, 1n), of(bob.publicKey, 1n)], [500, 125]);
    assert.deepEqual([of(alice.publicKey, 2n), of(alice.publicKey, 5n), of(alice.publicKey, 6n)], [200, 50, 0]);
    setEra(1n);
    credit.noteWork(ctx, bob.publicKey, { verifiedServiceBytes: GiB });
    assert.deepEqual([of(alice.publicKey, 2n), of(bob.publicKey, 2n)], [200, 550]);
  });

  it('R2S-7, RS-12.5: penalties cost (10 · n)² of an era', () => {
    const { credit, ctx } = creditOver(withCandidates());
    credit.noteWork(ctx, alice.publicKey, { taggedBytes: GiB });
    credit.notePenalty(ctx, alice.publicKey);
    credit.notePenalty(ctx, alice.publicKey);
    assert.equal(credit.creditOf(ctx, alice.publicKey, 1n), 300, '50 % of 1000 − 400');
  });

  it('R2S-11: an account that is no candidate earns none', () => {
    const chain = withCandidates();
    const { credit, ctx } = creditOver(chain);
    const stranger = new Uint8Array(32).fill(77);
    credit.noteWork(ctx, stranger, { taggedBytes: GiB });
    assert.equal(query.SchedulerCredit.Ledgers.has(chain, stranger), false);
    assert.deepEqual(query.SchedulerCredit.MostWork.get(chain), []);
  });

  it('keeps six eras of a candidate, whatever happens in them', () => {
    const chain = withCandidates();
    const { credit, ctx, setEra } = creditOver(chain);
    for (let era = 0n; era < 20n; era++) {
      setEra(era);
      credit.noteWork(ctx, alice.publicKey, { taggedBytes: GiB * (era + 1n) });
    }
    assert.deepEqual(
      query.SchedulerCredit.Ledgers.get(chain, alice.publicKey).map(({ era }) => era),
      [14n, 15n, 16n, 17n, 18n, 19n],
    );
    assert.equal(query.SchedulerCredit.MostWork.get(chain).length, 6);
    credit.forget(ctx, alice.publicKey);
    assert.equal(credit.creditOf(ctx, alice.publicKey, 20n), 0);
  });
});
