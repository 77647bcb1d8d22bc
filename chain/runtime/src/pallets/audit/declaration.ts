// Audit: what is tagged, who is asked, what was answered (docs/protocol/audit.md).
// Invariants: a registry's slots 0 … slots - 1 are all there; `live` of them are not tombstones and `bytes` is the sum
// of their lengths; Order holds the registries with slots at 0 … RegistryCount - 1, each at its `position`; tombstones
// exist only while the registry has a challenge or an open question or stands in Compacting; a running round of a registry
// with an open question asks that question.
import { accountId, balance, blockKey, h256 } from '@cess/chain-primitives';
import {
  bool,
  enumeration,
  fixedBytes,
  option,
  type Static,
  struct,
  u8,
  u16,
  u32,
  u64,
  u128,
  unit,
  variant,
  vec,
} from '@cess/codec';
import { CESS } from '@cess/primitives';
import { constant, declareCall, declarePallet, defineErrors, defineEvents } from '../../frame/declaration.js';
import { identity, storageOf, twoxConcat } from '../../frame/storage.js';

const auditId = { name: 'Audit', index: 100 } as const;

/** Rounds that one block opens at most. */
export const MAX_OPENED_PER_BLOCK = 16;
/** Ended periods that one block handles at most; the rest wait for the next. */
export const MAX_DEADLINES_PER_BLOCK = 64;
/** Of them failed rounds, whose fragments are taken away. */
export const MAX_FAILURES_PER_BLOCK = 4;
/** Tombstones that one block compacts at most. */
export const MAX_COMPACTED_PER_BLOCK = 256;
/** Blocks after its first tag in which a registry is not asked. */
export const GRACE_BLOCKS = 10;
/** Verifiers drawn for one proof, at most. */
export const MAX_VERIFIERS = 3;
/** Unanswered rounds in a row that are tolerated. */
export const TOLERATED_STRIKES = 2;
/** Registries of a provider. */
export const MAX_REGISTRIES = 64;
/** Of them under keys of the same worker. */
export const MAX_REGISTRIES_PER_WORKER = 4;
/** Tags under revoked keys that one block removes at most. */
export const MAX_RETIRED_PER_BLOCK = 256;
export const MAX_REPORTS = 100;
const MAX_VERDICTS = 256;
/** Disputes in one call. */
const MAX_DISPUTES = 4;
export const DISPUTE_DEPOSIT = 10n * CESS;

const path = (name: string) => ({ path: ['pallet_audit', 'types', name] });

/** The periods of the audit in blocks. */
const auditPeriods = struct({ cycle: u32, proof: u32, verdict: u32, dispute: u32, claim: u32 }, path('Periods'));
export type AuditPeriods = Static<typeof auditPeriods>;

const registryInfo = struct(
  {
    /** Slots, tombstones included. */
    slots: u32,
    live: u32,
    bytes: u64,
    /** Bytes that the last answered round stood for, less what was deleted since. */
    proven_bytes: u64,
    /** Number of the next round. */
    round: u32,
    /** Place in the order of drawing. */
    position: u32,
    since: u32,
    /** Block that opened the last round that was passed. */
    passed_at: option(u32),
    /** Unanswered rounds in a row. */
    strikes: u8,
  },
  path('RegistryInfo'),
);
export type RegistryInfo = Static<typeof registryInfo>;

const slotInfo = struct(
  {
    tag_id: h256,
    file_id: h256,
    segment: u32,
    fragment: u16,
    length: u32,
    /** Tombstone: gone since this block. */
    gone_at: option(u32),
  },
  path('SlotInfo'),
);
export type SlotInfo = Static<typeof slotInfo>;

const challengeState = variant(
  {
    Open: unit,
    /** Answered; `worker` judges it until `verify_by`. */
    Answered: struct({ proof: fixedBytes(128), as_of: u32, worker: option(u32), drawn: u8, verify_by: u32 }),
    /** Judged; may be disputed up to `dispute_until`. */
    Judged: struct({ proof: fixedBytes(128), as_of: u32, worker: u32, passed: bool, dispute_until: u32 }),
  },
  path('ChallengeState'),
);
export type ChallengeState = Static<typeof challengeState>;

