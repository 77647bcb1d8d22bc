// Candidates: entry, stake, keys and exit (docs/protocol/r2s.md §4, §11).
import { reviewExit, verifyElectionProof } from '@cess/consensus';
import { vrfProofToHash, vrfProve, vrfVerify } from '@cess/crypto';
import { equalBytes } from '@cess/primitives';
import { candidateKeyMessage } from '@cess/types';
import type { Context, StorageAccess } from '../../frame/context.js';
import { checkedAdd, ensure } from '../../frame/failure.js';
import {
  type Candidate,
  stakingEvents as events,
  MAX_CANDIDATES,
  stakingErrors,
  stakingStorage as storage,
} from './declaration.js';
import type { StakingNeeds } from './needs.js';

const errors = stakingErrors.byName;
const vrf = { prove: vrfProve, verify: vrfVerify, proofToHash: vrfProofToHash };

function requireCandidate(at: StorageAccess, account: Uint8Array): Candidate {
  const candidate = storage.Candidates.get(at, account);
  ensure(candidate !== undefined, errors.NotCandidate);
  return candidate;
}

/** Whether the account is a candidate that has no seat now, and could have one. */
export function awaitsSeat(at: StorageAccess, needs: Pick<StakingNeeds, 'holders'>, account: Uint8Array): boolean {
  const candidate = storage.Candidates.get(at, account);
  const couldServe = candidate?.state === 'Active' && candidate.stake >= storage.Rules.get(at).minimum_stake;
  return couldServe && !needs.holders(at).some((holder) => equalBytes(holder.account, account));
}

export interface KeyClaim {
  readonly key: Uint8Array;
  readonly possession: Uint8Array;
}

/** Takes a key that nobody registered before, and whose holder signs for the account. */
function takeKey(ctx: Context, needs: StakingNeeds, account: Uint8Array, { key, possession }: KeyClaim): void {
  ensure(!storage.KeyOwners.has(ctx, key), errors.KeyInUse);
  const message = candidateKeyMessage(needs.genesisHash(ctx), account);
  ensure(ctx.crypto.verifyEd25519(possession, message, key), errors.BadPossession);
  storage.KeyOwners.put(ctx, key, account);
}

export function register(
  ctx: Context,
  needs: StakingNeeds,
  account: Uint8Array,
  { stake, ...claim }: KeyClaim & { readonly stake: bigint },
): void {
  ensure(!storage.Candidates.has(ctx, account), errors.AlreadyCandidate);
  ensure(stake >= storage.Rules.get(ctx).minimum_stake, errors.StakeTooLow);
  const count = storage.CandidateCount.get(ctx);
  ensure(count < MAX_CANDIDATES, errors.TooManyCandidates);
  takeKey(ctx, needs, account, claim);
  needs.stake.hold(ctx, account, stake);
  const { epoch, era } = needs.clock(ctx);
  storage.CandidateCount.put(ctx, count + 1);
  storage.Candidates.put(ctx, account, newCandidate(claim.key, stake, { registeredIn: epoch, era }));
  events.deposit(ctx, { type: 'CandidateRegistered', value: { account, key: claim.key, stake } });
}

export function newCandidate(
  key: Uint8Array,
  stake: bigint,
  { registeredIn, era }: { readonly registeredIn: bigint | undefined; readonly era: bigint },
): Candidate {
  return {
    stake,
    key,
    registered_in: registeredIn,
    entered_in: era,
    state: 'Active',
    exit_announced: undefined,
    last_seat: undefined,
    slashed: 0n,
  };
}

export function bondExtra(ctx: Context, needs: StakingNeeds, account: Uint8Array, amount: bigint): void {
  const candidate = requireCandidate(ctx, account);
  ensure(amount > 0n, errors.ZeroAmount);
  ensure(candidate.state === 'Active', errors.ExitUnderway);
  needs.stake.hold(ctx, account, amount);
  storage.Candidates.put(ctx, account, { ...candidate, stake: checkedAdd(candidate.stake, amount) });
  events.deposit(ctx, { type: 'StakeAdded', value: { account, amount } });
}

/** The proof of the old key, if one was posted, counts no more: R belongs to the key. */
export function setKey(ctx: Context, needs: StakingNeeds, account: Uint8Array, claim: KeyClaim): void {
  const candidate = requireCandidate(ctx, account);
  ensure(candidate.state === 'Active', errors.ExitUnderway);
  takeKey(ctx, needs, account, claim);
  storage.Outputs.remove(ctx, account);
  storage.Candidates.put(ctx, account, { ...candidate, key: claim.key, registered_in: needs.clock(ctx).epoch });
  events.deposit(ctx, { type: 'KeyChanged', value: { account, key: claim.key } });
}

export interface PostedVrf {
  readonly candidate: Uint8Array;
  readonly proof: Uint8Array;
}

