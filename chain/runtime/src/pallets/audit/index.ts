// Audit: the registry of tagged fragments and the rounds that ask for proofs of them (PODR2-4, PODR2-6, STORE-1 steps 5
// to 10, docs/protocol/audit.md).
import { h256 } from '@cess/chain-primitives';
import { fixedBytes, u32, u128, vec } from '@cess/codec';
import type { Context, Origin } from '../../frame/context.js';
import { ensure, ensureSigned } from '../../frame/failure.js';
import { call, constant, definePallet } from '../../frame/pallet.js';
import { openRounds } from './draw.js';
import { compact, type FragmentPlace, type RegistryNeeds } from './registry.js';
import {
  concede,
  dispute,
  endPeriods,
  isProofDue,
  isVerdictDue,
  type RoundRef,
  submitProof,
  submitVerdicts,
} from './rounds.js';
import { areTagsDue, type FragmentRecord, reportTags } from './tags.js';
import {
  auditErrors,
  auditEvents,
  auditId,
  DISPUTE_DEPOSIT,
  MAX_REPORTS,
  MAX_VERDICTS,
  auditStorage as storage,
  tagReport,
  verdict,
} from './types.js';

export interface AuditNeeds extends RegistryNeeds {
  genesisHash(ctx: Context): Uint8Array;
  blockNumber(ctx: Context): number;
  /** Beacon of the current block. */
  beacon(ctx: Context): Uint8Array;
  minerOf(ctx: Context, account: Uint8Array): number | undefined;
  fragmentOf(ctx: Context, place: FragmentPlace): FragmentRecord | undefined;
  /** Since when a file is being deleted. */
  fileDeletedAt(ctx: Context, fileId: Uint8Array): number | undefined;
  /** The provider passed a round. */
  passed(ctx: Context, miner: number): void;
  /** The provider failed a round: these fragments are lost. */
  failed(ctx: Context, miner: number, outcome: 'Invalid' | 'Conceded', places: readonly FragmentPlace[]): void;
  /** The provider did not answer. */
  struck(ctx: Context, miner: number, strike: { readonly strikes: number; readonly isLast: boolean }): void;
  workerOf(ctx: Context, account: Uint8Array): number | undefined;
  signerKeyOf(ctx: Context, worker: number): Uint8Array;
  drawVerifier(ctx: Context, random: number, except?: number): number | undefined;
  beginDuty(ctx: Context, worker: number): void;
  endDuty(ctx: Context, worker: number): void;
  noteTagged(ctx: Context, worker: number, bytes: bigint): void;
  noteVerdict(ctx: Context, worker: number, bytes: bigint): void;
  punishMissedDuty(ctx: Context, worker: number): void;
  punishWrongVerdict(ctx: Context, worker: number, disputer: Uint8Array): void;
  reserve(ctx: Context, who: Uint8Array, amount: bigint): void;
  unreserve(ctx: Context, who: Uint8Array, amount: bigint): void;
  /** Reserved tokens go to the treasury. */
  forfeit(ctx: Context, who: Uint8Array, amount: bigint): void;
}

const PER_CALL = 100_000_000n;
const PER_REPORT = 700_000_000n;
const PER_VERDICT = 700_000_000n;
/** A challenge of up to 46 fragments is read and their holders are taken away. */
const FAILURE = 50_000_000_000n;
/** A whole verification, 505 blocks. */
const VERIFICATION = 500_000_000_000n;
const PER_DEADLINE = 2_000_000_000n;
const PER_ROUND = 300_000_000n;
const PER_TOMBSTONE = 100_000_000n;

const weightOf = (ref_time: bigint) => ({ ref_time, proof_size: 0n });
const errors = auditErrors.byName;

export function createAudit(needs: AuditNeeds) {
  const minerOfCaller = (ctx: Context, origin: Origin): number => {
    const miner = needs.minerOf(ctx, ensureSigned(origin));
    ensure(miner !== undefined, errors.NotMiner);
    return miner;
  };
  const ownRound = (ctx: Context, origin: Origin, args: { readonly key_id: Uint8Array; readonly round: number }) => ({
    miner: minerOfCaller(ctx, origin),
    keyId: args.key_id,
    round: args.round,
  });

  const calls = {
    report_tags: call({
      index: 0,
      docs: 'Reports fragments of the calling provider as tagged; what is not due is passed over.',
      args: { key_id: h256, reports: vec(tagReport, { max: MAX_REPORTS }) },
      weight: ({ reports }) => weightOf(PER_CALL + PER_REPORT * BigInt(reports.length)),
      feeless: (ctx, who, { key_id: keyId, reports }) => {
        const miner = needs.minerOf(ctx, who);
        return miner !== undefined && areTagsDue(ctx, needs, { miner, keyId, reports });
      },
      dispatch: (ctx, origin, { key_id: keyId, reports }) =>
        reportTags(ctx, needs, { miner: minerOfCaller(ctx, origin), keyId, reports }),
    }),
    submit_proof: call({
      index: 1,
      docs: 'Answers a round; `as_of` names the block up to which deletions were taken into account.',
      args: { key_id: h256, round: u32, as_of: u32, proof: fixedBytes(128) },
      weight: () => weightOf(PER_CALL),
      feeless: (ctx, who, { key_id: keyId, round, as_of }) => {
        const miner = needs.minerOf(ctx, who);
        return miner !== undefined && isProofDue(ctx, needs, { miner, keyId, round }, as_of);
      },
      dispatch: (ctx, origin, args) =>
        submitProof(ctx, needs, ownRound(ctx, origin, args), { asOf: args.as_of, proof: args.proof }),
    }),
    submit_verdicts: call({
      index: 2,
      docs: 'Judges answered rounds that were given to the calling worker; what is not due is passed over.',
      args: { verdicts: vec(verdict, { max: MAX_VERDICTS }) },
      weight: ({ verdicts }) => weightOf(PER_CALL + PER_VERDICT * BigInt(verdicts.length)),
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
    }),
    dispute: call({
      index: 3,
      docs: 'Lets the runtime verify a judged proof itself; a deposit is lost if the verdict was right.',
      args: { miner: u32, key_id: h256, round: u32 },
      weight: () => weightOf(PER_CALL + VERIFICATION + FAILURE),
      dispatch: (ctx, origin, { miner, key_id: keyId, round }) =>
        dispute(ctx, needs, { miner, keyId, round } satisfies RoundRef, ensureSigned(origin)),
    }),
    concede: call({
      index: 4,
      docs: 'Admits that a round cannot be answered.',
      args: { key_id: h256, round: u32 },
      weight: () => weightOf(PER_CALL + FAILURE),
      dispatch: (ctx, origin, args) => concede(ctx, needs, ownRound(ctx, origin, args)),
    }),
  };

  return definePallet({
    id: auditId,
    docs: 'Proofs of storage: what is tagged, who is asked, what was answered.',
    storage,
    calls,
    events: auditEvents,
    errors: auditErrors,
    constants: { DisputeDeposit: constant(u128, DISPUTE_DEPOSIT, 'Lost by who disputes a right verdict.') },
    hooks: {
      onInitialize: (ctx: Context) => {
        const compacted = BigInt(compact(ctx)) * PER_TOMBSTONE;
        const ended = BigInt(endPeriods(ctx, needs)) * PER_DEADLINE;
        const opened = BigInt(openRounds(ctx, needs)) * PER_ROUND;
        return weightOf(compacted + ended + opened);
      },
    },
  });
}
