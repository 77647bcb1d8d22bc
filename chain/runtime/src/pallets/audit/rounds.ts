// The life of a round: proof, verdict, dispute, concession, expiry (docs/protocol/audit.md §4, §5). Every transition
// replaces the round's deadline, so that each open round has exactly one.
import type { Weight } from '@cess/chain-primitives';
import { sha256 } from '@cess/crypto';
import { concatBytes, invariant } from '@cess/primitives';
import { verify } from '@cess/proofs';
import { verdictDigest } from '@cess/types';
import type { Context, StorageAccess } from '../../frame/context.js';
import { ensure } from '../../frame/failure.js';
import type { WorkBudget } from '../../frame/work-budget.js';
import type { FragmentPlace, RoundRef } from '../../shared-types.js';
import { type ChallengedSlot, challengeAsOf, challengedSlots, slotsAsOf } from './challenge.js';
import {
  auditErrors,
  type ChallengeInfo,
  type ChallengeState,
  DISPUTE_DEPOSIT,
  auditEvents as events,
  MAX_DEADLINES_PER_BLOCK,
  MAX_FAILURES_PER_BLOCK,
  MAX_VERIFIERS,
  type Outcome,
  type SlotInfo,
  auditStorage as storage,
  TOLERATED_STRIKES,
  type VerdictClaim,
} from './declaration.js';
import { lostInPeriod, startPeriod } from './duty-clock.js';
import { endVerdict, isDoubtful, mayFail, noteFailed } from './failed-verdicts.js';
import type { AuditNeeds } from './needs.js';
import { endQuestion, registryOf, setProven } from './registry.js';
import { type Disputed, type Judged, UPKEEP_WEIGHT } from './weights.js';

const errors = auditErrors.byName;

/** Strikes are counted in one byte. */
const MAX_STRIKES = 255;

type StateOf<T extends ChallengeState['type']> = Extract<ChallengeState, { readonly type: T }>['value'];

/** The running round of that number, if there is one. */
function roundOf(at: StorageAccess, { provider, keyId, round }: RoundRef): ChallengeInfo | undefined {
  const info = storage.Challenges.get(at, provider, keyId);
  return info?.round === round ? info : undefined;
}

/** Last block of the period that the round is in. */
function periodEnd({ deadline, state }: ChallengeInfo): number {
  if (state.type === 'Open') return deadline;
  return state.type === 'Answered' ? state.value.verify_by : state.value.dispute_until;
}

function changeState(ctx: Context, { provider, keyId }: RoundRef, info: ChallengeInfo, state: ChallengeState): void {
  replace(ctx, { provider, keyId }, info, { ...info, state });
}

/** Writes a round whose period is another or ends at another block, and starts to count what that period loses. */
function replace(
  ctx: Context,
  { provider, keyId }: Omit<RoundRef, 'round'>,
  info: ChallengeInfo,
  changed: ChallengeInfo,
): void {
  storage.Deadlines.remove(ctx, periodEnd(info), provider, keyId);
  storage.Deadlines.put(ctx, periodEnd(changed), provider, keyId, undefined);
  storage.Challenges.put(ctx, provider, keyId, changed);
  startPeriod(ctx, { provider, keyId });
}

function endRound(ctx: Context, ref: RoundRef, info: ChallengeInfo, outcome: Outcome): void {
  const { provider, keyId, round } = ref;
  storage.Deadlines.remove(ctx, periodEnd(info), provider, keyId);
  storage.Challenges.remove(ctx, provider, keyId);
  storage.LostBefore.remove(ctx, provider, keyId);
  events.deposit(ctx, { type: 'RoundClosed', value: { miner: provider, key_id: keyId, round, outcome } });
}

/** Ends a round together with its question. */
function close(ctx: Context, ref: RoundRef, info: ChallengeInfo, outcome: Outcome): void {
  endRound(ctx, ref, info, outcome);
  endQuestion(ctx, ref.provider, ref.keyId);
}

