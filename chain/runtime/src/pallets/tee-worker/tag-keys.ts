// Tagging keys: possession and evidence are checked once, when a worker registers a key.
import { attestationReportData, checkPublicKey, tagKeyId } from '@cess/proofs';
import { softwareEvidenceMessage } from '@cess/types';
import type { Context } from '../../frame/context.js';
import { ensure } from '../../frame/failure.js';
import {
  type Evidence,
  KEY_DEPOSIT,
  teeWorkerStorage as storage,
  type TagKeyDeclaration,
  teeWorkerErrors,
} from './declaration.js';
import type { TeeWorkerNeeds } from './needs.js';

const errors = teeWorkerErrors.byName;

export interface KeyClaim {
  readonly controller: Uint8Array;
  readonly signerKey: Uint8Array;
  readonly key: TagKeyDeclaration;
  readonly evidence: Evidence;
}

/** Checks possession and evidence of a tagging key; gives its id. */
export function acceptKey(
  ctx: Context,
  needs: TeeWorkerNeeds,
  { controller, signerKey, key, evidence }: KeyClaim,
): Uint8Array {
  const publicKey = { x: key.x, xAlpha: key.x_alpha, srsHash: key.srs_hash, possession: key.possession };
  const id = tagKeyId(publicKey);
  ensure(!storage.TagKeys.has(ctx, id), errors.TagKeyInUse);
  ensure(storage.SoftwareEnclaves.get(ctx), errors.SoftwareEnclaveRefused);
  const genesis = needs.genesisHash(ctx);
  const reportData = attestationReportData(publicKey, key.epoch, genesis);
  const message = softwareEvidenceMessage(controller, reportData);
  ensure(ctx.crypto.verifyEd25519(evidence.value, message, signerKey), errors.BadEvidence);
  ensure(checkPublicKey(ctx.crypto.bls, publicKey, genesis).ok, errors.TagKeyRefused);
  return id;
}

interface AcceptedKey {
  readonly worker: number;
  readonly controller: Uint8Array;
  readonly id: Uint8Array;
  readonly key: TagKeyDeclaration;
}

/** Records an accepted key as one of the worker's, for a deposit. */
export function recordKey(ctx: Context, needs: TeeWorkerNeeds, { worker, controller, id, key }: AcceptedKey): void {
  needs.records.hold(ctx, controller, KEY_DEPOSIT);
  const { x, x_alpha, srs_hash, epoch } = key;
  storage.TagKeys.put(ctx, id, { worker, x, x_alpha, srs_hash, epoch, registered_at: needs.blockNumber(ctx) });
}
