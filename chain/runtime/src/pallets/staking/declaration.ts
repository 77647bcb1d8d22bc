// Staking: candidates, their stake and keys, the election of the next era's members, era points and rewards
// (docs/protocol/r2s.md §4, §9, §11).
import { accountId, balance } from '@cess/chain-primitives';
import { compact, enumeration, fixedBytes, option, type Static, struct, u32, u64, u128, vec } from '@cess/codec';
import { CESS } from '@cess/primitives';
import { constant, declareCall, declarePallet, defineErrors, defineEvents } from '../../frame/declaration.js';
import { blake2Concat, storageOf, twoxConcat } from '../../frame/storage.js';

const id = { name: 'Staking', index: 11 } as const;
const at = storageOf(id.name);

/** The election reads all of them in one block. */
export const MAX_CANDIDATES = 256;
/** Sets of members that are kept for figures and for proofs of offences. */
export const KEPT_ERAS = 84;
/** Trials that can count at most. */
export const MAX_TRIALS = 31;
/** Blocks after the question in which a trial is answered. */
export const TRIAL_BLOCKS = 10;
const MAX_MEMBERS = 1024;

const path = (name: string) => ({ path: ['pallet_staking', name] });

const rules = struct(
  {
    seats: u32,
    minimum_members: u32,
    minimum_stake: balance,
    credit_threshold: u32,
    /** In eras. */
    report_eras: u32,
    deferral_eras: u32,
    cooling_off_eras: u32,
    /** Divided by points at the end of an era, as far as the pot has it. */
    era_reward: balance,
  },
  path('Rules'),
);
export type Rules = Static<typeof rules>;

/** What a chain has whose specification says nothing of elections, and one from a version before 7. */
export const DEFAULT_RULES: Rules = {
  seats: 11,
  minimum_members: 1,
  minimum_stake: 1000n * CESS,
  credit_threshold: 0,
  report_eras: 28,
  deferral_eras: 28,
  cooling_off_eras: 112,
  era_reward: 0n,
};

/** `Removed`: misbehaved; it is never elected again under this registration. */
const candidateState = enumeration(['Active', 'Exiting', 'Removed'], path('CandidateState'));
const candidate = struct(
  {
    stake: balance,
    /** ed25519 key that it will author and vote with. */
    key: fixedBytes(32),
    /** Epoch in which this key was registered; none for the genesis. */
    registered_in: option(u64),
    /** Era in which it became a candidate. */
    entered_in: u64,
    state: candidateState,
    exit_announced: option(u64),
    /** Last era in which it had a seat. */
    last_seat: option(u64),
    /** What it has lost so far. */
    slashed: balance,
  },
  path('Candidate'),
);
export type Candidate = Static<typeof candidate>;

const eraMember = struct({ account: accountId, key: fixedBytes(32), stake: balance }, path('EraMember'));

const seat = struct({ account: accountId, key: fixedBytes(32) }, { path: ['pallet_session', 'Member'] });
const points = struct(
  {
    account: accountId,
    blocks: u32,
    uncle_references: u32,
    referenced_uncles: u32,
    /** Slots that it let pass; they cost nothing but their points. */
    missed: u32,
  },
  path('MemberPoints'),
);
export type MemberPoints = Static<typeof points>;

const outcome = enumeration(['Elected', 'Short', 'Kept'], path('ElectionOutcome'));
const ranked = struct(
  { account: accountId, score: u32, credit: u32, stake_score: u32, vrf_score: u32 },
  path('RankedCandidate'),
);
const election = struct(
  {
    /** The era whose members were elected. */
    era: u64,
    outcome,
    members: vec(accountId, { max: MAX_MEMBERS }),
    /** All eligible candidates, the best first; the score in tenths of a point. */
    ranking: vec(ranked, { max: MAX_CANDIDATES }),
  },
  path('Election'),
);

const trialRules = struct(
  {
    /** How many of the last trials count; 0: none is held. */
    of: u32,
    /** How many of them a candidate must have answered. */
    required: u32,
  },
  path('TrialRules'),
);
export type TrialRules = Static<typeof trialRules>;
const trial = struct({ epoch: u64, asked_in: u32, seed: fixedBytes(32) }, path('Trial'));
const trialRecord = struct(
  {
    /** A bit for each trial, the last one lowest: whether it was answered. */
    passed: u32,
    /** Hash of the answer to the last trial, while that has none. */
    open: option(fixedBytes(32)),
  },
  path('TrialRecord'),
);
export type TrialRecord = Static<typeof trialRecord>;