/** R of a proof that counts; undefined for any other. */
function outputOf(at: StorageAccess, needs: StakingNeeds, posted: PostedVrf): Uint8Array | undefined {
  const candidate = storage.Candidates.get(at, posted.candidate);
  if (candidate === undefined) return undefined;
  const output = verifyElectionProof(
    needs.schedule(at),
    {
      slot: needs.currentSlot(at),
      clock: needs.clock(at),
      publicKey: candidate.key,
      registeredIn: candidate.registered_in,
      proof: posted.proof,
    },
    vrf,
  );
  return output.ok ? output.value : undefined;
}

export function postProof(ctx: Context, needs: StakingNeeds, posted: PostedVrf): void {
  requireCandidate(ctx, posted.candidate);
  ensure(!storage.Outputs.has(ctx, posted.candidate), errors.ProofPosted);
  const output = outputOf(ctx, needs, posted);
  ensure(output !== undefined, errors.ProofRefused);
  storage.Outputs.put(ctx, posted.candidate, output);
  events.deposit(ctx, { type: 'ProofPosted', value: { account: posted.candidate } });
}

/** Whether a proof is free: the first of a candidate, by itself or by its key, and it counts. */
export function isFreeProof(ctx: Context, needs: StakingNeeds, who: Uint8Array, posted: PostedVrf): boolean {
  const candidate = storage.Candidates.get(ctx, posted.candidate);
  if (candidate === undefined || storage.Outputs.has(ctx, posted.candidate)) return false;
  if (!equalBytes(who, posted.candidate) && !equalBytes(who, candidate.key)) return false;
  return outputOf(ctx, needs, posted) !== undefined;
}

export function announceExit(ctx: Context, needs: StakingNeeds, account: Uint8Array): void {
  const candidate = requireCandidate(ctx, account);
  ensure(candidate.exit_announced === undefined, errors.ExitUnderway);
  const { era } = needs.clock(ctx);
  const state = candidate.state === 'Active' ? 'Exiting' : candidate.state;
  storage.Candidates.put(ctx, account, { ...candidate, state, exit_announced: era });
  events.deposit(ctx, { type: 'ExitAnnounced', value: { account, era } });
}

export function withdraw(ctx: Context, needs: StakingNeeds, account: Uint8Array): void {
  const { stake, exit_announced, last_seat, slashed, key } = requireCandidate(ctx, account);
  ensure(exit_announced !== undefined, errors.NoExit);
  const { era, elected } = needs.clock(ctx);
  const isSeated = needs.holders(ctx).some((holder) => equalBytes(holder.account, account));
  ensure(!isSeated && elected?.some((other) => equalBytes(other, account)) !== true, errors.HasSeat);
  const { report_eras, deferral_eras, cooling_off_eras } = storage.Rules.get(ctx);
  const review = reviewExit(
    { stake, announcedIn: exit_announced, lastSeatIn: last_seat, slashes: needs.openSlashes(ctx, account) },
    era,
    { reportEras: report_eras, deferralEras: deferral_eras, coolingOffEras: cooling_off_eras },
  );
  ensure(review.type !== 'CoolingOff', errors.CoolingOff);
  needs.stake.transfer(ctx, { from: account, to: needs.treasury, amount: review.taken });
  needs.stake.release(ctx, account, needs.stake.amountOf(ctx, account));
  storage.Candidates.remove(ctx, account);
  storage.KeyOwners.remove(ctx, key);
  storage.Outputs.remove(ctx, account);
  needs.forgetCredit(ctx, account);
  storage.CandidateCount.mutate(ctx, (count) => count - 1);
  events.deposit(ctx, {
    type: 'Withdrawn',
    value: { account, returned: review.returned, slashed: slashed + review.taken },
  });
}

/** Takes a slash from the stake; returns what there was to take. The reporter has its part, the treasury the rest. */
export function slash(
  ctx: Context,
  needs: StakingNeeds,
  {
    account,
    amount,
    reporter,
    reward,
  }: {
    readonly account: Uint8Array;
    readonly amount: bigint;
    readonly reporter: Uint8Array | undefined;
    readonly reward: bigint;
  },
): bigint {
  const candidate = storage.Candidates.get(ctx, account);
  if (candidate === undefined) return 0n;
  const due = amount < candidate.stake ? amount : candidate.stake;
  const share = reporter === undefined ? 0n : reward < due ? reward : due;
  const given = reporter === undefined ? 0n : needs.stake.transfer(ctx, { from: account, to: reporter, amount: share });
  const taken = given + needs.stake.transfer(ctx, { from: account, to: needs.treasury, amount: due - given });
  const { stake, slashed } = candidate;
  storage.Candidates.put(ctx, account, { ...candidate, stake: stake - taken, slashed: slashed + taken });
  events.deposit(ctx, { type: 'Slashed', value: { account, amount: taken } });
  return taken;
}