const challengeInfo = struct(
  {
    round: u32,
    opened_at: u32,
    /** Beacon of the block that opened it. */
    seed: fixedBytes(64),
    /** Slots that are asked about. */
    frozen: u32,
    /** Bytes of the registry when it opened. */
    bytes: u64,
    /** Last block that takes the proof. */
    deadline: u32,
    state: challengeState,
  },
  path('ChallengeInfo'),
);
export type ChallengeInfo = Static<typeof challengeInfo>;

const openQuestion = struct(
  {
    /** Number of the round that asked it first; every round that asks it again has the same. */
    round: u32,
    /** Block that opened the first of these rounds. */
    asked_at: u32,
    seed: fixedBytes(64),
    frozen: u32,
    bytes: u64,
  },
  path('OpenQuestion'),
);
export type OpenQuestion = Static<typeof openQuestion>;

const registryKey = struct({ miner: u32, key_id: h256 }, path('RegistryKey'));
export type RegistryKey = Static<typeof registryKey>;

/** Where the tags of a fragment stand. */
const tagInfo = struct({ key_id: h256, slot: u32, tagged_at: u32 }, path('TagInfo'));
export type TagInfo = Static<typeof tagInfo>;

const outcome = enumeration(['Passed', 'Invalid', 'Conceded', 'Late', 'Void'], path('Outcome'));
export type Outcome = Static<typeof outcome>;

const tagReport = struct(
  {
    file_id: h256,
    segment: u32,
    fragment: u16,
    /** SHA-256 of the tags. */
    tags_hash: h256,
    /** xi. */
    signature: fixedBytes(64),
  },
  path('TagReport'),
);
export type TagReport = Static<typeof tagReport>;

const judgedRound = struct({ miner: u32, key_id: h256, round: u32 }, path('JudgedRound'));

const verdict = struct(
  { miner: u32, key_id: h256, round: u32, passed: bool, signature: fixedBytes(64) },
  path('Verdict'),
);
export type VerdictClaim = Static<typeof verdict>;

const at = storageOf(auditId.name);
const provider = twoxConcat(u32);
const key = identity(h256);
export const auditStorage = {
  Periods: at.valueOr('Periods', auditPeriods, { cycle: 2400, proof: 100, verdict: 100, dispute: 600, claim: 600 }, [
    'Lengths of the periods in blocks.',
  ]),
  Registries: at.map('Registries', [provider, key], registryInfo, ['What a provider has tagged under a key.']),
  Slots: at.map('Slots', [provider, key, twoxConcat(u32)], slotInfo, ['Tagged fragments by slot.']),
  Tags: at.map('Tags', [key, identity(u32), identity(u16)], tagInfo, ['Tagged fragments by file, segment and index.']),
  Order: at.map('Order', [twoxConcat(u32)], registryKey, ['All registries in a dense list.']),
  RegistryCount: at.valueOr('RegistryCount', u32, 0, ['Length of that list.']),
  Drawn: at.valueOr('Drawn', u32, 0, ['How many of the list, from its beginning, were drawn in this cycle.']),
  CycleStart: at.valueOr('CycleStart', u32, 0, ['Block in which the cycle began.']),
  Challenges: at.map('Challenges', [provider, key], challengeInfo, ['The running round of a registry.']),
  Deadlines: at.map('Deadlines', [identity(blockKey), provider, key], unit, [
    'Rounds of which a period ends with that block.',
  ]),
  Tombstones: at.map('Tombstones', [provider, key, twoxConcat(u32)], unit, ['Slots that are waiting to be compacted.']),
  Compacting: at.map('Compacting', [provider, key], unit, ['Registries whose tombstones are being compacted.']),
  Questions: at.map('Questions', [provider, key], openQuestion, [
    'Questions that a round asked and that were not answered or not judged; the next round of the registry asks the same.',
  ]),
  SlashBases: at.map('SlashBases', [provider, key], balance, [
    'Stake that the declared space of the provider needed when the running or open question of a registry was asked.',
  ]),
  LostBlocks: at.valueOr('LostBlocks', u32, 0, [
    'Blocks so far in which duties could not be done: their room was exhausted, or the chain had just stood still.',
  ]),
  LostBefore: at.map('LostBefore', [provider, key], u32, [
    'LostBlocks when the current period of a running round began or was extended; absent for 0.',
  ]),
  LastTime: at.valueOr('LastTime', u64, 0n, ['Time of the block before, in milliseconds.']),
  GraceUntil: at.valueOr('GraceUntil', u32, 0, ['Last block that is lost because the chain had stood still.']),
  FailedAt: at.map('FailedAt', [provider, key], u32, [
    'Block in which a worker judged the running round of a registry as failed.',
  ]),
  OpenFailed: at.map('OpenFailed', [twoxConcat(u32)], u32, [
    'Failed verdicts of a worker whose time for disputes has not ended.',
  ]),
  Retiring: at.map('Retiring', [provider, key], unit, ['Registries under revoked keys whose tags are being removed.']),
  AskAgain: at.map('AskAgain', [provider, key], unit, [
    'Registries whose whole question was deleted; a new round opens as soon as they are compacted.',
  ]),
};

