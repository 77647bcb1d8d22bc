// Calls of Audit: tags, proofs, verdicts, disputes.
import type { Context, Origin } from '../../frame/context.js';
import { ensure, ensureSigned } from '../../frame/failure.js';
import type { CallsOf } from '../../frame/pallet.js';
import type { RoundRef } from '../../shared-types.js';
import { type audit, auditErrors } from './declaration.js';
import type { AuditNeeds } from './needs.js';
import { concede, dispute, isProofDue, isVerdictDue, submitProof, submitVerdicts } from './rounds.js';
import { areTagsDue, reportTags } from './tags.js';
import { CONCESSION_WEIGHT, DISPUTE_WEIGHT, PROOF_WEIGHT, reportsWeight, verdictsWeight } from './weights.js';

const errors = auditErrors.byName;

export function createAuditCalls(needs: AuditNeeds): CallsOf<typeof audit> {
  const minerOfCaller = (ctx: Context, origin: Origin): number => {
    const miner = needs.minerOf(ctx, ensureSigned(origin));
    ensure(miner !== undefined, errors.NotMiner);
    return miner;
  };
  const ownRound = (
    ctx: Context,
    origin: Origin,
    args: { readonly key_id: Uint8Array; readonly round: number },
  ): RoundRef => ({
    miner: minerOfCaller(ctx, origin),
    keyId: args.key_id,
    round: args.round,
  });

  return {
    report_tags: {
      weight: reportsWeight,
      feeless: (ctx, who, { key_id: keyId, reports }) => {
        const miner = needs.minerOf(ctx, who);
        return miner !== undefined && areTagsDue(ctx, needs, { miner, keyId, reports });
      },
      dispatch: (ctx, origin, { key_id: keyId, reports }) =>
        reportTags(ctx, needs, { miner: minerOfCaller(ctx, origin), keyId, reports }),
    },
    submit_proof: {
      weight: () => PROOF_WEIGHT,
      feeless: (ctx, who, { key_id: keyId, round, as_of }) => {
        const miner = needs.minerOf(ctx, who);
        return miner !== undefined && isProofDue(ctx, needs, { miner, keyId, round }, as_of);
      },
      dispatch: (ctx, origin, args) =>
        submitProof(ctx, needs, ownRound(ctx, origin, args), { asOf: args.as_of, proof: args.proof }),
    },
    submit_verdicts: {
      weight: verdictsWeight,
      feeless: (ctx, who, { verdicts }) => {
        const worker = needs.workerOf(ctx, who);
        if (worker === undefined || verdicts.length === 0) return false;
        return verdicts.every((claim) => isVerdictDue(ctx, needs, worker, claim));
      },
      dispatch: (ctx, origin, { verdicts }) => {
        const worker = needs.workerOf(ctx, ensureSigned(origin));
        ensure(worker !== undefined, errors.NotVerifier);
        submitVerdicts(ctx, needs, worker, verdicts);
      },
    },
    dispute: {
      weight: () => DISPUTE_WEIGHT,
      dispatch: (ctx, origin, { miner, key_id: keyId, round }) =>
        dispute(ctx, needs, { miner, keyId, round }, ensureSigned(origin)),
    },
    concede: {
      weight: () => CONCESSION_WEIGHT,
      dispatch: (ctx, origin, args) => concede(ctx, needs, ownRound(ctx, origin, args)),
    },
  };
}
