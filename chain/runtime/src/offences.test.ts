// R2S-5, R2S-7: who makes two blocks in a slot or votes twice is proven, slashed and removed; governance can cancel; nobody else is.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAX_EQUIVOCATION_BYTES } from '@cess/consensus';
import { createEd25519Signer } from '@cess/crypto';
import { CESS, elementAt, toHex } from '@cess/primitives';
import { TREASURY_ACCOUNT } from './accounts.js';
import { query, tx } from './index.js';
import { MAX_AUTHORSHIP_PROOF_BYTES } from './pallets/offences/declaration.js';
import { failsWith } from './test-support/fails.js';
import { alice, bob, carol, Harness } from './test-support/harness.js';
import { amountHeld, assertIssuanceAgrees } from './test-support/ledger-books.js';
import { twoBlocks, twoVotes } from './test-support/offences.js';

const STAKE = 1_000n * CESS;
const members = [21, 22, 23, 24, 25].map((byte) => createEd25519Signer(new Uint8Array(32).fill(byte)));
const [offender, other] = [elementAt(members, 0), elementAt(members, 1)];
type Signer = typeof alice;

/** Eras of 8 slots; five members, of whom four have seats after the first era. */
function chainOf(): Harness {
  const chain = new Harness(1000, {
    authorities: members.map(({ publicKey }) => ({ key: publicKey, account: publicKey })),
    periods: { slotsPerEpoch: 4, epochsPerEra: 2 },
    stakingRules: { seats: 4, report_eras: 3, deferral_eras: 2, cooling_off_eras: 6 },
    governance: carol.publicKey,
  });
  chain.advance(1);
  return chain;
}

const eraOf = (chain: Harness) => query.Session.Clock.get(chain)?.era ?? -1n;
const reachEra = (chain: Harness, era: bigint) => {
  while (eraOf(chain) < era) chain.advance(1);
};
const reportBlocks = (signer: Signer, slot: bigint) =>
  tx.Offences.report_authorship({ proof: twoBlocks(signer, slot) });
const reportVotes = (signer: Signer, setId = 0) => tx.Offences.report_votes({ proof: twoVotes(signer, setId) });
const stakeOf = (chain: Harness, { publicKey }: Signer) => amountHeld(chain, publicKey, 'Staking.Stake');
const seatsOf = (chain: Harness) =>
  (query.Session.Clock.get(chain)?.seats ?? []).map((holder) => holder && toHex(holder.account));

describe('offences', () => {
  it('R2S-7, RS-12.6: a double author loses its seat at once, its stake after the deferral, and the reporter is rewarded', () => {
    const chain = chainOf();
    const before = chain.free(bob.publicKey);
    assert.equal(chain.run(bob, reportBlocks(offender, chain.slot)).error, undefined);
    assert.equal(chain.free(bob.publicKey), before, 'a proof that holds is free');
    assert.ok(!seatsOf(chain).includes(toHex(offender.publicKey)));
    assert.equal(query.Staking.Candidates.get(chain, offender.publicKey)?.state, 'Removed');
    assert.equal(stakeOf(chain, offender), STAKE, 'until the deferral is over');
    reachEra(chain, 2n);
    // min((3 · 1 / 5)², 1) = 36 %
    const slashed = (STAKE * 36n) / 100n;
    assert.equal(stakeOf(chain, offender), STAKE - slashed);
    assert.equal(chain.free(bob.publicKey), before + slashed / 10n);
    assert.ok(chain.free(TREASURY_ACCOUNT) >= slashed - slashed / 10n);
    assert.ok(!seatsOf(chain).includes(toHex(offender.publicKey)), 'and it is not elected again');
    assertIssuanceAgrees(chain);
    assert.deepEqual(chain.hookFailures, []);
  });

  it('R2S-7: a candidate of the pool takes the seat, and is no voter within the era', () => {
    const chain = chainOf();
    reachEra(chain, 1n);
    const [spare] = query.Staking.Pool.get(chain);
    assert.ok(spare);
    const seated = members.find(({ publicKey }) => toHex(publicKey) !== toHex(spare.account));
    assert.ok(seated);
    const voters = query.Grandpa.Authorities.get(chain);
    chain.run(bob, reportVotes(seated, Number(query.Grandpa.CurrentSetId.get(chain))));
    assert.ok(seatsOf(chain).includes(toHex(spare.account)));
    assert.deepEqual(query.Grandpa.Authorities.get(chain), voters);
    assert.equal(query.Staking.Candidates.get(chain, spare.account)?.last_seat, 1n);
    chain.advance(8);
    assert.deepEqual(chain.hookFailures, []);
  });

  it('R2S-5: a second offender raises what the first one loses, a third costs both all', () => {
    const chain = chainOf();
    chain.run(bob, reportBlocks(offender, chain.slot));
    chain.run(bob, reportVotes(other));
    const taken = () => query.Staking.Candidates.get(chain, offender.publicKey)?.slashed;
    reachEra(chain, 2n);
    assert.equal(taken(), STAKE, 'min((3 · 2 / 5)², 1) = 1');
    assert.equal(stakeOf(chain, other), 0n);
  });

  it('RS-12.7: a slash is cancelled by governance only, and who was barred takes part again', () => {
    const chain = chainOf();
    chain.run(bob, reportBlocks(offender, chain.slot));
    const cancel = tx.Offences.cancel_slash({ account: offender.publicKey, era: 0n });
    failsWith(chain, alice, cancel, 'NotGovernance');
    assert.equal(chain.run(carol, cancel).error, undefined);
    failsWith(chain, carol, cancel, 'NoSuchSlash');
    reachEra(chain, 3n);
    assert.equal(stakeOf(chain, offender), STAKE);
    assert.equal(query.Staking.Candidates.get(chain, offender.publicKey)?.state, 'Active');
  });

  it('RS-12.7: governance names its successor, or none', () => {
    const chain = chainOf();
    chain.run(carol, tx.Offences.set_governance({ account: alice.publicKey }));
    failsWith(chain, carol, tx.Offences.set_governance({ account: carol.publicKey }), 'NotGovernance');
    chain.run(alice, tx.Offences.set_governance({ account: undefined }));
    failsWith(chain, alice, tx.Offences.set_governance({ account: alice.publicKey }), 'NotGovernance');
  });

  it('R2S-5: refuses what proves nothing, strangers, repetitions and what is too old, for a fee', () => {
    const chain = chainOf();
    const valid = twoBlocks(offender, chain.slot);
    failsWith(chain, bob, tx.Offences.report_authorship({ proof: valid.slice(0, -1) }), 'ProofInvalid');
    failsWith(chain, bob, tx.Offences.report_votes({ proof: twoVotes(offender, 7) }), 'ProofInvalid');
    failsWith(chain, bob, tx.Offences.report_votes({ proof: new Uint8Array(40).fill(0xff) }), 'ProofInvalid');
    failsWith(chain, bob, reportBlocks(alice, chain.slot), 'NotMember');
    const before = chain.free(bob.publicKey);
    chain.run(bob, tx.Offences.report_authorship({ proof: valid }));
    assert.equal(chain.free(bob.publicKey), before);
    failsWith(chain, bob, tx.Offences.report_authorship({ proof: valid }), 'AlreadyReported');
    assert.ok(chain.free(bob.publicKey) < before);
    const slot = chain.slot;
    reachEra(chain, 4n);
    failsWith(chain, bob, reportBlocks(other, slot), 'TooOld');
  });

  it('the largest proof of consensus fits', () => {
    assert.equal(MAX_AUTHORSHIP_PROOF_BYTES, MAX_EQUIVOCATION_BYTES);
  });
});
