// TeeWorker: registration and duties of the workers that make tags and judge proofs (TEE-1, docs/protocol/audit.md §1).
import type { Context, StorageAccess } from '../../frame/context.js';
import { definePallet } from '../../frame/pallet.js';
import { createTeeWorkerCalls } from './calls.js';
import { teeWorker, teeWorkerStorage } from './declaration.js';
import {
  beginDuty,
  drawVerifier,
  endDuty,
  failedVerdictLimit,
  noteTagged,
  noteVerdict,
  punishMissedDuty,
  punishWrongVerdict,
  workerOf,
} from './duties.js';
import { buildTeeWorkerGenesis } from './genesis.js';
import type { TeeWorkerNeeds } from './needs.js';
import { formerReserves } from './upgrade.js';

export type { TeeWorkerNeeds } from './needs.js';

/** The pallet, and what others do with it. */
export function createTeeWorker(needs: TeeWorkerNeeds) {
  return {
    pallet: definePallet(teeWorker, { calls: createTeeWorkerCalls(needs), genesis: buildTeeWorkerGenesis }),
    /** Index of the worker that the account runs. */
    indexOf: (at: StorageAccess, account: Uint8Array) => teeWorkerStorage.WorkerIndex.get(at, account),
    /** The enclave's key, which signs tag sets and verdicts. */
    signerKeyOf: (at: StorageAccess, worker: number) => workerOf(at, worker).signer_key,
    /** A registered tagging key; revoked once its worker has left. */
    tagKey: (at: StorageAccess, keyId: Uint8Array) => {
      const key = teeWorkerStorage.TagKeys.get(at, keyId);
      return key && { ...key, isRevoked: workerOf(at, key.worker).state === 'Exited' };
    },
    /** The account of the consensus node that the worker credits. */
    bondOf: (at: StorageAccess, worker: number) => workerOf(at, worker).bond,
    drawVerifier: (ctx: Context, random: Uint8Array, except?: number) => drawVerifier(ctx, needs, random, except),
    failedVerdictLimit,
    /** Block in which a verdict of the worker was last found wrong. */
    lastWrongVerdict: (at: StorageAccess, worker: number) => teeWorkerStorage.LastWrong.get(at, worker),
    formerReserves,
    beginDuty,
    endDuty,
    noteTagged,
    noteVerdict,
    punishMissedDuty: (ctx: Context, worker: number) => punishMissedDuty(ctx, needs, worker),
    punishWrongVerdict: (ctx: Context, worker: number, disputer: Uint8Array) =>
      punishWrongVerdict(ctx, needs, worker, disputer),
  };
}
