// Trials: what is measured of a candidate beside its stake (R2S-10, docs/protocol/r2s.md §13). The first block of an epoch asks all candidates
// for values of its state. Whoever has the state answers within some blocks; the chain keeps a hash of each answer and not what it
// is made from, so that neither the state that it shows nor the answer of another candidate tells one.
import { blake2_256 } from '@cess/crypto';
import { concatBytes, elementAt, equalBytes, utf8 } from '@cess/primitives';
import type { Context, StorageAccess } from '../../frame/context.js';
import { ensure } from '../../frame/failure.js';
import {
  stakingEvents as events,
  stakingErrors,
  stakingStorage as storage,
  TRIAL_BLOCKS,
  type TrialRecord,
  type TrialRules,
} from './declaration.js';
import type { StakingNeeds } from './needs.js';

const errors = stakingErrors.byName;
const questionDomain = utf8('CESS/r2s-trial-question/v1');
const answerDomain = utf8('CESS/r2s-trial-answer/v1');
/** Entries of the state that an answer needs, each found by the one before. */
const SAMPLES = 16;
/** Bytes of the place in a map at which an entry is looked for. */
const PLACE_BYTES = 16;
/** As if it had answered every trial: authorities of the genesis. */
export const PROVEN: TrialRecord = { passed: 0xffff_ffff, open: undefined };

/** The answer of a candidate over the state before the block that asks. */
export function trialAnswer(
  at: StorageAccess,
  needs: Pick<StakingNeeds, 'sampledMaps'>,
  seed: Uint8Array,
  account: Uint8Array,
): Uint8Array {
  return answerOf(sampleState(at, needs, seed), account);
}

function answerOf(digest: Uint8Array, account: Uint8Array): Uint8Array {
  return blake2_256(concatBytes(answerDomain, digest, account));
}

function sampleState(
  { ext }: StorageAccess,
  { sampledMaps }: Pick<StakingNeeds, 'sampledMaps'>,
  seed: Uint8Array,
): Uint8Array {
  let digest = seed;
  for (let i = 0; i < SAMPLES; i++) {
    const map = elementAt(sampledMaps, i % sampledMaps.length);
    const [next] = ext.keys(map, concatBytes(map, digest.subarray(0, PLACE_BYTES)), 1);
    const [key] = next === undefined ? ext.keys(map, undefined, 1) : [next];
    // An empty map adds nothing.
    if (key !== undefined) digest = blake2_256(concatBytes(digest, key, ext.get(key) ?? new Uint8Array(0)));
    else digest = blake2_256(digest);
  }
  return digest;
}

/** Asks all candidates, once in an epoch, before anything else of the block changes the state. Returns how many. */
export function askTrial(ctx: Context, needs: StakingNeeds): number {
  const { epoch } = needs.clock(ctx);
  if (storage.TrialRules.get(ctx).of === 0 || storage.Trial.get(ctx)?.epoch === epoch) return 0;
  const asked_in = needs.blockNumber(ctx);
  const seed = blake2_256(concatBytes(questionDomain, needs.beacon(ctx)));
  const digest = sampleState(ctx, needs, seed);
  const candidates = [...storage.Candidates.entries(ctx, [])].filter(([, { state }]) => state === 'Active');
  let missed = 0;
  for (const [[account]] of candidates) {
    const { passed, open } = storage.TrialRecords.get(ctx, account);
    if (open !== undefined) missed++;
    const answer = answerOf(digest, account);
    storage.TrialRecords.put(ctx, account, { passed: (passed << 1) >>> 0, open: blake2_256(answer) });
  }
  storage.Trial.put(ctx, { epoch, asked_in, seed });
  events.deposit(ctx, { type: 'TrialAsked', value: { epoch, candidates: candidates.length, missed } });
  return candidates.length;
}

export interface TrialAnswer {
  readonly candidate: Uint8Array;
  readonly answer: Uint8Array;
}

function isOver(at: StorageAccess, needs: StakingNeeds): boolean {
  const trial = storage.Trial.get(at);
  return trial === undefined || needs.blockNumber(at) > trial.asked_in + TRIAL_BLOCKS;
}

/** Whether the caller is the candidate or its key: nobody else has a reason to answer. */
function isOwn(at: StorageAccess, who: Uint8Array, candidate: Uint8Array): boolean {
  const key = storage.Candidates.get(at, candidate)?.key;
  return key !== undefined && (equalBytes(who, candidate) || equalBytes(who, key));
}

function isRight(open: Uint8Array, answer: Uint8Array): boolean {
  return equalBytes(blake2_256(answer), open);
}

export function answerTrial(
  ctx: Context,
  needs: StakingNeeds,
  who: Uint8Array,
  { candidate, answer }: TrialAnswer,
): void {
  ensure(isOwn(ctx, who, candidate), errors.NotCandidate);
  const { passed, open } = storage.TrialRecords.get(ctx, candidate);
  ensure(open !== undefined && !isOver(ctx, needs), errors.NoTrial);
  ensure(isRight(open, answer), errors.AnswerWrong);
  storage.TrialRecords.put(ctx, candidate, { passed: (passed | 1) >>> 0, open: undefined });
  events.deposit(ctx, { type: 'TrialPassed', value: { account: candidate } });
}

/** Whether an answer is free: it is right, in time, and by the candidate or its key. */
export function isFreeAnswer(
  at: StorageAccess,
  needs: StakingNeeds,
  who: Uint8Array,
  { candidate, answer }: TrialAnswer,
): boolean {
  const { open } = storage.TrialRecords.get(at, candidate);
  return open !== undefined && !isOver(at, needs) && isOwn(at, who, candidate) && isRight(open, answer);
}

/** Whether a candidate answered enough of the last trials. One that runs is not counted yet. */
export function hasPassedTrials(at: StorageAccess, needs: StakingNeeds, account: Uint8Array): boolean {
  const rules: TrialRules = storage.TrialRules.get(at);
  const { passed, open } = storage.TrialRecords.get(at, account);
  const settled = open !== undefined && !isOver(at, needs) ? passed >>> 1 : passed;
  let count = 0;
  for (let i = 0; i < rules.of; i++) count += (settled >>> i) & 1;
  return count >= rules.required;
}
