// What was asked stays asked (docs/protocol/audit.md §3.5): silence, luck and deletions do not change a question.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MiB } from '@cess/primitives';
import { type ChallengeInfo, query, type SlotInfo, stakeFor, tx } from '../../index.js';
import { AuditScenario } from '../../test-support/audit-scenario.js';
import { alice, bob, GENESIS_HASH } from '../../test-support/harness.js';
import { challengeAsOf, challengedSlots } from './challenge.js';

const PROVIDER = 0;
const emptySlot: SlotInfo = {
  tag_id: new Uint8Array(32),
  file_id: new Uint8Array(32),
  segment: 0,
  fragment: 0,
  length: 8 * MiB,
  gone_at: undefined,
};
const anyProof = new Uint8Array(128).fill(1);
const keyOf = (chain: AuditScenario) => chain.workers[0]!.keyId;
const challenge = (chain: AuditScenario) => query.Audit.Challenges.get(chain, PROVIDER, keyOf(chain))!;
const question = ({ round, seed, frozen, bytes }: ChallengeInfo) => ({ round, seed, frozen, bytes });
const registry = (chain: AuditScenario) => query.Audit.Registries.get(chain, PROVIDER, keyOf(chain))!;
const provider = (chain: AuditScenario) => query.Sminer.Miners.get(chain, PROVIDER)!;
const chainId = (chain: AuditScenario) => ({ genesis: GENESIS_HASH, provider: PROVIDER, keyId: keyOf(chain) });
const deletion = (...file_ids: Uint8Array[]) => tx.FileBank.delete_files({ owner: alice.publicKey, file_ids });

/** A provider with that many fragments of as many files, each tagged; rounds are short. */
function withFragments(count: number): { readonly chain: AuditScenario; readonly files: readonly Uint8Array[] } {
  const chain = new AuditScenario();
  query.Audit.Periods.put(chain, { cycle: 12, proof: 6, verdict: 6, dispute: 4, claim: 60 });
  const files = Array.from({ length: count }, () => chain.storeFile([0, 1, 2, 3, 4, 5], 8_000));
  const reports = files.map((file) => chain.tag(PROVIDER, file, 0));
  for (let i = 0; i < count; i += 100) {
    const call = tx.Audit.report_tags({ key_id: keyOf(chain), reports: reports.slice(i, i + 100) });
    chain.must(chain.providers[PROVIDER]!.account, call);
  }
  return { chain, files };
}

/** Whether the running round asks about the first fragment of the file. */
function asksAbout(chain: AuditScenario, file: Uint8Array): boolean {
  const { slot } = query.Audit.Tags.get(chain, file, 0, 0)!;
  return challengedSlots(chainId(chain), challenge(chain)).includes(slot);
}