/** Ends a round without a result: the next round of the registry asks the same. */
function leaveOpen(ctx: Context, ref: RoundRef, info: ChallengeInfo, outcome: Extract<Outcome, 'Late' | 'Void'>): void {
  const { provider, keyId } = ref;
  endRound(ctx, ref, info, outcome);
  if (storage.Questions.has(ctx, provider, keyId)) return;
  const { round, opened_at: asked_at, seed, frozen, bytes } = info;
  storage.Questions.put(ctx, provider, keyId, { round, asked_at, seed, frozen, bytes });
}

/** Ends a round of which everything was deleted: it proves nothing, and a new one opens at once. */
function closeDeleted(ctx: Context, ref: RoundRef, info: ChallengeInfo): void {
  storage.AskAgain.put(ctx, ref.provider, ref.keyId, undefined);
  close(ctx, ref, info, 'Void');
}

// ---- answers

/** Whether the provider owes a proof of this round now. */
export function isProofDue(ctx: Context, needs: AuditNeeds, ref: RoundRef, asOf: number): boolean {
  const info = roundOf(ctx, ref);
  const now = needs.blockNumber(ctx);
  return info?.state.type === 'Open' && now <= info.deadline && asOf >= info.opened_at && asOf <= now;
}

export interface Answer {
  readonly asOf: number;
  readonly proof: Uint8Array;
}

/** Accepts the proof and draws the worker that verifies it. */
export function submitProof(ctx: Context, needs: AuditNeeds, ref: RoundRef, { asOf, proof }: Answer): void {
  const info = roundOf(ctx, ref);
  ensure(info?.state.type === 'Open', errors.NoChallenge);
  const now = needs.blockNumber(ctx);
  ensure(now <= info.deadline, errors.Expired);
  ensure(asOf >= info.opened_at && asOf <= now, errors.AsOfOutOfRange);
  const answered = draw(ctx, needs, ref, { proof, as_of: asOf, worker: undefined, drawn: 0, verify_by: 0 });
  changeState(ctx, ref, info, { type: 'Answered', value: answered });
  const { worker, verify_by } = answered;
  events.deposit(ctx, { type: 'ProofSubmitted', value: { ...eventRef(ref), worker, verify_by } });
}

function draw(ctx: Context, needs: AuditNeeds, ref: RoundRef, before: StateOf<'Answered'>): StateOf<'Answered'> {
  const head = new Uint8Array(4);
  new DataView(head.buffer).setUint32(0, ref.provider, true);
  const random = sha256(concatBytes(needs.beacon(ctx), head, ref.keyId));
  const worker = needs.drawVerifier(ctx, random, before.worker);
  if (worker !== undefined) needs.beginDuty(ctx, worker);
  const verify_by = needs.blockNumber(ctx) + storage.Periods.get(ctx).verdict;
  return { ...before, worker, drawn: before.drawn + 1, verify_by };
}

/** The provider concedes that it cannot answer; returns how many fragments it lost. */
export function concede(ctx: Context, needs: AuditNeeds, ref: RoundRef): number {
  const info = roundOf(ctx, ref);
  ensure(info?.state.type === 'Open', errors.NoChallenge);
  return fail(ctx, needs, ref, info, 'Conceded', needs.blockNumber(ctx)).lost;
}

// ---- verdicts

/** Whether the worker owes this verdict now. */
export function isVerdictDue(ctx: Context, needs: AuditNeeds, worker: number, claim: VerdictClaim): boolean {
  const ref = { provider: claim.miner, keyId: claim.key_id, round: claim.round };
  const answered = awaitedFrom(ctx, needs, worker, ref);
  return answered !== undefined && isSigned(ctx, needs, worker, claim, answered.proof);
}

function awaitedFrom(ctx: Context, needs: AuditNeeds, worker: number, ref: RoundRef): StateOf<'Answered'> | undefined {
  const state = roundOf(ctx, ref)?.state;
  if (state?.type !== 'Answered' || state.value.worker !== worker) return undefined;
  return needs.blockNumber(ctx) <= state.value.verify_by ? state.value : undefined;
}

