// Nobody escapes a slash (docs/protocol/audit.md §5): stake stays until every question that was asked has ended.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { invariant } from '@cess/primitives';
import { nodeKeyPossessionMessage } from '@cess/types';
import { query, stakeFor, tx } from '../../index.js';
import { AuditScenario, find } from '../../test-support/audit-scenario.js';
import { failsWith } from '../../test-support/fails.js';
import { alice, carol, GENESIS_HASH } from '../../test-support/harness.js';
import { providerSigners, registration } from '../../test-support/storage-scenario.js';

const PROVIDER = 0;
const BIG = 100n * (1n << 40n);
const wrongProof = new Uint8Array(128).fill(1);
const provider = (chain: AuditScenario, index = PROVIDER) => query.Sminer.Miners.get(chain, index)!;
const reserved = (chain: AuditScenario, account: Uint8Array) => query.System.Account.get(chain, account).data.reserved;
const keyOf = (chain: AuditScenario) => chain.workers[0]!.keyId;

/** A provider with a large declaration that holds two tagged fragments; rounds are short. */
function withTagged(): { readonly chain: AuditScenario; readonly account: ReturnType<typeof accountOf> } {
  const chain = new AuditScenario();
  query.Audit.Periods.put(chain, { cycle: 12, proof: 6, verdict: 6, dispute: 6, claim: 60 });
  const account = accountOf(chain);
  chain.endow(account.publicKey, 500_000n);
  chain.must(account, tx.Sminer.increase_declaration_space({ bytes: BIG }));
  for (let i = 0; i < 2; i++) chain.tagFile(chain.storeFile(), [PROVIDER]);
  return { chain, account };
}
const accountOf = (chain: AuditScenario) => chain.providers[PROVIDER]!.account;

/** Issues tokens to an account. */
function issue(chain: AuditScenario, who: Uint8Array, amount: bigint): void {
  const info = query.System.Account.get(chain, who);
  query.System.Account.put(chain, who, { ...info, data: { ...info.data, free: info.data.free + amount } });
  query.Balances.TotalIssuance.put(chain, query.Balances.TotalIssuance.get(chain) + amount);
}

/** A proof of nothing, judged as failed: the slash falls due at the end of the dispute window. */
function failRound(chain: AuditScenario): void {
  chain.untilChallenged(PROVIDER);
  const { worker } = chain.answer(PROVIDER, wrongProof);
  chain.judge(worker, PROVIDER, false);
}

const lossOf = (chain: AuditScenario) => {
  const places = [...query.FileBank.HeldBy.entries(chain, [PROVIDER])].map(([[, file_id, segment, fragment]]) => ({
    file_id,
    segment,
    fragment,
  }));
  return tx.FileBank.report_loss({ places });
};

