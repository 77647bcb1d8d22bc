import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CESS } from '@cess/primitives';
import { statusOfFiles } from '../../construct.js';
import { query, stakeFor, tx } from '../../index.js';
import { assertBooksAgree } from '../../test-support/audit-books.js';
import { AuditScenario, find } from '../../test-support/audit-scenario.js';
import { failsWith } from '../../test-support/fails.js';
import { alice, bob } from '../../test-support/harness.js';
import { amountHeld } from '../../test-support/ledger-books.js';
import { CLAIM_FINE, HOLE_DEPOSIT, MAX_OPEN_CLAIMS } from './declaration.js';
import { refundOf } from './losses.js';

const place = (file: Uint8Array, fragment: number) => ({ file_id: file, segment: 0, fragment });
const order = (chain: AuditScenario, file: Uint8Array, fragment: number) =>
  query.FileBank.RestoralOrders.get(chain, file, 0, fragment);
const holder = (chain: AuditScenario, file: Uint8Array, fragment: number) =>
  query.FileBank.Fragments.get(chain, file, 0, fragment)?.holder;
const providerAt = (chain: AuditScenario, index: number) => query.Sminer.Miners.get(chain, index)!;
const claim = (file: Uint8Array, ...fragments: number[]) =>
  tx.FileBank.claim_restoral_orders({ places: fragments.map((fragment) => place(file, fragment)) });
/** The provider rebuilds fragments, has them tagged, and completes their orders. */
const complete = (chain: AuditScenario, provider: number, file: Uint8Array, ...fragments: number[]) =>
  completed(chain, ...fragments.map((fragment) => chain.restore(provider, file, fragment)));
const completed = (chain: AuditScenario, ...fragments: ReturnType<AuditScenario['restore']>[]) =>
  tx.FileBank.complete_restoral_orders({ key_id: chain.workers[0]!.keyId, fragments });
const account = (chain: AuditScenario, index: number) => chain.providers[index]!.account;

function lose(chain: AuditScenario, file: Uint8Array, index: number): void {
  chain.must(account(chain, index), tx.FileBank.report_loss({ places: [place(file, index)] }));
}

