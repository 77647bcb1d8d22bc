// Audit: the registry of tagged fragments and the rounds that ask for proofs of them (PODR2-4, PODR2-6, STORE-1 steps 5
// to 10, docs/protocol/audit.md).
import type { Context, StorageAccess } from '../../frame/context.js';
import { definePallet } from '../../frame/pallet.js';
import type { FragmentPlace } from '../../shared-types.js';
import { createAuditCalls } from './calls.js';
import { audit, MAX_VERIFIERS, auditStorage as storage } from './declaration.js';
import { buildAuditGenesis } from './genesis.js';
import { createAuditHooks } from './hooks.js';
import type { AuditNeeds } from './needs.js';
import { dropSlot, hasQuestion, oldestQuestion } from './registry.js';
import { areTagsSigned, reportTags, type TagClaim } from './tags.js';

export {
  type ChallengedRegistry,
  type ChallengedSlot,
  challengeAsOf,
  challengedSlots,
} from './challenge.js';
export { type AuditPeriodsConfig, MIN_PERIOD_SECONDS } from './genesis.js';
export type { AuditNeeds } from './needs.js';

/** The pallet, and what others do with it. */
export function createAudit(needs: AuditNeeds) {
  return {
    pallet: definePallet(audit, {
      calls: createAuditCalls(needs),
      hooks: createAuditHooks(needs),
      genesis: buildAuditGenesis,
    }),
    /** Blocks that a question can last: from its opening over proof and verdicts to the end of a dispute, and a cycle more. */
    questionPeriod: (at: StorageAccess) => {
      const { cycle, proof, verdict, dispute } = storage.Periods.get(at);
      return cycle + proof + MAX_VERIFIERS * verdict + dispute;
    },
    hasQuestion,
    oldestQuestion,
    /**
     * The clock of deadlines: how many of the blocks before this one could take duties. A deadline of `n` such blocks has passed
     * when the clock shows `n` more.
     */
    deadlineClock: (ctx: Context) => needs.blockNumber(ctx) - storage.LostBlocks.get(ctx),
    /** Blocks for which a restoral order is claimed. */
    claimPeriod: (at: StorageAccess) => storage.Periods.get(at).claim,
    /** Removes the tags of a fragment as of block `goneAt`. */
    untag: (ctx: Context, provider: number, place: FragmentPlace, goneAt: number) =>
      dropSlot(ctx, needs, provider, place, goneAt),
    /** Whether the enclave signed the tags of every fragment for this provider, whether or not it is the holder yet. */
    areTagsSigned: (ctx: Context, claim: TagClaim) => areTagsSigned(ctx, needs, claim),
    /** Gives slots to tagged fragments of their holder; fails for wrong signatures. */
    reportTags: (ctx: Context, claim: TagClaim) => reportTags(ctx, needs, claim),
    /** Under which key a fragment is tagged, and since when. */
    tagOf: (at: StorageAccess, { fileId, segment, fragment }: FragmentPlace) => {
      const tag = storage.Tags.get(at, fileId, segment, fragment);
      return tag && { keyId: tag.key_id, taggedAt: tag.tagged_at };
    },
    /** Block that opened the last round that the provider passed for its registry under that key. */
    passedAt: (at: StorageAccess, provider: number, keyId: Uint8Array) =>
      storage.Registries.get(at, provider, keyId)?.passed_at,
  };
}