function isSigned(ctx: Context, needs: AuditNeeds, worker: number, claim: VerdictClaim, proof: Uint8Array): boolean {
  const { miner: provider, key_id: keyId, round, passed, signature } = claim;
  const info = roundOf(ctx, { provider, keyId, round });
  invariant(info !== undefined, 'a round that awaits a verdict runs');
  const { seed, opened_at: openedAt } = info;
  const judged = { provider, keyId, round, seed, openedAt, proof, passed };
  const digest = verdictDigest(needs.genesisHash(ctx), worker, judged);
  return ctx.crypto.verifyEd25519(signature, digest, needs.signerKeyOf(ctx, worker));
}

/** Accepts the verdicts that are due. */
export function submitVerdicts(
  ctx: Context,
  needs: AuditNeeds,
  worker: number,
  verdicts: readonly VerdictClaim[],
): Judged {
  let judged = 0;
  let slots = 0;
  for (const claim of verdicts) {
    const ref = { provider: claim.miner, keyId: claim.key_id, round: claim.round };
    const answered = awaitedFrom(ctx, needs, worker, ref);
    if (answered === undefined) continue;
    ensure(isSigned(ctx, needs, worker, claim, answered.proof), errors.BadVerdictSignature);
    slots += judge(ctx, needs, ref, { ...answered, worker }, claim.passed);
    judged++;
  }
  ensure(judged > 0, errors.NothingToDo);
  return { judged, slots };
}

/** Returns how many slots were read. */
function judge(
  ctx: Context,
  needs: AuditNeeds,
  ref: RoundRef,
  answered: StateOf<'Answered'> & { readonly worker: number },
  passed: boolean,
): number {
  const { proof, as_of, worker } = answered;
  const info = roundOf(ctx, ref);
  invariant(info !== undefined, 'a judged round runs');
  if (!passed && !mayFail(ctx, needs, worker)) {
    needs.noteVerdict(ctx, worker, info.bytes);
    needs.endDuty(ctx, worker);
    redraw(ctx, needs, ref, info, answered);
    return 0;
  }
  const dispute_until = needs.blockNumber(ctx) + storage.Periods.get(ctx).dispute;
  needs.noteVerdict(ctx, worker, info.bytes);
  changeState(ctx, ref, info, { type: 'Judged', value: { proof, as_of, worker, passed, dispute_until } });
  const slots = passed ? count(ctx, needs, ref, info, as_of) : 0;
  if (!passed) noteFailed(ctx, needs, ref, worker);
  events.deposit(ctx, { type: 'VerdictSubmitted', value: { ...eventRef(ref), worker, passed, dispute_until } });
  return slots;
}

/** Gives an answered round to another worker; after the last one its question stays open. */
function redraw(
  ctx: Context,
  needs: AuditNeeds,
  ref: RoundRef,
  info: ChallengeInfo,
  answered: StateOf<'Answered'>,
): void {
  if (answered.drawn >= MAX_VERIFIERS) return leaveOpen(ctx, ref, info, 'Void');
  const next = draw(ctx, needs, ref, answered);
  changeState(ctx, ref, info, { type: 'Answered', value: next });
  const { worker, verify_by } = next;
  events.deposit(ctx, { type: 'VerifierRedrawn', value: { ...eventRef(ref), worker, verify_by } });
}

/**
 * Applies a passed round. It proves the share of the registry that was still there of what the round asked. Returns how many
 * slots were read.
 */