const round = () => ({ miner: u32, key_id: h256, round: u32 });
export const auditEvents = defineEvents(auditId, {
  TagsReported: struct({ miner: u32, key_id: h256, fragments: u32, bytes: u64 }),
  ChallengeOpened: struct({ ...round(), deadline: u32 }),
  ProofSubmitted: struct({ ...round(), worker: option(u32), verify_by: u32 }),
  DeadlineExtended: struct({ ...round(), worker: option(u32), until: u32, lost: u32 }),
  VerifierRedrawn: struct({ ...round(), worker: option(u32), verify_by: u32 }),
  VerdictSubmitted: struct({ ...round(), worker: u32, passed: bool, dispute_until: u32 }),
  VerdictDisputed: struct({ ...round(), disputer: accountId, upheld: bool }),
  RegistryRetired: struct({ miner: u32, key_id: h256 }),
  RoundClosed: struct({ ...round(), outcome }),
});

export const auditErrors = defineErrors(auditId, {
  NotMiner: 'The caller is no provider.',
  NotVerifier: 'The caller runs no TEE worker.',
  KeyUnknown: 'There is no such tagging key.',
  NothingToDo: 'Nothing of the call is due any more.',
  NotHolder: 'The provider does not hold the fragment.',
  BadTagSignature: 'The tags are not signed by the worker of the key.',
  NoChallenge: 'There is no such round, or it waits for something else.',
  Expired: 'The deadline is over.',
  AsOfOutOfRange: 'The block named with a proof lies between the opening of the round and the present.',
  BadVerdictSignature: 'The verdicts are not signed by the enclave of the worker.',
  NothingToDispute: 'The round has no verdict that can be disputed.',
  KeyRevoked: 'The worker of the tagging key has left; the fragments need tags under another key.',
  TooManyRegistries: 'The provider has as many registries, in all or under keys of this worker, as it may have.',
});

export const audit = declarePallet({
  id: auditId,
  docs: 'Proofs of storage: tagged fragments, challenges, answers and verdicts.',
  storage: auditStorage,
  calls: {
    report_tags: declareCall({
      index: 0,
      docs: 'Reports fragments of the calling provider as tagged. Skips entries that are not due.',
      args: { key_id: h256, reports: vec(tagReport, { max: MAX_REPORTS }) },
      class: 'Operational',
    }),
    submit_proof: declareCall({
      index: 1,
      docs: 'Answers a round; `as_of` names the block up to which deletions were taken into account.',
      args: { key_id: h256, round: u32, as_of: u32, proof: fixedBytes(128) },
      class: 'Operational',
    }),
    submit_verdicts: declareCall({
      index: 2,
      docs: 'Judges answered rounds that are assigned to the calling worker. Skips entries that are not due.',
      args: { verdicts: vec(verdict, { max: MAX_VERDICTS }) },
      class: 'Operational',
    }),
    dispute: declareCall({
      index: 3,
      docs: 'Lets the runtime verify a judged proof itself; a deposit is lost if the verdict was right.',
      args: { miner: u32, key_id: h256, round: u32 },
      class: 'Operational',
    }),
    concede: declareCall({
      index: 4,
      docs: 'Admits that a round cannot be answered.',
      args: { key_id: h256, round: u32 },
      class: 'Operational',
    }),
    dispute_batch: declareCall({
      index: 5,
      docs: 'Disputes several verdicts at once, each with its own deposit; rounds without a verdict to dispute are skipped.',
      args: { rounds: vec(judgedRound, { max: MAX_DISPUTES }) },
      class: 'Operational',
    }),
  },
  events: auditEvents,
  errors: auditErrors,
  constants: { DisputeDeposit: constant(u128, DISPUTE_DEPOSIT, 'Lost by who disputes a right verdict.') },
});
