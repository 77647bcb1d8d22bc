// report_tags: fragments get their slots (docs/protocol/audit.md §2). What the enclave signed is recomputed from the
// chain's own records; the provider only says which fragments, and what the tags hash to.
import { fragmentTagId, tagSetDigest } from '@cess/proofs';
import type { Context } from '../../frame/context.js';
import { ensure } from '../../frame/failure.js';
import type { FragmentPlace } from '../../shared-types.js';
import {
  auditErrors,
  auditEvents,
  MAX_REGISTRIES,
  MAX_REGISTRIES_PER_WORKER,
  type SlotInfo,
  auditStorage as storage,
  type TagReport,
} from './declaration.js';
import type { AuditNeeds, FragmentRecord } from './needs.js';
import { addSlot } from './registry.js';
import type { Reported } from './weights.js';

const errors = auditErrors.byName;

export interface TagClaim {
  readonly provider: number;
  readonly keyId: Uint8Array;
  readonly reports: readonly TagReport[];
}

const placeOf = ({ file_id, segment, fragment }: TagReport): FragmentPlace => ({ fileId: file_id, segment, fragment });

/** The fragment of a report, if the provider holds it without tags. */
function untagged(ctx: Context, needs: AuditNeeds, provider: number, report: TagReport): FragmentRecord | undefined {
  if (storage.Tags.has(ctx, report.file_id, report.segment, report.fragment)) return undefined;
  const record = needs.fragmentOf(ctx, placeOf(report));
  return record?.holder === provider ? record : undefined;
}

/**
 * Whether the provider has, or may have, a registry under the key. A worker may register any number of keys; bounded per worker,
 * they cannot make so many registries that the draw (draw.ts) does not get to those of others.
 */
function compareRegistries(
  ctx: Context,
  needs: AuditNeeds,
  { provider, keyId, worker }: { readonly provider: number; readonly keyId: Uint8Array; readonly worker: number },
): { readonly isAllowed: boolean; readonly read: number } {
  if (storage.Registries.has(ctx, provider, keyId)) return { isAllowed: true, read: 0 };
  let ofWorker = 0;
  let read = 0;
  for (const [[, key]] of storage.Registries.entries(ctx, [provider], MAX_REGISTRIES)) {
    read++;
    if (needs.tagKey(ctx, key)?.worker === worker) ofWorker++;
  }
  return { isAllowed: ofWorker < MAX_REGISTRIES_PER_WORKER && read < MAX_REGISTRIES, read };
}

interface TagSigner {
  readonly genesis: Uint8Array;
  readonly signerKey: Uint8Array;
}

/** The id of the fragment's tags if the enclave has signed them. */
function signedId(
  ctx: Context,
  { genesis, signerKey }: TagSigner,
  { provider, keyId }: Omit<TagClaim, 'reports'>,
  report: TagReport,
  record: FragmentRecord,
): Uint8Array | undefined {
  const identity = {
    genesis,
    orderId: record.orderId,
    fileId: report.file_id,
    segment: report.segment,
    fragment: report.fragment,
    replica: 0,
    root: record.root,
    provider,
    keyId,
  };
  const digest = tagSetDigest(identity, record.length, report.tags_hash);
  return ctx.crypto.verifyEd25519(report.signature, digest, signerKey) ? fragmentTagId(identity) : undefined;
}

/** Who signed the tags of a claim; undefined if the claim is empty or the provider must not tag under its key. */
function signerOf(ctx: Context, needs: AuditNeeds, { provider, keyId, reports }: TagClaim): TagSigner | undefined {
  const key = needs.tagKey(ctx, keyId);
  if (key === undefined || key.isRevoked || reports.length === 0) return undefined;
  if (!compareRegistries(ctx, needs, { provider, keyId, worker: key.worker }).isAllowed) return undefined;
  return { genesis: needs.genesisHash(ctx), signerKey: needs.signerKeyOf(ctx, key.worker) };
}

/** Whether every report of the claim is due and signed: then it costs nothing. */
export function areTagsDue(ctx: Context, needs: AuditNeeds, claim: TagClaim): boolean {
  const signer = signerOf(ctx, needs, claim);
  if (signer === undefined) return false;
  return claim.reports.every((report) => {
    const record = untagged(ctx, needs, claim.provider, report);
    return record !== undefined && signedId(ctx, signer, claim, report, record) !== undefined;
  });
}

/** Whether the enclave signed the tags of every fragment for this provider, whether or not it is the holder yet. */
export function areTagsSigned(ctx: Context, needs: AuditNeeds, claim: TagClaim): boolean {
  const signer = signerOf(ctx, needs, claim);
  if (signer === undefined) return false;
  return claim.reports.every((report) => {
    const record = needs.fragmentOf(ctx, placeOf(report));
    return record !== undefined && signedId(ctx, signer, claim, report, record) !== undefined;
  });
}

/** Gives slots to the fragments that are due; skips the rest. */
export function reportTags(ctx: Context, needs: AuditNeeds, claim: TagClaim): Reported {
  const { provider, keyId, reports } = claim;
  const key = needs.tagKey(ctx, keyId);
  ensure(key !== undefined, errors.KeyUnknown);
  ensure(!key.isRevoked, errors.KeyRevoked);
  const { isAllowed, read: registries } = compareRegistries(ctx, needs, { provider, keyId, worker: key.worker });
  ensure(isAllowed, errors.TooManyRegistries);
  const signer = { genesis: needs.genesisHash(ctx), signerKey: needs.signerKeyOf(ctx, key.worker) };
  const now = needs.blockNumber(ctx);
  let bytes = 0n;
  let fragments = 0;
  for (const report of reports) {
    const record = untagged(ctx, needs, provider, report);
    if (record === undefined) continue;
    const tag_id = signedId(ctx, signer, claim, report, record);
    ensure(tag_id !== undefined, errors.BadTagSignature);
    const { file_id, segment, fragment } = report;
    const slot: SlotInfo = { tag_id, file_id, segment, fragment, length: record.length, gone_at: undefined };
    addSlot(ctx, provider, keyId, slot, now);
    bytes += BigInt(record.length);
    fragments++;
  }
  ensure(fragments > 0, errors.NothingToDo);
  needs.noteTagged(ctx, key.worker, bytes);
  auditEvents.deposit(ctx, { type: 'TagsReported', value: { miner: provider, key_id: keyId, fragments, bytes } });
  return { reported: fragments, registries };
}