function count(ctx: Context, needs: AuditNeeds, ref: RoundRef, info: ChallengeInfo, asOf: number): number {
  const { provider, keyId } = ref;
  const slots = slotsOf(ctx, needs, ref, info);
  const left = lengthOf(slotsAsOf(slots, asOf));
  if (left === 0n) return slots.length;
  const registry = registryOf(ctx, provider, keyId);
  const passed_at = storage.Questions.get(ctx, provider, keyId)?.asked_at ?? info.opened_at;
  storage.Registries.put(ctx, provider, keyId, { ...registry, passed_at, strikes: 0 });
  const proven = (info.bytes * left) / lengthOf(slots.map(({ slot }) => slot));
  setProven(ctx, needs, ref, proven < registry.bytes ? proven : registry.bytes);
  needs.passed(ctx, provider);
  return slots.length;
}

function lengthOf(slots: readonly SlotInfo[]): bigint {
  return slots.reduce((sum, { length }) => sum + BigInt(length), 0n);
}

// ---- disputes

/** Whether a verdict of this round may be disputed now. */
export function isDisputable(ctx: Context, needs: AuditNeeds, ref: RoundRef): boolean {
  const state = roundOf(ctx, ref)?.state;
  return state?.type === 'Judged' && needs.blockNumber(ctx) <= state.value.dispute_until;
}

/** The runtime verifies the proof itself; the party that was wrong pays. */
export function dispute(ctx: Context, needs: AuditNeeds, ref: RoundRef, disputer: Uint8Array): Disputed {
  const info = roundOf(ctx, ref);
  ensure(info?.state.type === 'Judged', errors.NothingToDispute);
  const { worker, passed, proof, as_of, dispute_until } = info.state.value;
  ensure(needs.blockNumber(ctx) <= dispute_until, errors.NothingToDispute);
  needs.disputeDeposits.hold(ctx, disputer, DISPUTE_DEPOSIT);
  const { isRight: right, blocks } = verifyAgain(ctx, needs, ref, info, { proof, asOf: as_of });
  const upheld = right === passed;
  events.deposit(ctx, { type: 'VerdictDisputed', value: { ...eventRef(ref), disputer, upheld } });
  if (upheld) {
    needs.disputeDeposits.transfer(ctx, { from: disputer, to: needs.treasury, amount: DISPUTE_DEPOSIT });
  } else {
    needs.disputeDeposits.release(ctx, disputer, DISPUTE_DEPOSIT);
    needs.punishWrongVerdict(ctx, worker, disputer);
  }
  endVerdict(ctx, needs, ref, worker);
  if (!right) return { blocks, lost: fail(ctx, needs, ref, info, 'Invalid', as_of).lost };
  if (!passed) count(ctx, needs, ref, info, as_of);
  closePassed(ctx, needs, ref, info, as_of);
  return { blocks, lost: 0 };
}

/** What the end of a round read, and how many fragments it took from the provider. */
interface Ended {
  readonly slots: number;
  readonly lost: number;
}

function closePassed(ctx: Context, needs: AuditNeeds, ref: RoundRef, info: ChallengeInfo, asOf: number): Ended {
  const slots = slotsOf(ctx, needs, ref, info);
  if (slotsAsOf(slots, asOf).length === 0) closeDeleted(ctx, ref, info);
  else close(ctx, ref, info, 'Passed');
  return { slots: slots.length, lost: 0 };
}

/** Disputes those of the rounds that have a verdict to dispute. */
export function disputeBatch(
  ctx: Context,
  needs: AuditNeeds,
  refs: readonly RoundRef[],
  disputer: Uint8Array,
): readonly Disputed[] {
  const disputed: Disputed[] = [];
  for (const ref of refs) if (isDisputable(ctx, needs, ref)) disputed.push(dispute(ctx, needs, ref, disputer));
  ensure(disputed.length > 0, errors.NothingToDispute);
  return disputed;
}

