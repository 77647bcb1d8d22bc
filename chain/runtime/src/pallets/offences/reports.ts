// Reports of misbehaviour: from the bytes of a proof to the member, its era, and the slashes of all offenders of that era.
import {
  decodeVoteEquivocation,
  equivocationSlash,
  isReportable,
  positionOf,
  slashDue,
  verifyEquivocationProof,
  verifyVoteEquivocation,
  votePayload,
} from '@cess/consensus';
import { equalBytes, fromHex, isCessError } from '@cess/primitives';
import type { Context } from '../../frame/context.js';
import { ensure, fail } from '../../frame/failure.js';
import { offencesEvents as events, offencesErrors, offencesStorage as storage } from './declaration.js';
import type { OffencesNeeds } from './needs.js';

const errors = offencesErrors.byName;

export type OffenceKind = 'Authorship' | 'Votes';

/** What a proof says: whose key, the era whose members it is judged by, and the last one in which it can have happened. */
interface Offence {
  readonly key: Uint8Array;
  readonly era: bigint;
  readonly latest: bigint;
}

/** The offence that the bytes prove; undefined if they prove none. */
function offenceOf(ctx: Context, needs: OffencesNeeds, kind: OffenceKind, proof: Uint8Array): Offence | undefined {
  try {
    return kind === 'Authorship' ? authorshipOf(ctx, needs, proof) : votesOf(ctx, needs, proof);
  } catch (thrown) {
    if (isCessError(thrown)) return undefined;
    throw thrown;
  }
}

function authorshipOf(ctx: Context, needs: OffencesNeeds, bytes: Uint8Array): Offence | undefined {
  const proof = verifyEquivocationProof(bytes);
  const schedule = needs.schedule(ctx);
  if (!proof.ok || proof.value.slot < schedule.firstSlot) return undefined;
  const { era } = positionOf(schedule, proof.value.slot);
  return { key: proof.value.offender, era, latest: era };
}

function votesOf(ctx: Context, needs: OffencesNeeds, bytes: Uint8Array): Offence | undefined {
  const decoded = decodeVoteEquivocation(bytes);
  if (!Number.isSafeInteger(decoded.setId) || !Number.isSafeInteger(decoded.round)) return undefined;
  const proof = verifyVoteEquivocation(decoded, (vote) =>
    ctx.crypto.verifyEd25519(vote.signature, votePayload(vote), fromHex(vote.voter)),
  );
  const setId = BigInt(decoded.setId);
  const era = needs.eraOfSet(ctx, setId);
  if (!proof.ok || era === undefined) return undefined;
  return { key: fromHex(decoded.voter), era, latest: needs.eraOfSet(ctx, setId + 1n) ?? needs.era(ctx) };
}

interface Accused {
  readonly account: Uint8Array;
  readonly stake: bigint;
  readonly members: number;
}

/** The member that the offence is of; an error of the pallet if it cannot be held to account. */
function accusedOf(ctx: Context, needs: OffencesNeeds, { key, era, latest }: Offence): Accused | keyof typeof errors {
  const account = needs.ownerOf(ctx, key);
  const members = needs.membersOf(ctx, era);
  if (account === undefined || members === undefined) return 'NotMember';
  const member = members.find((each) => equalBytes(each.account, account));
  const candidate = needs.candidate(ctx, account);
  // Whoever replaced a member within the era is not among those that it began with.
  const stake = member?.stake ?? (candidate?.lastSeat === era ? candidate.stake : undefined);
  if (stake === undefined) return 'NotMember';
  const { report_eras } = needs.rules(ctx);
  if (!isReportable(latest, needs.era(ctx), { reportEras: report_eras, deferralEras: 0, coolingOffEras: 0 }))
    return 'TooOld';
  const isKnown = storage.Offenders.get(ctx, era).some((each) => equalBytes(each.account, account));
  return isKnown ? 'AlreadyReported' : { account, stake, members: members.length };
}

/** Whether a report of these bytes would be accepted. */
export function isNews(ctx: Context, needs: OffencesNeeds, kind: OffenceKind, proof: Uint8Array): boolean {
  const offence = offenceOf(ctx, needs, kind, proof);
  return offence !== undefined && typeof accusedOf(ctx, needs, offence) !== 'string';
}

export interface Report {
  readonly kind: OffenceKind;
  readonly proof: Uint8Array;
  readonly reporter: Uint8Array;
}

export function report(ctx: Context, needs: OffencesNeeds, { kind, proof, reporter }: Report): void {
  const offence = offenceOf(ctx, needs, kind, proof);
  ensure(offence !== undefined, errors.ProofInvalid);
  const accused = accusedOf(ctx, needs, offence);
  if (typeof accused === 'string') return fail(errors[accused]);
  const { account, stake, members } = accused;
  const { era } = offence;
  events.deposit(ctx, { type: 'OffenceReported', value: { kind, account, era, reporter } });
  const offenders = [...storage.Offenders.get(ctx, era), { account, stake, taken: 0n }];
  const fraction = equivocationSlash(offenders.length, members);
  const now = needs.era(ctx);
  const effective = now + BigInt(needs.rules(ctx).deferral_eras);
  const charged = offenders.map((each) => {
    const amount = slashDue(each.stake, fraction, each.taken);
    if (amount > 0n) {
      const waiting = storage.Deferred.get(ctx, each.account);
      const slash = { amount, offence_era: era, decided_in: now, reporter };
      storage.Deferred.put(ctx, each.account, [...waiting, slash]);
      storage.Due.put(ctx, effective, [...storage.Due.get(ctx, effective), each.account]);
      events.deposit(ctx, { type: 'SlashDecided', value: { account: each.account, amount, effective_in: effective } });
    }
    return { ...each, taken: each.taken + amount };
  });
  storage.Offenders.put(ctx, era, charged);
  const removed = storage.Offenders.get(ctx, now).map((each) => each.account);
  needs.remove(ctx, account, removed);
}