export const stakingStorage = {
  Rules: at.valueOr('Rules', rules, DEFAULT_RULES, ['Rules of elections, exits and rewards, fixed at genesis.']),
  Candidates: at.map('Candidates', [blake2Concat(accountId)], candidate, ['Candidates by account.']),
  CandidateCount: at.valueOr('CandidateCount', u32, 0, ['How many there are.']),
  KeyOwners: at.map('KeyOwners', [blake2Concat(fixedBytes(32))], accountId, [
    'Candidate that registered a key; keys of the past stay, so that their offences can be proven.',
  ]),
  Outputs: at.map('Outputs', [blake2Concat(accountId)], fixedBytes(64), [
    'R of the proofs that candidates have posted for the coming election.',
  ]),
  CurrentEra: at.valueOr('CurrentEra', u64, 0n, ['Era up to which rewards are settled.']),
  EraMembers: at.map('EraMembers', [twoxConcat(u64)], vec(eraMember, { max: MAX_MEMBERS }), [
    'Members with whom an era began, by account id, with their stake.',
  ]),
  Points: at.valueOr('Points', vec(points, { max: MAX_MEMBERS }), [], ['What members did in the current era.']),
  Pool: at.valueOr(
    'Pool',
    vec(seat, { max: MAX_CANDIDATES }),
    [],
    ['Eligible candidates without a seat in the current era: replacements are drawn from them.'],
  ),
  NextPool: at.valueOr('NextPool', vec(seat, { max: MAX_CANDIDATES }), [], ['The pool of the next era.']),
  LastElection: at.value('LastElection', election, ['The last election.']),
  TrialRules: at.valueOr('TrialRules', trialRules, { of: 0, required: 0 }, ['Rules of trials, fixed at genesis.']),
  Trial: at.value('Trial', trial, [
    'The last trial: its epoch, the block that asked, and where in the state it begins.',
  ]),
  TrialRecords: at.mapOr('TrialRecords', [blake2Concat(accountId)], trialRecord, { passed: 0, open: undefined }, [
    'Which trials a candidate answered.',
  ]),
};

export const stakingEvents = defineEvents(id, {
  CandidateRegistered: struct({ account: accountId, key: fixedBytes(32), stake: balance }),
  StakeAdded: struct({ account: accountId, amount: balance }),
  KeyChanged: struct({ account: accountId, key: fixedBytes(32) }),
  ProofPosted: struct({ account: accountId }),
  ExitAnnounced: struct({ account: accountId, era: u64 }),
  Withdrawn: struct({ account: accountId, returned: balance, slashed: balance }),
  ElectionHeld: struct({ era: u64, outcome, members: vec(accountId, { max: MAX_MEMBERS }), candidates: u32 }),
  EraPaid: struct({ era: u64, paid: balance, points: u32 }),
  Slashed: struct({ account: accountId, amount: balance }),
  CandidateRemoved: struct({ account: accountId }),
  TrialAsked: struct({ epoch: u64, candidates: u32, missed: u32 }),
  TrialPassed: struct({ account: accountId }),
});

export const stakingErrors = defineErrors(id, {
  AlreadyCandidate: 'The account is a candidate already.',
  NotCandidate: 'The account is no candidate.',
  StakeTooLow: 'The stake is below the minimum.',
  TooManyCandidates: 'No more candidates can register now.',
  KeyInUse: 'The key is or was registered by a candidate.',
  BadPossession: 'The key did not sign for this account and network.',
  ZeroAmount: 'The amount must not be zero.',
  ExitUnderway: 'The candidate has announced its exit, or was removed.',
  NoExit: 'The candidate has not announced its exit.',
  CoolingOff: 'The cooling-off period is not over.',
  HasSeat: 'The candidate has a seat in this era or the next one.',
  ProofRefused: 'The proof comes at the wrong time, is by a key that is too young, or does not verify.',
  ProofPosted: 'The candidate has posted its proof already.',
  NoTrial: 'The candidate has no trial to answer now.',
  AnswerWrong: 'The answer is not that of the candidate over the state before the block that asked.',
});

const keyArgs = {
  key: fixedBytes(32),
  /** The key's ed25519 signature of the registration message. */
  possession: fixedBytes(64),
};

export const staking = declarePallet({
  id,
  docs: 'Candidates, elections, era points and rewards.',
  storage: stakingStorage,
  calls: {
    register: declareCall({
      index: 0,
      docs: 'Makes the caller a candidate; its stake is on hold from now on.',
      args: { stake: compact(u128), ...keyArgs },
    }),
    bond_extra: declareCall({ index: 1, docs: 'Adds to the stake.', args: { amount: compact(u128) } }),
    set_key: declareCall({
      index: 2,
      docs: 'Registers another key; it takes effect with the next election that the candidate wins.',
      args: keyArgs,
    }),
    prove_vrf: declareCall({
      index: 3,
      docs: "Posts a candidate's proof for the coming election; free for the candidate and for its key.",
      args: { candidate: accountId, proof: fixedBytes(80) },
    }),
    announce_exit: declareCall({ index: 4, docs: 'Ends the candidacy; the stake cools off.', args: {} }),
    withdraw: declareCall({
      index: 5,
      docs: 'Returns what is left of the stake after the cooling-off period.',
      args: {},
    }),
    answer_trial: declareCall({
      index: 6,
      docs: 'Answers the trial of the epoch by values of the state, for the candidate or by its key; free if it is right.',
      args: { candidate: accountId, answer: fixedBytes(32) },
    }),
  },
  events: stakingEvents,
  errors: stakingErrors,
  constants: {
    MaxCandidates: constant(u32, MAX_CANDIDATES, 'Most candidates at a time.'),
    TrialBlocks: constant(u32, TRIAL_BLOCKS, 'Blocks after the question in which a trial is answered.'),
  },
});