describe('Audit: open questions', () => {
  it('PODR2-4: an unanswered question is asked again, whatever was added, deleted or reported in between', () => {
    const { chain, files } = withFragments(5);
    chain.untilChallenged(PROVIDER);
    const first = challenge(chain);
    const slots = [...query.Audit.Slots.entries(chain, [PROVIDER, keyOf(chain)])].length;
    assert.equal(chain.untilClosed(PROVIDER), 'Late');
    chain.tagFile(chain.storeFile(), [PROVIDER]);
    chain.must(bob, deletion(files[0]!));
    const lost = { file_id: files[1]!, segment: 0, fragment: 0 };
    chain.must(chain.providers[PROVIDER]!.account, tx.FileBank.report_loss({ places: [lost] }));
    chain.untilChallenged(PROVIDER);
    assert.deepEqual(question(challenge(chain)), question(first));
    assert.ok(challenge(chain).opened_at > first.opened_at);
    const asked = challengedSlots(chainId(chain), challenge(chain));
    assert.deepEqual(
      asked.map((slot) => query.Audit.Slots.get(chain, PROVIDER, keyOf(chain), slot)?.file_id),
      files,
      'the slots still hold what was asked',
    );
    assert.equal([...query.Audit.Slots.entries(chain, [PROVIDER, keyOf(chain)])].length, slots + 1);
  });

  it('PODR2-4: only the answer ends strikes and question, and proves what the question covered', () => {
    const { chain } = withFragments(5);
    chain.untilChallenged(PROVIDER);
    const { opened_at, bytes } = challenge(chain);
    chain.untilClosed(PROVIDER);
    chain.tagFile(chain.storeFile(), [PROVIDER]);
    assert.equal(registry(chain).strikes, 1);
    chain.passRound(PROVIDER);
    assert.equal(registry(chain).strikes, 0);
    assert.equal(registry(chain).passed_at, opened_at, 'the round that asked first');
    assert.equal(registry(chain).proven_bytes, bytes, 'what came later was not asked');
    chain.untilClosed(PROVIDER);
    chain.untilChallenged(PROVIDER);
    assert.equal(challenge(chain).round, 1);
    assert.ok(challenge(chain).bytes > bytes);
  });

  it('PODR2-4: a question that nobody judged is asked again', () => {
    const { chain } = withFragments(3);
    chain.untilChallenged(PROVIDER);
    const first = question(challenge(chain));
    chain.answer(PROVIDER);
    assert.equal(chain.untilClosed(PROVIDER), 'Void');
    chain.must(chain.workers[0]!.controller, tx.TeeWorker.resume({}));
    chain.untilChallenged(PROVIDER);
    assert.deepEqual(question(challenge(chain)), first);
    assert.equal(provider(chain).staked, stakeFor(provider(chain).declared_space));
  });

  it('PODR2-4, ECON-4: a provider that answers only when it is lucky is expelled', () => {
    const { chain, files } = withFragments(200);
    const lost = files[77]!;
    const stake = provider(chain).staked;
    let [passed, silent] = [0, 0];
    while (provider(chain).state === 'Positive' && passed + silent < 30) {
      chain.untilChallenged(PROVIDER);
      if (asksAbout(chain, lost)) {
        silent++;
        chain.untilClosed(PROVIDER);
        continue;
      }
      passed++;
      const { worker } = chain.answer(PROVIDER, anyProof);
      chain.judge(worker, PROVIDER, true);
      chain.untilClosed(PROVIDER);
    }
    assert.equal(provider(chain).state, 'Expelled', `${passed} answered, ${silent} not`);
    assert.equal(silent, 3, 'the first unlucky question stays');
    // What the provider saved: the bytes of one fragment. What it lost: the slash, and every owner's refund.
    assert.ok(provider(chain).staked <= stake - stake / 10n);
    assert.equal(provider(chain).proven_space, 0n);
  });

  it('PODR2-4: a deletion changes nothing about the blocks that are asked of the other fragments', () => {
    const seed = new Uint8Array(64).fill(3);
    const slots = [1, 2, 3, 4].map((tag) => ({
      slot: { ...emptySlot, tag_id: new Uint8Array(32).fill(tag) },
      fileDeletedAt: tag === 2 ? 7 : undefined,
    }));
    const id = { genesis: GENESIS_HASH, provider: PROVIDER, keyId: new Uint8Array(32) };
    const before = challengeAsOf(id, { seed }, slots, 6)!;
    const after = challengeAsOf(id, { seed }, slots, 7)!;
    assert.deepEqual(
      after.fragments,
      before.fragments.filter((_, index) => index !== 1),
    );
    assert.deepEqual(after.point, before.point);
  });

  it('PODR2-4: deleting everything that was asked proves nothing, and a new question follows at once', () => {
    const { chain, files } = withFragments(4);
    chain.untilChallenged(PROVIDER);
    chain.tagFile(chain.storeFile(), [PROVIDER]);
    query.Audit.Periods.put(chain, { ...query.Audit.Periods.get(chain), cycle: 100_000 });
    chain.must(bob, deletion(...files));
    const { deadline } = challenge(chain);
    const closedAt = () => {
      while (query.Audit.Challenges.get(chain, PROVIDER, keyOf(chain))?.round === 0) chain.advance(1);
      return chain.number;
    };
    assert.equal(closedAt(), deadline + 1);
    chain.advance(2);
    assert.equal(challenge(chain).round, 1, 'not a cycle later');
    assert.equal(registry(chain).proven_bytes, 0n);
    assert.equal(registry(chain).passed_at, undefined);
  });

  it('PODR2-4: a proof of a question of which half was deleted proves half', () => {
    const { chain, files } = withFragments(60);
    chain.untilChallenged(PROVIDER);
    const asked = files.filter((file) => asksAbout(chain, file));
    assert.equal(asked.length, 46);
    chain.must(bob, deletion(...asked.slice(0, 23)));
    const { worker } = chain.answer(PROVIDER, anyProof);
    chain.judge(worker, PROVIDER, true);
    assert.equal(registry(chain).proven_bytes, 30n * 4_000n);
  });

  it('an expelled provider is not asked any more, and its question is dropped', () => {
    const { chain } = withFragments(3);
    for (let strikes = 0; strikes < 3; strikes++) {
      chain.untilChallenged(PROVIDER);
      chain.untilClosed(PROVIDER);
    }
    assert.equal(provider(chain).state, 'Expelled');
    chain.advance(40);
    assert.equal(query.Audit.Questions.get(chain, PROVIDER, keyOf(chain)), undefined);
    assert.equal(query.Audit.Registries.get(chain, PROVIDER, keyOf(chain)), undefined);
  });
});
