// Calls of Audit: tags, proofs, verdicts, disputes.
import type { Context, Origin } from '../../frame/context.js';
import { ensure, ensureSigned } from '../../frame/failure.js';
import type { CallsOf } from '../../frame/pallet.js';
import type { RoundRef } from '../../shared-types.js';
import { type audit, auditErrors, DISPUTE_DEPOSIT } from './declaration.js';
import type { AuditNeeds } from './needs.js';
import {
  concede,
  dispute,
  disputeBatch,
  isDisputable,
  isProofDue,
  isVerdictDue,
  submitProof,
  submitVerdicts,
} from './rounds.js';
import { areTagsDue, reportTags } from './tags.js';
import {
  concessionWeight,
  disputesWeight,
  disputeWeight,
  PROOF_WEIGHT,
  reportsWeight,
  verdictsWeight,
} from './weights.js';

const errors = auditErrors.byName;

export function createAuditCalls(needs: AuditNeeds): CallsOf<typeof audit> {
  const providerOfCaller = (ctx: Context, origin: Origin): number => {
    const provider = needs.providerOf(ctx, ensureSigned(origin));
    ensure(provider !== undefined, errors.NotMiner);
    return provider;
  };
  const ownRound = (
    ctx: Context,
    origin: Origin,
    args: { readonly key_id: Uint8Array; readonly round: number },
  ): RoundRef => ({
    provider: providerOfCaller(ctx, origin),
    keyId: args.key_id,
    round: args.round,
  });

  /**
   * Disputes have reserved room for everybody who pays their deposits: a flood must not let a wrong verdict stand. A dispute
   * ends its round and, if the verdict was right, costs the deposit, so that nobody can fill the room with them for free.
   */
  const areDisputable = (
    ctx: Context,
    who: Uint8Array,
    rounds: readonly { readonly miner: number; readonly key_id: Uint8Array; readonly round: number }[],
  ): boolean =>
    rounds.length > 0 &&
    needs.disputeDeposits.canHold(ctx, who, DISPUTE_DEPOSIT * BigInt(rounds.length)) &&
    rounds.every(({ miner, key_id: keyId, round }) => isDisputable(ctx, needs, { provider: miner, keyId, round }));

  return {
    report_tags: {
      weight: reportsWeight,
      feeless: (ctx, who, { key_id: keyId, reports }) => {
        const provider = needs.providerOf(ctx, who);
        return provider !== undefined && areTagsDue(ctx, needs, { provider, keyId, reports });
      },
      dispatch: (ctx, origin, args) => {
        const { key_id: keyId, reports } = args;
        return reportsWeight(args, reportTags(ctx, needs, { provider: providerOfCaller(ctx, origin), keyId, reports }));
      },
    },
    submit_proof: {
      weight: () => PROOF_WEIGHT,
      feeless: (ctx, who, { key_id: keyId, round, as_of }) => {
        const provider = needs.providerOf(ctx, who);
        return provider !== undefined && isProofDue(ctx, needs, { provider, keyId, round }, as_of);
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
      dispatch: (ctx, origin, args) => {
        const worker = needs.workerOf(ctx, ensureSigned(origin));
        ensure(worker !== undefined, errors.NotVerifier);
        return verdictsWeight(args, submitVerdicts(ctx, needs, worker, args.verdicts));
      },
    },
    dispute: {
      weight: () => disputeWeight(),
      isDuty: (ctx, who, claim) => areDisputable(ctx, who, [claim]),
      dispatch: (ctx, origin, { miner: provider, key_id: keyId, round }) =>
        disputeWeight(dispute(ctx, needs, { provider, keyId, round }, ensureSigned(origin))),
    },
    dispute_batch: {
      weight: disputesWeight,
      isDuty: (ctx, who, { rounds }) => areDisputable(ctx, who, rounds),
      dispatch: (ctx, origin, args) => {
        const refs = args.rounds.map(({ miner: provider, key_id: keyId, round }) => ({ provider, keyId, round }));
        return disputesWeight(args, disputeBatch(ctx, needs, refs, ensureSigned(origin)));
      },
    },
    concede: {
      weight: () => concessionWeight(),
      isDuty: (ctx, who, { key_id: keyId, round }) => {
        const provider = needs.providerOf(ctx, who);
        return provider !== undefined && isProofDue(ctx, needs, { provider, keyId, round }, needs.blockNumber(ctx));
      },
      dispatch: (ctx, origin, args) => concessionWeight(concede(ctx, needs, ownRound(ctx, origin, args))),
    },
  };
}
