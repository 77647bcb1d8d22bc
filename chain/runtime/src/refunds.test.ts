// CHAIN-6: calls whose cost depends on what they find pay for what they found. Each of these names several things of which only
// some are due.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CESS, elementAt, toHex } from '@cess/primitives';
import { BASE_EXTRINSIC_WEIGHT } from './block-limits.js';
import { query, tx } from './index.js';
import { AuditScenario } from './test-support/audit-scenario.js';
import { alice, bob } from './test-support/harness.js';
import { batchOf, fileOf, idOf, StorageScenario, segmentOf } from './test-support/storage-scenario.js';
import { weightTable } from './weight-table.js';

type Signer = typeof alice;
const { FileBank, Audit, Sminer } = weightTable;
const unknown = (count: number) => Array.from({ length: count }, (_, index) => new Uint8Array(32).fill(0xd0 + index));

/** What a block books for a successful call, beside the extrinsic around it. */
function bookedFor(chain: StorageScenario, signer: Signer, call: Uint8Array): bigint {
  chain.open();
  const result = chain.apply(signer, call);
  assert.deepEqual(result, { type: 'Ok', value: { type: 'Ok' } });
  const { normal, operational } = query.System.BlockWeight.get(chain);
  chain.close();
  return normal.ref_time + operational.ref_time - BASE_EXTRINSIC_WEIGHT.ref_time;
}

/** Three files whose fragment 0 sits with provider 0. */
function withFiles() {
  const chain = new StorageScenario();
  chain.lockQuota();
  const files = [1, 2, 3].map((tag) => fileOf(tag, [segmentOf(tag, [0, 1, 2, 3, 4, 5])]));
  chain.must(bob, tx.FileBank.declare_batch(batchOf(chain.providers, files)));
  const ids = files.map(idOf);
  const accounts = chain.providers.map(({ account }) => account);
  return { chain, ids, holder: elementAt(accounts, 0), other: elementAt(accounts, 7) };
}

const placesOf = (ids: readonly Uint8Array[]) => ids.map((file_id) => ({ file_id, segment: 0, fragment: 0 }));

describe('a call pays for', () => {
  it('the files that it deleted', () => {
    const { chain, ids } = withFiles();
    const call = tx.FileBank.delete_files({ owner: alice.publicKey, file_ids: [...ids, ...unknown(9)] });
    assert.equal(bookedFor(chain, alice, call), FileBank.delete_files.base + 3n * FileBank.delete_files.file);
  });

  it('the losses that it reported', () => {
    const { chain, ids, holder } = withFiles();
    const call = tx.FileBank.report_loss({ places: placesOf([...ids, ...unknown(9)]) });
    assert.equal(bookedFor(chain, holder, call), FileBank.report_loss.base + 3n * FileBank.report_loss.place);
  });

  it('the orders that it claimed, and the claims that it released', () => {
    const { chain, ids, holder, other } = withFiles();
    chain.must(holder, tx.FileBank.report_loss({ places: placesOf(ids) }));
    const places = placesOf([...ids, ...unknown(9)]);
    const { claim_restoral_orders: claim, release_restoral_orders: release } = FileBank;
    const claimed = bookedFor(chain, other, tx.FileBank.claim_restoral_orders({ places }));
    assert.equal(claimed, claim.base + 3n * claim.place);
    const released = bookedFor(chain, other, tx.FileBank.release_restoral_orders({ places }));
    assert.equal(released, release.base + 3n * release.place);
  });

  it('the debts that new collateral paid', () => {
    const { chain, holder } = withFiles();
    const call = tx.Sminer.increase_collateral({ amount: CESS });
    assert.equal(bookedFor(chain, holder, call), Sminer.increase_collateral.base);
  });

  it('the tags that it reported, and what a dispute verified', () => {
    const chain = new AuditScenario();
    const { keyId } = elementAt(chain.workers, 0);
    const { account } = elementAt(chain.providers, 0);
    const [id, again] = [chain.storeFile(), chain.storeFile()];
    const [first, second] = [chain.tag(0, id, 0), chain.tag(0, again, 0)];
    chain.must(account, tx.Audit.report_tags({ key_id: keyId, reports: [first] }));
    const reported = bookedFor(chain, account, tx.Audit.report_tags({ key_id: keyId, reports: [first, second] }));
    assert.equal(reported, Audit.report_tags.base + Audit.report_tags.report);
    const round = chain.untilChallenged(0);
    const { worker } = chain.answer(0);
    const verdicts = [chain.verdict(worker, 0, true)];
    const stale = { ...elementAt(verdicts, 0), round: round + 7 };
    const judged = bookedFor(chain, worker.controller, tx.Audit.submit_verdicts({ verdicts: [...verdicts, stale] }));
    const { base, verdict, slot } = Audit.submit_verdicts;
    assert.equal(judged, base + verdict + 2n * slot, toHex(keyId));
    const disputed = bookedFor(chain, alice, tx.Audit.dispute({ miner: 0, key_id: keyId, round }));
    assert.equal((disputed - Audit.dispute.base) % Audit.dispute.block, 0n);
    assert.ok(disputed <= Audit.dispute.base + 4n * Audit.dispute.block);
  });
});