/** Verify of podr2.md §5, recomputed from chain state. */
function verifyAgain(
  ctx: Context,
  needs: AuditNeeds,
  ref: RoundRef,
  info: ChallengeInfo,
  answer: Answer,
): { readonly isRight: boolean; readonly blocks: number } {
  const id = { genesis: needs.genesisHash(ctx), provider: ref.provider, keyId: ref.keyId };
  const challenge = challengeAsOf(id, info, slotsOf(ctx, needs, ref, info), answer.asOf);
  if (challenge === undefined) return { isRight: true, blocks: 0 };
  const { bls } = ctx.crypto;
  const record = needs.tagKey(ctx, ref.keyId);
  invariant(record !== undefined, 'a registry has a key');
  const [x, xAlpha] = [bls.decodeG2(record.x), bls.decodeG2(record.x_alpha)];
  invariant(x.ok && xAlpha.ok, 'a registered key was checked');
  const key = { id: ref.keyId, x: x.value, xAlpha: xAlpha.value, srsHash: record.srs_hash };
  const blocks = challenge.fragments.reduce((sum, { indices }) => sum + indices.length, 0);
  return { isRight: verify(bls, key, challenge, answer.proof).ok, blocks };
}

function slotsOf(
  ctx: Context,
  needs: AuditNeeds,
  { provider, keyId }: RoundRef,
  info: ChallengeInfo,
): ChallengedSlot[] {
  return challengedSlots({ genesis: needs.genesisHash(ctx), provider, keyId }, info).map((number) => {
    const slot = storage.Slots.get(ctx, provider, keyId, number);
    invariant(slot !== undefined, 'frozen slots stay while the round is open');
    return { slot, fileDeletedAt: needs.fileDeletedAt(ctx, slot.file_id) };
  });
}

// ---- ends

/** Ends a failed round: the provider loses the fragments that it was asked about. */
function fail(
  ctx: Context,
  needs: AuditNeeds,
  ref: RoundRef,
  info: ChallengeInfo,
  outcome: 'Invalid' | 'Conceded',
  asOf: number,
): Ended {
  const slots = slotsOf(ctx, needs, ref, info);
  const asked = slotsAsOf(slots, asOf);
  if (asked.length === 0) {
    closeDeleted(ctx, ref, info);
    return { slots: slots.length, lost: 0 };
  }
  const registry = registryOf(ctx, ref.provider, ref.keyId);
  storage.Registries.put(ctx, ref.provider, ref.keyId, { ...registry, strikes: 0 });
  setProven(ctx, needs, ref, 0n);
  const base = slashBaseOf(ctx, needs, ref);
  close(ctx, ref, info, outcome);
  needs.failed(ctx, ref.provider, { outcome, places: asked.map(placeOf), base });
  return { slots: slots.length, lost: asked.length };
}

/** Questions that were asked before the chain recorded it have the present base. */
function slashBaseOf(ctx: Context, needs: AuditNeeds, { provider, keyId }: RoundRef): bigint {
  return storage.SlashBases.get(ctx, provider, keyId) ?? needs.slashBase(ctx, provider);
}

function placeOf({ file_id, segment, fragment }: SlotInfo): FragmentPlace {
  return { fileId: file_id, segment, fragment };
}

/** Processes rounds whose period has ended. */
export function endPeriods(ctx: Context, needs: AuditNeeds, budget: WorkBudget): void {
  const now = needs.blockNumber(ctx);
  let failures = 0;
  for (const [[block, provider, keyId]] of [...storage.Deadlines.entries(ctx, [], MAX_DEADLINES_PER_BLOCK)]) {
    if (block >= now || budget.isSpent) break;
    const info = storage.Challenges.get(ctx, provider, keyId);
    // An earlier round of this block may have expelled the provider; its other rounds still run to their ends.
    invariant(info !== undefined && periodEnd(info) === block, 'a deadline belongs to a round');
    const ref = { provider, keyId, round: info.round };
    const lost = lostInPeriod(ctx, ref);
    if (lost > 0) {
      extend(ctx, ref, info, now - 1 + lost);
      budget.spend(UPKEEP_WEIGHT.extended);
      continue;
    }
    if (info.state.type === 'Judged' && !info.state.value.passed && ++failures > MAX_FAILURES_PER_BLOCK) break;
    budget.spend(endPeriod(ctx, needs, ref, info));
  }
}

