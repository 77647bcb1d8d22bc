// report_tags: fragments get their slots (docs/protocol/audit.md §2). What the enclave signed is recomputed from the
// chain's own records; the provider only says which fragments, and what the tags hash to.
import { fragmentTagId, tagSetDigest } from '@cess/proofs';
import type { Context } from '../../frame/context.js';
import { ensure } from '../../frame/failure.js';
import { workerOf } from '../tee-worker/duties.js';
import { teeWorkerStorage } from '../tee-worker/types.js';
import type { AuditNeeds } from './index.js';
import { addSlot, type FragmentPlace } from './registry.js';
import { auditErrors, auditEvents, type SlotInfo, auditStorage as storage, type TagReport } from './types.js';

const errors = auditErrors.byName;

/** What FileBank knows of a fragment of a file that is not being deleted. */
export interface FragmentRecord {
  readonly orderId: Uint8Array;
  readonly root: Uint8Array;
  readonly length: number;
  readonly holder: number | undefined;
}

export interface TagClaim {
  readonly miner: number;
  readonly keyId: Uint8Array;
  readonly reports: readonly TagReport[];
}

const placeOf = ({ file_id, segment, fragment }: TagReport): FragmentPlace => ({ fileId: file_id, segment, fragment });

/** The fragment of a report, if the provider holds it without tags. */
function untagged(ctx: Context, needs: AuditNeeds, miner: number, report: TagReport): FragmentRecord | undefined {
  if (storage.Tags.has(ctx, report.file_id, report.segment, report.fragment)) return undefined;
  const record = needs.fragmentOf(ctx, placeOf(report));
  return record?.holder === miner ? record : undefined;
}

interface TagSigner {
  readonly genesis: Uint8Array;
  readonly signerKey: Uint8Array;
}

/** The id of the fragment's tags if the enclave has signed them. */
function signedId(
  ctx: Context,
  { genesis, signerKey }: TagSigner,
  { miner, keyId }: Omit<TagClaim, 'reports'>,
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
    provider: miner,
    keyId,
  };
  const digest = tagSetDigest(identity, record.length, report.tags_hash);
  return ctx.crypto.verifyEd25519(report.signature, digest, signerKey) ? fragmentTagId(identity) : undefined;
}

/** Whether every report of the claim is due and signed: then it costs nothing. */
export function areTagsDue(ctx: Context, needs: AuditNeeds, claim: TagClaim): boolean {
  const key = teeWorkerStorage.TagKeys.get(ctx, claim.keyId);
  if (key === undefined || claim.reports.length === 0) return false;
  const signer = { genesis: needs.genesisHash(ctx), signerKey: workerOf(ctx, key.worker).signer_key };
  return claim.reports.every((report) => {
    const record = untagged(ctx, needs, claim.miner, report);
    return record !== undefined && signedId(ctx, signer, claim, report, record) !== undefined;
  });
}

/** Gives slots to what is due; the rest is passed over. */
export function reportTags(ctx: Context, needs: AuditNeeds, claim: TagClaim): void {
  const { miner, keyId, reports } = claim;
  const key = teeWorkerStorage.TagKeys.get(ctx, keyId);
  ensure(key !== undefined, errors.KeyUnknown);
  const signer = { genesis: needs.genesisHash(ctx), signerKey: workerOf(ctx, key.worker).signer_key };
  const now = needs.blockNumber(ctx);
  let bytes = 0n;
  let fragments = 0;
  for (const report of reports) {
    const record = untagged(ctx, needs, miner, report);
    if (record === undefined) continue;
    const tag_id = signedId(ctx, signer, claim, report, record);
    ensure(tag_id !== undefined, errors.BadTagSignature);
    const { file_id, segment, fragment } = report;
    const slot: SlotInfo = { tag_id, file_id, segment, fragment, length: record.length, gone_at: undefined };
    addSlot(ctx, miner, keyId, slot, now);
    bytes += BigInt(record.length);
    fragments++;
  }
  ensure(fragments > 0, errors.NothingToDo);
  needs.noteTagged(ctx, key.worker, bytes);
  auditEvents.deposit(ctx, { type: 'TagsReported', value: { miner, key_id: keyId, fragments, bytes } });
}