describe('Sminer: unbonding', () => {
  it('ECON-3: reporting the losses of a failed round and leaving does not escape its slash', () => {
    const { chain, account } = withTagged();
    const stake = provider(chain).staked;
    failRound(chain);
    chain.must(account, lossOf(chain));
    failsWith(chain, account, tx.Sminer.miner_exit({}), 'RoundsOpen');
    assert.equal(chain.untilClosed(PROVIDER), 'Invalid');
    const slash = (stakeFor(provider(chain).declared_space) * 50n) / 1000n;
    assert.ok(provider(chain).staked <= stake - slash);
    chain.must(account, tx.Sminer.miner_exit({}));
    assert.equal(provider(chain).staked, 0n);
    chain.advance(60);
    assert.equal(reserved(chain, account.publicKey), 0n, 'the rest is free');
  });

  it('ECON-3: a smaller declaration does not make the slash of a running round smaller', () => {
    const { chain, account } = withTagged();
    const before = provider(chain).staked;
    failRound(chain);
    chain.must(account, tx.Sminer.decrease_declaration_space({ bytes: BIG }));
    const small = stakeFor(provider(chain).declared_space);
    assert.equal(provider(chain).staked, small);
    assert.equal(reserved(chain, account.publicKey), before, 'what unbonds is still reserved');
    assert.equal(chain.untilClosed(PROVIDER), 'Invalid');
    const slash = (before * 50n) / 1000n;
    assert.equal(reserved(chain, account.publicKey), before - slash, '5 % of the stake when the round opened');
    assert.equal(provider(chain).debt, 0n);
    chain.advance(80);
    assert.equal(reserved(chain, account.publicKey), 0n + provider(chain).staked, 'the rest is free');
  });

  it('ECON-3: stake stays while a question that was asked before is open, however long that takes', () => {
    const { chain, account } = withTagged();
    chain.untilChallenged(PROVIDER);
    chain.must(account, tx.Sminer.decrease_declaration_space({ bytes: BIG }));
    // Nobody judges: the question is asked again and again.
    query.TeeWorker.VerifierCount.put(chain, 0);
    for (let i = 0; i < 6; i++) {
      chain.untilChallenged(PROVIDER);
      const { round } = query.Audit.Challenges.get(chain, PROVIDER, keyOf(chain))!;
      const call = tx.Audit.submit_proof({ key_id: keyOf(chain), round, as_of: chain.number, proof: wrongProof });
      chain.must(account, call);
      assert.equal(chain.untilClosed(PROVIDER), 'Void');
    }
    assert.ok((query.Sminer.UnbondingTotal.get(chain, PROVIDER) ?? 0n) > 0n);
    chain.untilChallenged(PROVIDER);
    chain.must(account, tx.Audit.concede({ key_id: keyOf(chain), round: 0 }));
    chain.advance(80);
    assert.equal(query.Sminer.UnbondingTotal.get(chain, PROVIDER), undefined);
    assert.equal(reserved(chain, account.publicKey), provider(chain).staked);
  });

  it('stake of smaller declarations is released in parts, each after its period', () => {
    const { chain, account } = withTagged();
    const [first, second] = [10n, 20n].map((tib) => tib * (1n << 40n)) as [bigint, bigint];
    query.Audit.Periods.put(chain, { ...query.Audit.Periods.get(chain), cycle: 40 });
    const before = reserved(chain, account.publicKey);
    for (const bytes of [first, second]) {
      chain.must(account, tx.Sminer.decrease_declaration_space({ bytes }));
      chain.advance(3);
    }
    const releases: bigint[] = [];
    for (let last = before; releases.length < 2; chain.advance(1)) {
      const now = reserved(chain, account.publicKey);
      if (now < last) releases.push(last - now);
      last = now;
      invariant(chain.number < 1000, 'the stake is released');
    }
    assert.deepEqual(releases, [stakeFor(first), stakeFor(second)]);
  });

  it('ECON-3: owners whom the stake did not cover are paid by new collateral before the treasury', () => {
    const { chain, account } = withTagged();
    query.StorageHandler.UnitPrice.put(chain, 10n ** 30n);
    chain.must(account, lossOf(chain));
    const { debt } = provider(chain);
    const unpaid = query.Sminer.Unpaid.get(chain, PROVIDER, alice.publicKey) ?? 0n;
    assert.ok(unpaid > 0n && unpaid < debt, 'a reported loss costs the refunds twice');
    const owner = chain.free(alice.publicKey);
    const part = unpaid / 4n;
    const collateral = (amount: bigint) => chain.must(account, tx.Sminer.increase_collateral({ amount }));
    issue(chain, account.publicKey, 2n * debt);
    collateral(part);
    assert.equal(chain.free(alice.publicKey), owner + part, 'all of it');
    collateral(debt - part);
    assert.equal(chain.free(alice.publicKey), owner + unpaid);
    assert.equal(query.Sminer.Unpaid.get(chain, PROVIDER, alice.publicKey), undefined);
    assert.equal(provider(chain).debt, 0n);
  });

  it('STORE-9: a declaration does not shrink below the space that the network has sold', () => {
    const { chain, account } = withTagged();
    const declared = query.Sminer.TotalDeclaredSpace.get(chain);
    query.StorageHandler.PurchasedSpace.put(chain, declared - 10n);
    failsWith(chain, account, tx.Sminer.decrease_declaration_space({ bytes: 11n }), 'SpaceSold');
    chain.must(account, tx.Sminer.decrease_declaration_space({ bytes: 10n }));
  });

  it('a node key stays with its former provider until that can no longer be slashed', () => {
    const { chain, account } = withTagged();
    const old = chain.providers[PROVIDER]!.node;
    const { node: next } = providerSigners(77);
    const possession = (who: Uint8Array, node: typeof old) => node.sign(nodeKeyPossessionMessage(GENESIS_HASH, who));
    const changeTo = (node: typeof old) =>
      tx.Sminer.update_node_key({
        node_key: node.publicKey,
        proof_of_possession: possession(account.publicKey, node),
      });
    chain.must(account, changeTo(next));
    assert.equal(query.Sminer.NodeKeys.get(chain, old.publicKey), undefined, 'it signs for nobody');
    const claim = registration(carol, old, { declared_space: 1n });
    failsWith(chain, carol, claim, 'NodeKeyInUse');
    chain.must(account, changeTo(old));
    chain.must(account, changeTo(next));
    while (query.Audit.Challenges.has(chain, PROVIDER, keyOf(chain)) || chain.number < 120) {
      if (query.Audit.Challenges.get(chain, PROVIDER, keyOf(chain))?.state.type === 'Open') chain.passRound(PROVIDER);
      chain.advance(1);
    }
    chain.must(carol, claim);
  });

  it('a round that an exited provider fails does not touch the new registration of its account', () => {
    const { chain } = withTagged();
    const account = chain.providers[7]!.account;
    chain.must(account, tx.Sminer.miner_exit({}));
    const { node } = providerSigners(78);
    const events = chain.must(account, registration(account, node));
    const { miner } = find(events, 'Registered') as { readonly miner: number };
    const before = provider(chain, miner);
    // Data of earlier versions: a provider could leave while its rounds were open.
    const leaver = 7;
    query.Sminer.Miners.put(chain, leaver, { ...provider(chain, leaver), failures: 2 });
    chain.untilChallenged(PROVIDER);
    const round = query.Audit.Challenges.get(chain, PROVIDER, keyOf(chain))!;
    query.Audit.Registries.put(chain, leaver, keyOf(chain), {
      ...query.Audit.Registries.get(chain, PROVIDER, keyOf(chain))!,
      proven_bytes: 0n,
    });
    for (const [[, , slot], entry] of [...query.Audit.Slots.entries(chain, [PROVIDER, keyOf(chain)])]) {
      query.Audit.Slots.put(chain, leaver, keyOf(chain), slot, entry);
    }
    const state = {
      type: 'Judged' as const,
      value: { proof: wrongProof, as_of: chain.number, worker: 0, passed: false, dispute_until: chain.number },
    };
    query.Audit.Challenges.put(chain, leaver, keyOf(chain), { ...round, state });
    query.Audit.Deadlines.put(chain, chain.number, leaver, keyOf(chain), undefined);
    query.TeeWorker.Workers.put(chain, 0, { ...query.TeeWorker.Workers.get(chain, 0)!, duties: 1 });
    assert.equal(chain.untilClosed(leaver), 'Invalid');
    assert.deepEqual(provider(chain, miner), before);
    assert.equal(query.Sminer.MinerIndex.get(chain, account.publicKey), miner);
    assert.equal(provider(chain, leaver).state, 'Exited');
    assert.deepEqual(chain.hookFailures, []);
  });
});