describe('FileBank: restoral', () => {
  it('STORE-4: a reported loss opens an order, pays the owner, and costs as much again', () => {
    const chain = new AuditScenario();
    const file = chain.storeFile();
    chain.tagFile(file, [1]);
    const owner = chain.free(alice.publicKey);
    lose(chain, file, 1);
    const refund = refundOf(CESS, 35_000n, { blocks: 1, blocksPerDay: 86_400 });
    assert.equal(chain.free(alice.publicKey) - owner, refund);
    assert.equal(providerAt(chain, 1).staked, stakeFor(providerAt(chain, 1).declared_space) - 2n * refund);
    assert.deepEqual([order(chain, file, 1)!.reason, order(chain, file, 1)!.margin], ['Lost', 3]);
    assert.equal(holder(chain, file, 1), undefined);
    assertBooksAgree(chain);
    const call = tx.FileBank.report_loss({ places: [place(file, 1)] });
    failsWith(chain, account(chain, 1), call, 'NothingToReport');
    failsWith(chain, alice, call, 'NotMiner');
  });

  it('STORE-4: another provider claims, rebuilds and completes; the fragment is its own and tagged', () => {
    const chain = new AuditScenario();
    const file = chain.storeFile();
    chain.tagFile(file);
    lose(chain, file, 1);
    const claimant = account(chain, 6);
    chain.must(claimant, claim(file, 1));
    const before = chain.free(claimant.publicKey);
    chain.must(claimant, complete(chain, 6, file, 1));
    assert.equal(chain.free(claimant.publicKey), before, 'a completion that is due costs nothing');
    assert.equal(holder(chain, file, 1), 6);
    assert.equal(query.FileBank.Fragments.get(chain, file, 0, 1)!.restored, 1);
    assert.equal(order(chain, file, 1), undefined);
    assert.equal(query.Audit.Tags.get(chain, file, 0, 1)!.key_id.length, 32, 'completed means tagged');
    assertBooksAgree(chain);
    failsWith(chain, claimant, complete(chain, 6, file, 1), 'NothingToComplete');
  });

  it('segments stand in the queue by margin, losses apart from holes; margins follow every loss and every return', () => {
    const chain = new AuditScenario();
    const [first, second] = [chain.storeFile(), chain.storeFile([0, 1, 2, 3, 4, undefined])];
    for (const index of [0, 1, 2]) lose(chain, first, index);
    lose(chain, second, 0);
    const queue = () => [...query.FileBank.RepairQueue.entries(chain, [])].map(([[part, margin]]) => [part, margin]);
    assert.deepEqual(queue(), [
      [0, 1],
      [0, 2],
      [1, 2],
    ]);
    chain.must(account(chain, 6), claim(first, 0));
    chain.must(account(chain, 6), complete(chain, 6, first, 0));
    assert.deepEqual(queue(), [
      [0, 2],
      [0, 2],
      [1, 2],
    ]);
    assertBooksAgree(chain);
  });

  it('STORE-4: a segment that cannot be rebuilt leaves the queue, is shown as lost, and returns with its holders', () => {
    const chain = new AuditScenario();
    const file = chain.storeFile();
    for (const index of [0, 1, 2, 3]) lose(chain, file, index);
    assert.equal(statusOfFiles(chain, [file]), 'Declared');
    const call = tx.FileBank.report_loss({ places: [place(file, 4)] });
    const lost = find(chain.must(account(chain, 4), call), 'SegmentUnrepairable');
    assert.deepEqual(lost, { file_id: file, segment: 0, k: 2, holders: 1 });
    assert.deepEqual([...query.FileBank.RepairQueue.entries(chain, [])], []);
    assert.equal(statusOfFiles(chain, [file]), 'Lost');
    assertBooksAgree(chain);
    chain.must(account(chain, 4), claim(file, 4));
    const events = chain.must(account(chain, 4), complete(chain, 4, file, 4));
    assert.deepEqual(find(events, 'SegmentRepairable'), { file_id: file, segment: 0 });
    assert.equal([...query.FileBank.RepairQueue.entries(chain, [])].length, 1);
    assert.equal(statusOfFiles(chain, [file]), 'Declared');
    assertBooksAgree(chain);
  });

  it('STORE-4: a hole costs its declarer a deposit, which goes to the provider that restores it', () => {
    const chain = new AuditScenario();
    const before = chain.free(bob.publicKey) + query.System.Account.get(chain, bob.publicKey).data.reserved;
    const file = chain.storeFile([0, 1, 2, undefined, undefined, undefined]);
    const { reserved } = query.System.Account.get(chain, bob.publicKey).data;
    const fees = before - chain.free(bob.publicKey) - reserved;
    assert.ok(fees > 0n && fees < HOLE_DEPOSIT);
    assert.equal(amountHeld(chain, bob.publicKey, 'FileBank.Hole'), 3n * HOLE_DEPOSIT);
    chain.advance(query.Audit.Periods.get(chain).claim);
    chain.must(account(chain, 6), claim(file, 4));
    const restorer = chain.free(account(chain, 6).publicKey);
    chain.must(account(chain, 6), complete(chain, 6, file, 4));
    assert.equal(chain.free(account(chain, 6).publicKey) - restorer, HOLE_DEPOSIT);
    assertBooksAgree(chain);
    chain.must(bob, tx.FileBank.delete_files({ owner: alice.publicKey, file_ids: [file] }));
    chain.advance(1);
    assert.equal(amountHeld(chain, bob.publicKey, 'FileBank.Hole'), 0n, 'deletion returns the rest');
    assertBooksAgree(chain);
  });

  it('orders of a former version move to the present queue, a bounded number per block', () => {
    const chain = new AuditScenario();
    const files = [chain.storeFile(), chain.storeFile([0, 1, 2, 3, 4, undefined])];
    for (const file of files) lose(chain, file, 0);
    const orders = [...query.FileBank.RestoralOrders.entries(chain, [])];
    for (const [[file, segment, fragment], { margin }] of orders) {
      query.FileBank.RestoralQueue.put(chain, margin, file, segment, fragment, undefined);
      query.FileBank.HoleDeposits.remove(chain, file, segment, fragment);
    }
    for (const item of [query.FileBank.SegmentRepairs, query.FileBank.RepairQueue]) {
      for (const raw of [...chain.ext.keys(item.itemPrefix)]) chain.ext.delete(raw);
    }
    lose(chain, files[0]!, 1);
    chain.advance(1);
    assert.deepEqual([...query.FileBank.RestoralQueue.entries(chain, [])], []);
    assert.equal([...query.FileBank.RepairQueue.entries(chain, [])].length, 3);
  });

  it('STORE-4: 100,000 segments of one owner in the queue change neither what an order costs nor who may claim it', () => {
    const readsOfRepair = (queued: number): number => {
      const chain = new AuditScenario();
      const junk = new Uint8Array(32);
      const owner = new Uint8Array(8);
      for (let i = 0; i < queued; i++) {
        new DataView(junk.buffer).setUint32(0, i);
        query.FileBank.RepairQueue.put(chain, 0, 0, owner, junk.slice(), 0, undefined);
      }
      const file = chain.storeFile();
      lose(chain, file, 1);
      const get = chain.ext.get.bind(chain.ext);
      let reads = 0;
      chain.ext.get = (key) => {
        reads++;
        return get(key);
      };
      chain.must(account(chain, 6), claim(file, 1));
      chain.must(account(chain, 6), complete(chain, 6, file, 1));
      assert.equal(holder(chain, file, 1), 6);
      return reads;
    };
    assert.equal(readsOfRepair(100_000), readsOfRepair(0));
  });

  it('a provider gets no order of a segment that it holds a fragment of, or claimed by another, or beyond its space', () => {
    const chain = new AuditScenario();
    const file = chain.storeFile();
    lose(chain, file, 1);
    failsWith(chain, account(chain, 0), claim(file, 1), 'NothingToClaim');
    failsWith(chain, account(chain, 6), claim(file, 2), 'NothingToClaim');
    failsWith(chain, alice, claim(file, 1), 'NotMiner');
    const declared = providerAt(chain, 7).declared_space;
    chain.must(account(chain, 7), tx.Sminer.decrease_declaration_space({ bytes: declared - 30_000n }));
    failsWith(chain, account(chain, 7), claim(file, 1), 'NothingToClaim');
    chain.must(account(chain, 6), claim(file, 1));
    failsWith(chain, account(chain, 1), claim(file, 1), 'NothingToClaim');
    failsWith(chain, account(chain, 1), complete(chain, 1, file, 1), 'NothingToComplete');
  });

  it('a provider claims one fragment of a segment at a time', () => {
    const chain = new AuditScenario();
    const file = chain.storeFile();
    for (const fragment of [1, 2]) lose(chain, file, fragment);
    chain.must(account(chain, 6), claim(file, 1, 2));
    assert.deepEqual([order(chain, file, 1)?.claim?.miner, order(chain, file, 2)?.claim], [6, undefined]);
    failsWith(chain, account(chain, 6), claim(file, 2), 'NothingToClaim');
    chain.must(account(chain, 7), claim(file, 2));
  });

  it('a claim that runs out is free for others, and later for the same provider; until then it may still be completed', () => {
    const chain = new AuditScenario();
    const file = chain.storeFile();
    lose(chain, file, 1);
    chain.must(account(chain, 6), claim(file, 1));
    const { claim: period } = query.Audit.Periods.get(chain);
    chain.advance(period);
    failsWith(chain, account(chain, 6), claim(file, 1), 'NothingToClaim');
    chain.must(account(chain, 7), claim(file, 1));
    failsWith(chain, account(chain, 6), complete(chain, 6, file, 1), 'NothingToComplete');
    chain.advance(period + 1);
    chain.must(account(chain, 7), complete(chain, 7, file, 1));
    assert.equal(holder(chain, file, 1), 7);
    assertBooksAgree(chain);
  });

  it('PODR2-6: a completion needs the tags of the enclave, made for this provider of these bytes', () => {
    const chain = new AuditScenario();
    const file = chain.storeFile();
    lose(chain, file, 1);
    const claimant = account(chain, 6);
    chain.must(claimant, claim(file, 1));
    const right = chain.restore(6, file, 1);
    const wrong = (change: object) => completed(chain, { ...right, ...change });
    const untouched = chain.free(claimant.publicKey);
    failsWith(chain, claimant, wrong({ signature: new Uint8Array(64) }), 'BadTagSignature');
    failsWith(chain, claimant, wrong({ tags_hash: new Uint8Array(32) }), 'BadTagSignature');
    failsWith(chain, claimant, completed(chain, chain.restore(7, file, 1)), 'BadTagSignature');
    assert.ok(chain.free(claimant.publicKey) < untouched, 'a wrong completion costs its fee');
    assert.equal(holder(chain, file, 1), undefined);
    chain.must(claimant, completed(chain, right));
    assert.equal(holder(chain, file, 1), 6);
    chain.forget(7, file, 1);
    assertBooksAgree(chain);
  });

  it('an expired claim costs its claimant when another takes over; a released one costs nothing', () => {
    const chain = new AuditScenario();
    const file = chain.storeFile();
    lose(chain, file, 1);
    const release = tx.FileBank.release_restoral_orders({ places: [place(file, 1)] });
    failsWith(chain, account(chain, 6), release, 'NothingToRelease');
    chain.must(account(chain, 6), claim(file, 1));
    chain.must(account(chain, 6), release);
    failsWith(chain, account(chain, 6), claim(file, 1), 'NothingToClaim');
    const staked = [6, 7].map((index) => providerAt(chain, index).staked);
    chain.must(account(chain, 7), claim(file, 1));
    chain.advance(query.Audit.Periods.get(chain).claim);
    chain.must(account(chain, 1), claim(file, 1));
    assert.equal(providerAt(chain, 6).staked, staked[0]);
    assert.equal(providerAt(chain, 7).staked, staked[1]! - CLAIM_FINE);
    assertBooksAgree(chain);
  });

  it('STORE-4: whoever claims an order and does not complete it waits longer each time; others need not', () => {
    const chain = new AuditScenario();
    const file = chain.storeFile();
    lose(chain, file, 1);
    const period = query.Audit.Periods.get(chain).claim;
    const release = tx.FileBank.release_restoral_orders({ places: [place(file, 1)] });
    const hoarder = account(chain, 6);
    for (const [round, waited] of [1, 2, 4, 8, 16, 16].entries()) {
      chain.must(hoarder, claim(file, 1));
      chain.must(hoarder, release);
      const released = chain.number;
      const [wait] = query.FileBank.ClaimWaits.get(chain, file, 0, 1);
      assert.deepEqual(wait, { miner: 6, claims: round + 1, until: released - 1 + waited * period });
      chain.advance(waited * period - 2);
      failsWith(chain, hoarder, claim(file, 1), 'NothingToClaim');
    }
    assertBooksAgree(chain);
    chain.must(account(chain, 7), claim(file, 1));
    chain.must(account(chain, 7), complete(chain, 7, file, 1));
    assert.deepEqual(query.FileBank.ClaimWaits.get(chain, file, 0, 1), [], 'the waits end with the order');
    assertBooksAgree(chain);
  });

  it('a provider has a bounded number of claims, and may release one that has expired at its fine', () => {
    const chain = new AuditScenario();
    const file = chain.storeFile();
    lose(chain, file, 1);
    query.FileBank.OpenClaims.put(chain, 6, MAX_OPEN_CLAIMS);
    failsWith(chain, account(chain, 6), claim(file, 1), 'NothingToClaim');
    query.FileBank.OpenClaims.remove(chain, 6);
    chain.must(account(chain, 6), claim(file, 1));
    assert.equal(query.FileBank.OpenClaims.get(chain, 6), 1);
    chain.advance(query.Audit.Periods.get(chain).claim + 1);
    const staked = query.Sminer.Miners.get(chain, 6)!.staked;
    chain.must(account(chain, 6), tx.FileBank.release_restoral_orders({ places: [place(file, 1)] }));
    assert.equal(staked - query.Sminer.Miners.get(chain, 6)!.staked, CESS / 10n);
    assert.equal(query.FileBank.OpenClaims.get(chain, 6), 0);
    assertBooksAgree(chain);
  });

  it('a claim does not expire while duties have no room in blocks', () => {
    const chain = new AuditScenario();
    const file = chain.storeFile();
    lose(chain, file, 1);
    chain.must(account(chain, 6), claim(file, 1));
    const { claim: period } = query.Audit.Periods.get(chain);
    chain.advance(period);
    query.Audit.LostBlocks.put(chain, query.Audit.LostBlocks.get(chain) + 10);
    failsWith(chain, account(chain, 7), claim(file, 1), 'NothingToClaim');
    chain.advance(10);
    chain.must(account(chain, 7), claim(file, 1));
  });

  it('a claim may be released without a fine as long as it runs, also when blocks were lost meanwhile', () => {
    const chain = new AuditScenario();
    const file = chain.storeFile();
    lose(chain, file, 1);
    chain.must(account(chain, 6), claim(file, 1));
    const { claim: period } = query.Audit.Periods.get(chain);
    query.Audit.LostBlocks.put(chain, query.Audit.LostBlocks.get(chain) + 10);
    chain.advance(period + 5);
    const staked = providerAt(chain, 6).staked;
    chain.must(account(chain, 6), tx.FileBank.release_restoral_orders({ places: [place(file, 1)] }));
    assert.equal(providerAt(chain, 6).staked, staked);
    assertBooksAgree(chain);
  });

  it('claims that together exceed the space are completed as far as it goes; the rest costs its fee', () => {
    const chain = new AuditScenario();
    const [first, second] = [chain.storeFile(), chain.storeFile()];
    lose(chain, first, 1);
    lose(chain, second, 1);
    const declared = providerAt(chain, 7).declared_space;
    chain.must(account(chain, 7), tx.Sminer.decrease_declaration_space({ bytes: declared - 40_000n }));
    chain.must(account(chain, 7), claim(first, 1));
    chain.must(account(chain, 7), claim(second, 1));
    const both = completed(chain, chain.restore(7, first, 1), chain.restore(7, second, 1));
    chain.must(account(chain, 7), both);
    assert.deepEqual([holder(chain, first, 1), holder(chain, second, 1)], [7, undefined]);
    const before = chain.free(account(chain, 7).publicKey);
    failsWith(chain, account(chain, 7), complete(chain, 7, second, 1), 'NothingToComplete');
    assert.ok(chain.free(account(chain, 7).publicKey) < before);
    assertBooksAgree(chain);
  });

  it('a hole is left to its gateway first; what the gateway places closes the order', () => {
    const chain = new AuditScenario();
    const file = chain.storeFile([0, 1, 2, 3, 4, undefined]);
    assert.equal(order(chain, file, 5)!.reason, 'Hole');
    failsWith(chain, account(chain, 6), claim(file, 5), 'NothingToClaim');
    chain.advance(query.Audit.Periods.get(chain).claim);
    chain.must(account(chain, 6), claim(file, 5));
    chain.must(account(chain, 6), complete(chain, 6, file, 5));
    assertBooksAgree(chain);
  });

  it('ECON-3: a provider that leaves hands over; it is the holder until another has the fragment', () => {
    const chain = new AuditScenario();
    const file = chain.storeFile();
    chain.tagFile(file);
    const leaving = account(chain, 2);
    failsWith(chain, leaving, tx.Sminer.miner_exit({}), 'StillHolding');
    chain.must(leaving, tx.Sminer.miner_exit_prep({}));
    chain.advance(1);
    assert.equal(order(chain, file, 2)!.reason, 'Exit');
    assert.equal(holder(chain, file, 2), 2);
    failsWith(chain, leaving, claim(file, 2), 'NothingToClaim');
    chain.must(account(chain, 6), claim(file, 2));
    chain.must(account(chain, 6), complete(chain, 6, file, 2));
    assert.equal(holder(chain, file, 2), 6);
    assertBooksAgree(chain);
    chain.must(leaving, tx.Sminer.miner_exit({}));
    assert.equal(query.Sminer.Miners.get(chain, 2)!.state, 'Exited');
    assert.equal(query.Sminer.Miners.get(chain, 2)!.staked, 0n);
  });

  it('STORE-5: orders of a deleted file go with it', () => {
    const chain = new AuditScenario();
    const file = chain.storeFile();
    for (const index of [0, 1]) lose(chain, file, index);
    chain.must(bob, tx.FileBank.delete_files({ owner: alice.publicKey, file_ids: [file] }));
    failsWith(chain, account(chain, 6), claim(file, 0), 'NothingToClaim');
    chain.advance(1);
    assert.equal([...query.FileBank.RepairQueue.entries(chain, [])].length, 0);
    assertBooksAgree(chain);
  });

  it('ECON-4: a stake that does not cover what is owed leaves a debt and freezes; collateral pays the debt first', () => {
    const chain = new AuditScenario();
    query.StorageHandler.UnitPrice.put(chain, 200_000_000n * CESS);
    const file = chain.storeFile();
    lose(chain, file, 1);
    const owed = providerAt(chain, 1);
    assert.deepEqual([owed.state, owed.staked], ['Frozen', 0n]);
    assert.ok(owed.debt > 0n);
    failsWith(chain, account(chain, 1), claim(file, 1), 'NothingToClaim');
    chain.endow(account(chain, 1).publicKey);
    const needed = stakeFor(owed.declared_space);
    chain.must(account(chain, 1), tx.Sminer.increase_collateral({ amount: owed.debt }));
    assert.deepEqual([providerAt(chain, 1).debt, providerAt(chain, 1).state], [0n, 'Frozen']);
    chain.must(account(chain, 1), tx.Sminer.increase_collateral({ amount: needed / 2n }));
    assert.equal(providerAt(chain, 1).state, 'Positive');
    assertBooksAgree(chain);
  });

  it('refunds are for begun days since the bytes were last there, one at least and 30 at most', () => {
    const perDay = 14_400;
    const oneGib = 1n << 30n;
    const days = (blocks: number) => refundOf(CESS, oneGib, { blocks, blocksPerDay: perDay }) / CESS;
    assert.deepEqual([0, 1, perDay, perDay + 1, 29 * perDay, 400 * perDay].map(days), [1n, 1n, 1n, 2n, 29n, 30n]);
    assert.equal(refundOf(CESS, 1n, { blocks: 1, blocksPerDay: perDay }), 931_322_575n);
  });
});