/** Returns the weight of what it did. */
function endPeriod(ctx: Context, needs: AuditNeeds, ref: RoundRef, info: ChallengeInfo): Weight {
  const { state } = info;
  if (state.type === 'Open') return UPKEEP_WEIGHT.unanswered(endUnanswered(ctx, needs, ref, info));
  if (state.type === 'Judged') return UPKEEP_WEIGHT.judged(endJudged(ctx, needs, ref, info, state.value));
  endUnjudged(ctx, needs, ref, info, state.value);
  return UPKEEP_WEIGHT.unjudged;
}

/** Gives a period the blocks that it has lost. */
function extend(ctx: Context, ref: RoundRef, info: ChallengeInfo, until: number): void {
  const { state } = info;
  const lost = lostInPeriod(ctx, ref);
  if (state.type === 'Open') {
    replace(ctx, ref, info, { ...info, deadline: until });
  } else if (state.type === 'Answered') {
    changeState(ctx, ref, info, { type: 'Answered', value: { ...state.value, verify_by: until } });
  } else {
    changeState(ctx, ref, info, { type: 'Judged', value: { ...state.value, dispute_until: until } });
  }
  const worker = state.type === 'Answered' ? state.value.worker : undefined;
  events.deposit(ctx, { type: 'DeadlineExtended', value: { ...eventRef(ref), worker, until, lost } });
}

/** Returns how many slots it read. */
function endUnanswered(ctx: Context, needs: AuditNeeds, ref: RoundRef, info: ChallengeInfo): number {
  const slots = slotsOf(ctx, needs, ref, info);
  if (slotsAsOf(slots, needs.blockNumber(ctx)).length === 0) closeDeleted(ctx, ref, info);
  // Nobody can be asked for proofs under a key whose worker has left.
  else if (needs.tagKey(ctx, ref.keyId)?.isRevoked === true) leaveOpen(ctx, ref, info, 'Void');
  else strike(ctx, needs, ref, info);
  return slots.length;
}

function strike(ctx: Context, needs: AuditNeeds, ref: RoundRef, info: ChallengeInfo): void {
  const { provider, keyId } = ref;
  const registry = registryOf(ctx, provider, keyId);
  const strikes = Math.min(MAX_STRIKES, registry.strikes + 1);
  storage.Registries.put(ctx, provider, keyId, { ...registry, strikes });
  setProven(ctx, needs, ref, 0n);
  leaveOpen(ctx, ref, info, 'Late');
  const base = slashBaseOf(ctx, needs, ref);
  needs.struck(ctx, provider, { strikes, isLast: strikes > TOLERATED_STRIKES, base });
}

function endUnjudged(
  ctx: Context,
  needs: AuditNeeds,
  ref: RoundRef,
  info: ChallengeInfo,
  answered: StateOf<'Answered'>,
): void {
  if (answered.worker !== undefined) {
    needs.endDuty(ctx, answered.worker);
    needs.punishMissedDuty(ctx, answered.worker);
  }
  redraw(ctx, needs, ref, info, answered);
}

function endJudged(
  ctx: Context,
  needs: AuditNeeds,
  ref: RoundRef,
  info: ChallengeInfo,
  { proof, worker, passed, as_of }: StateOf<'Judged'>,
): Ended {
  const failedAt = endVerdict(ctx, needs, ref, worker);
  if (passed) return closePassed(ctx, needs, ref, info, as_of);
  if (!isDoubtful(ctx, needs, worker, failedAt)) return fail(ctx, needs, ref, info, 'Invalid', as_of);
  redraw(ctx, needs, ref, info, { proof, as_of, worker, drawn: 0, verify_by: 0 });
  return { slots: 0, lost: 0 };
}

function eventRef({ provider, keyId, round }: RoundRef) {
  return { miner: provider, key_id: keyId, round };
}
