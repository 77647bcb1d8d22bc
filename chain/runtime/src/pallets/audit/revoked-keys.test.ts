// Tags under the key of a worker that left prove nothing (docs/protocol/audit.md §2.4): nobody answers for that key any more.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { elementAt, toHex } from '@cess/primitives';
import { attestationReportData } from '@cess/proofs';
import { softwareEvidenceMessage } from '@cess/types';
import { query, stakeFor, tx } from '../../index.js';
import { assertBooksAgree } from '../../test-support/audit-books.js';
import { AuditScenario, find } from '../../test-support/audit-scenario.js';
import { failsWith } from '../../test-support/fails.js';
import { alice, bob, GENESIS_HASH } from '../../test-support/harness.js';
import { keyOf } from '../../test-support/tag-keys.js';

const MAX_REGISTRIES_PER_WORKER = 4;
const PROVIDER = 0;
const worker = (chain: AuditScenario, index: number) => elementAt(chain.workers, index);
const registry = (chain: AuditScenario, index = 0) =>
  query.Audit.Registries.get(chain, PROVIDER, worker(chain, index).keyId);
const account = (chain: AuditScenario) => elementAt(chain.providers, PROVIDER).account;

/** A provider whose three fragments worker 0 has tagged; worker 1 stands by. */
function network(): { readonly chain: AuditScenario; readonly files: readonly Uint8Array[] } {
  const chain = new AuditScenario(2);
  query.Audit.Periods.put(chain, { cycle: 12, proof: 6, verdict: 6, dispute: 4, claim: 60 });
  const files = [chain.storeFile(), chain.storeFile(), chain.storeFile()];
  for (const file of files) chain.tagFile(file, [PROVIDER]);
  return { chain, files };
}

/** The tags of the provider's fragment of a file under a worker's key, reported. */
function report(chain: AuditScenario, file: Uint8Array, index: number) {
  const by = worker(chain, index);
  return tx.Audit.report_tags({ key_id: by.keyId, reports: [chain.tag(PROVIDER, file, 0, by)] });
}

describe('Audit: revoked keys', () => {
  it('TEE-3: after its worker left, a key is asked no more, its tags go, and fragments are tagged under another', () => {
    const { chain, files } = network();
    chain.untilChallenged(PROVIDER);
    const { worker: judge } = chain.answer(PROVIDER);
    chain.judge(judge, PROVIDER, true);
    chain.untilClosed(PROVIDER);
    assert.ok((query.Sminer.Miners.get(chain, PROVIDER)?.proven_space ?? 0n) > 0n);
    for (const [key] of [...query.FileBank.TaggingDue.entries(chain, [])])
      query.FileBank.TaggingDue.remove(chain, ...key);
    chain.must(worker(chain, 0).controller, tx.TeeWorker.exit({}));
    failsWith(chain, account(chain), report(chain, chain.storeFile(), 0), 'KeyRevoked');
    for (let i = 0; i < 40; i++) {
      chain.advance(1);
      assertBooksAgree(chain);
    }
    assert.equal(registry(chain), undefined);
    assert.equal(query.Sminer.Miners.get(chain, PROVIDER)?.proven_space, 0n, 'forged proofs prove nothing');
    const due = new Set([...query.FileBank.TaggingDue.entries(chain, [])].map(([[, file]]) => toHex(file)));
    for (const file of files) assert.ok(due.has(toHex(file)), 'the fragment must be tagged again in time');
    for (const file of files) chain.must(account(chain), report(chain, file, 1));
    chain.untilChallenged(PROVIDER, worker(chain, 1));
    assert.equal(registry(chain, 1)?.live, 3);
    assertBooksAgree(chain);
  });

  it('TEE-3: nobody honest pays for a worker that leaves while rounds run or questions are open', () => {
    for (const misses of [0, 1]) {
      const { chain, files } = network();
      for (let i = 0; i < misses; i++) {
        chain.untilChallenged(PROVIDER);
        chain.untilClosed(PROVIDER);
      }
      chain.untilChallenged(PROVIDER);
      chain.must(bob, tx.FileBank.delete_files({ owner: alice.publicKey, file_ids: [elementAt(files, 0)] }));
      chain.must(worker(chain, 0).controller, tx.TeeWorker.exit({}));
      assert.equal(chain.untilClosed(PROVIDER), 'Void');
      chain.advance(40);
      assert.equal(registry(chain), undefined);
      const info = query.Sminer.Miners.get(chain, PROVIDER);
      assert.deepEqual([info?.state, info?.staked], ['Positive', stakeFor(info?.declared_space ?? 0n)]);
      assertBooksAgree(chain);
    }
  });

  it('PODR2-6: the keys of one worker do not multiply the registries of a provider', () => {
    const { chain } = network();
    const by = worker(chain, 0);
    for (let epoch = 1; epoch <= MAX_REGISTRIES_PER_WORKER; epoch++) {
      const key = keyOf(`worker 0, epoch ${epoch}`);
      const { x, xAlpha: x_alpha, srsHash: srs_hash, possession } = key.publicKey;
      const message = softwareEvidenceMessage(
        by.controller.publicKey,
        attestationReportData(key.publicKey, epoch, GENESIS_HASH),
      );
      const evidence = { type: 'Software' as const, value: by.enclave.sign(message) };
      const call = tx.TeeWorker.add_tag_key({ key: { x, x_alpha, srs_hash, possession, epoch }, evidence });
      const { tag_key: keyId } = find(chain.must(by.controller, call), 'TagKeyAdded') as { tag_key: Uint8Array };
      const file = chain.storeFile();
      const reports = [chain.tag(PROVIDER, file, 0, { ...by, key, keyId })];
      const tagging = tx.Audit.report_tags({ key_id: keyId, reports });
      if (epoch < MAX_REGISTRIES_PER_WORKER) chain.must(account(chain), tagging);
      else failsWith(chain, account(chain), tagging, 'TooManyRegistries');
    }
    assert.equal([...query.Audit.Registries.entries(chain, [PROVIDER])].length, MAX_REGISTRIES_PER_WORKER);
  });
});
