import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { query, tx } from '../../index.js';
import { assertBooksAgree } from '../../test-support/audit-books.js';
import { AuditScenario, flipByte } from '../../test-support/audit-scenario.js';
import { failsWith } from '../../test-support/fails.js';
import { alice, bob } from '../../test-support/harness.js';

const report = (chain: AuditScenario, reports: readonly ReturnType<AuditScenario['tag']>[]) =>
  tx.Audit.report_tags({ key_id: chain.workers[0]!.keyId, reports });

describe('Audit: tags', () => {
  it('STORE-1: a tagged fragment gets a slot, free of fee, and the file becomes Tagged', () => {
    const chain = new AuditScenario();
    const file = chain.storeFile();
    const provider = chain.providers[0]!;
    const before = chain.free(provider.account.publicKey);
    const events = chain.must(provider.account, report(chain, [chain.tag(0, file, 0)]));
    assert.equal(chain.free(provider.account.publicKey), before);
    assert.ok(!events.some(({ event }) => event.value.type === 'TransactionFeePaid'));
    const slot = query.Audit.Slots.get(chain, 0, chain.workers[0]!.keyId, 0)!;
    assert.deepEqual([slot.file_id, slot.segment, slot.fragment, slot.length], [file, 0, 0, 35_000]);
    assert.deepEqual(slot.tag_id, chain.held(0, file, 0).tagId);
    assert.equal(query.TeeWorker.Workers.get(chain, 0)!.record.tagged_bytes, 35_000n);
    assertBooksAgree(chain);
  });

  it('a repeated report costs a fee, fails, and changes nothing', () => {
    const chain = new AuditScenario();
    const file = chain.storeFile();
    const provider = chain.providers[0]!;
    const call = report(chain, [chain.tag(0, file, 0)]);
    chain.must(provider.account, call);
    const before = chain.free(provider.account.publicKey);
    failsWith(chain, provider.account, call, 'NothingToDo');
    assert.ok(chain.free(provider.account.publicKey) < before);
    assertBooksAgree(chain);
  });

  it('PODR2-2: tags of another provider, another fragment, other bytes or an unknown key are refused', () => {
    const chain = new AuditScenario(2);
    const file = chain.storeFile();
    const [first, second] = chain.providers;
    const mine = chain.tag(0, file, 0);
    // Another provider's report is not due for the caller, who holds another fragment.
    failsWith(chain, second!.account, report(chain, [mine]), 'NothingToDo');
    const named = (fragment: number) => ({ ...mine, fragment });
    failsWith(chain, second!.account, report(chain, [named(1)]), 'BadTagSignature');
    const bad = flipByte(mine.signature, 3);
    failsWith(chain, first!.account, report(chain, [{ ...mine, signature: bad }]), 'BadTagSignature');
    const otherTags = flipByte(mine.tags_hash, 0);
    failsWith(chain, first!.account, report(chain, [{ ...mine, tags_hash: otherTags }]), 'BadTagSignature');
    const otherKey = tx.Audit.report_tags({ key_id: chain.workers[1]!.keyId, reports: [mine] });
    failsWith(chain, first!.account, otherKey, 'BadTagSignature');
    const unknown = tx.Audit.report_tags({ key_id: new Uint8Array(32), reports: [mine] });
    failsWith(chain, first!.account, unknown, 'KeyUnknown');
    failsWith(chain, alice, report(chain, [mine]), 'NotMiner');
    assert.equal(query.Audit.RegistryCount.get(chain), 0);
  });

  it('one bad report fails the batch, gone fragments are skipped', () => {
    const chain = new AuditScenario();
    const [kept, deleted] = [chain.storeFile(), chain.storeFile()];
    const reports = [chain.tag(0, kept, 0), chain.tag(0, deleted, 0)];
    chain.must(bob, tx.FileBank.delete_files({ owner: alice.publicKey, file_ids: [deleted] }));
    const bad = { ...reports[0]!, signature: new Uint8Array(64) };
    failsWith(chain, chain.providers[0]!.account, report(chain, [bad]), 'BadTagSignature');
    chain.must(chain.providers[0]!.account, report(chain, reports));
    assert.equal(query.Audit.Registries.get(chain, 0, chain.workers[0]!.keyId)!.slots, 1);
    assertBooksAgree(chain);
  });

  it('STORE-5: deletions while no round is open move the last slot; the registry ends with its last fragment', () => {
    const chain = new AuditScenario();
    query.Audit.Periods.put(chain, { ...query.Audit.Periods.get(chain), cycle: 1_000_000 });
    const files = [chain.storeFile(), chain.storeFile(), chain.storeFile()];
    for (const file of files) chain.tagFile(file);
    for (const file of [files[0]!, files[2]!, files[1]!]) {
      chain.must(bob, tx.FileBank.delete_files({ owner: alice.publicKey, file_ids: [file] }));
      chain.advance(2);
      assertBooksAgree(chain);
    }
    assert.equal(query.Audit.RegistryCount.get(chain), 0);
    assert.equal([...query.FileBank.HeldBy.entries(chain, [])].length, 0);
  });

  it('STORE-5: deletions while a round is open leave tombstones, which go when it has closed', () => {
    const chain = new AuditScenario();
    const files = [chain.storeFile(), chain.storeFile(), chain.storeFile(), chain.storeFile()];
    for (const file of files) chain.tagFile(file);
    chain.untilChallenged(0);
    const { keyId } = chain.workers[0]!;
    const gone = [files[1]!, files[3]!];
    chain.must(bob, tx.FileBank.delete_files({ owner: alice.publicKey, file_ids: gone }));
    chain.advance(1);
    const frozen = query.Audit.Registries.get(chain, 0, keyId)!;
    assert.deepEqual([frozen.slots, frozen.live], [4, 2]);
    assertBooksAgree(chain);
    // Added while it is open: beyond the frozen count.
    chain.tagFile(chain.storeFile());
    assert.equal(query.Audit.Challenges.get(chain, 0, keyId)!.frozen, 4);
    const { worker } = chain.answer(0);
    chain.judge(worker, 0, true);
    assert.equal(chain.untilClosed(0), 'Passed');
    chain.advance(1);
    const thawed = query.Audit.Registries.get(chain, 0, keyId)!;
    assert.deepEqual([thawed.slots, thawed.live], [3, 3]);
    assertBooksAgree(chain);
  });
});
