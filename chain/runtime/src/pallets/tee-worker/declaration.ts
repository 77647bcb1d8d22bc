// TeeWorker: who makes tags and judges proofs (docs/protocol/audit.md §1).
// Invariants: WorkerIndex and SignerKeys are the inverses of Workers for workers that have not left; Verifiers holds the
// active ones at 0 … VerifierCount - 1, each at its `seat`; a tagging key is registered once and never removed.
import { accountId, balance, h256 } from '@cess/chain-primitives';
import {
  bool,
  bytes,
  enumeration,
  fixedBytes,
  option,
  type Static,
  struct,
  u32,
  u64,
  u128,
  variant,
} from '@cess/codec';
import { CESS } from '@cess/primitives';
import { constant, declareCall, declarePallet, defineErrors, defineEvents } from '../../frame/declaration.js';
import { blake2Concat, identity, storageOf, twoxConcat } from '../../frame/storage.js';
import { stateDeposit } from '../../state-deposit.js';

const teeWorkerId = { name: 'TeeWorker', index: 102 } as const;

export const WORKER_STAKE = 50_000n * CESS;
/** For a verification that a worker did not deliver: 0.1 % of the stake. */
export const MISSED_DUTY_SLASH = WORKER_STAKE / 1000n;
/** For a verdict that the chain found wrong: 10 % of the stake. */
export const WRONG_VERDICT_SLASH = WORKER_STAKE / 10n;
/** Deposits for what stays in the state when a worker leaves: its record, and each of its tagging keys. */
export const RECORD_DEPOSIT = stateDeposit(1, 350);
export const KEY_DEPOSIT = stateDeposit(1, 264);
/** Missed verifications in a row that suspend a worker. */
export const MAX_MISSED_IN_A_ROW = 3;

const path = (name: string) => ({ path: ['pallet_tee_worker', 'types', name] });

const endpoint = bytes({ max: 100 });
const workerState = enumeration(['Active', 'Suspended', 'Exited'], path('WorkerState'));
/** What speaks for the enclave. `Software` (development only): the signer key's signature of the evidence message. */
const evidence = variant({ Software: fixedBytes(64) }, path('Evidence'));
export type Evidence = Static<typeof evidence>;

/** A tagging key as its worker registers it (podr2.md §2). */
const tagKeyDeclaration = struct(
  {
    x: fixedBytes(96),
    x_alpha: fixedBytes(96),
    srs_hash: h256,
    /** Proof of possession of x. */
    possession: fixedBytes(48),
    epoch: u32,
  },
  path('TagKeyDeclaration'),
);
export type TagKeyDeclaration = Static<typeof tagKeyDeclaration>;

const tagKeyInfo = struct(
  { worker: u32, x: fixedBytes(96), x_alpha: fixedBytes(96), srs_hash: h256, epoch: u32, registered_at: u32 },
  path('TagKeyInfo'),
);
export type TagKeyInfo = Static<typeof tagKeyInfo>;

/** What a worker has done: the credit of its consensus node comes from it (R2S-7). */
const workerRecord = struct(
  { tagged_bytes: u64, verified_bytes: u64, verdicts: u32, missed: u32, missed_in_a_row: u32, wrong: u32 },
  path('WorkerRecord'),
);

const workerInfo = struct(
  {
    controller: accountId,
    /** ed25519 key of the enclave: signs tag sets and verdicts. */
    signer_key: fixedBytes(32),
    endpoint,
    /** The consensus node that it credits. */
    bond: option(accountId),
    tag_key: h256,
    staked: balance,
    state: workerState,
    /** Place among the verifiers; without meaning unless active. */
    seat: u32,
    /** Rounds that it judges or has judged, while its verdict can be disputed. */
    duties: u32,
    record: workerRecord,
    registered_at: u32,
  },
  path('WorkerInfo'),
);
export type WorkerInfo = Static<typeof workerInfo>;

const at = storageOf(teeWorkerId.name);
export const teeWorkerStorage = {
  Workers: at.map('Workers', [twoxConcat(u32)], workerInfo, ['Workers by index.']),
  WorkerIndex: at.map('WorkerIndex', [blake2Concat(accountId)], u32, ['Index of an account that runs a worker.']),
  SignerKeys: at.map('SignerKeys', [blake2Concat(fixedBytes(32))], u32, ['Index of an enclave.']),
  TagKeys: at.map('TagKeys', [identity(h256)], tagKeyInfo, ['Tagging keys by id; never removed.']),
  NextWorkerIndex: at.valueOr('NextWorkerIndex', u32, 0, ['Index of the next worker; indices are never reused.']),
  Verifiers: at.map('Verifiers', [twoxConcat(u32)], u32, ['The active workers in a dense list.']),
  VerifierCount: at.valueOr('VerifierCount', u32, 0, ['Length of the list of active workers.']),
  LastWrong: at.map('LastWrong', [twoxConcat(u32)], u32, [
    'Block in which a verdict of the worker was last found wrong; its earlier failed verdicts are given to others.',
  ]),
  SoftwareEnclaves: at.valueOr('SoftwareEnclaves', bool, false, [
    'Whether software enclaves may register: on development chains.',
  ]),
};

export const teeWorkerEvents = defineEvents(teeWorkerId, {
  WorkerRegistered: struct({ worker: u32, controller: accountId, signer_key: fixedBytes(32), tag_key: h256 }),
  TagKeyAdded: struct({ worker: u32, tag_key: h256, epoch: u32 }),
  EndpointUpdated: struct({ worker: u32, endpoint }),
  StakeAdded: struct({ worker: u32, amount: balance }),
  WorkerExited: struct({ worker: u32, released: balance }),
  DutyMissed: struct({ worker: u32, slashed: balance }),
  VerdictWrong: struct({ worker: u32, slashed: balance }),
  WorkerSuspended: struct({ worker: u32 }),
  WorkerResumed: struct({ worker: u32 }),
});

export const teeWorkerErrors = defineErrors(teeWorkerId, {
  AlreadyRegistered: 'The account runs a worker already.',
  NotWorker: 'The account runs no worker.',
  EmptyEndpoint: 'A worker needs an endpoint.',
  SignerKeyInUse: 'Another worker has this signer key.',
  TagKeyInUse: 'The tagging key is registered already.',
  TagKeyRefused: 'The tagging key is malformed or comes without a valid proof of possession.',
  SoftwareEnclaveRefused: 'This chain takes no software enclaves.',
  BadEvidence: 'The evidence does not speak for this key and this account.',
  DutiesLeft: 'The worker still has verdicts to give, or to answer for.',
  NotSuspended: 'The worker is not suspended.',
  StakeTooLow: 'The stake has been slashed below half of what a worker needs; add to it first.',
  ZeroAmount: 'The amount must not be zero.',
});

export const teeWorker = declarePallet({
  id: teeWorkerId,
  docs: 'TEE workers: enclaves, tagging keys, stake and record.',
  storage: teeWorkerStorage,
  calls: {
    register_worker: declareCall({
      index: 0,
      docs: 'Registers the caller as the controller of a TEE worker and reserves its stake.',
      args: {
        signer_key: fixedBytes(32),
        endpoint,
        bond: option(accountId),
        key: tagKeyDeclaration,
        evidence,
      },
    }),
    update_endpoint: declareCall({
      index: 1,
      docs: "Changes the worker's address.",
      args: { endpoint },
    }),
    add_tag_key: declareCall({
      index: 2,
      docs: "Makes a new tagging key the worker's current one; what older keys tagged stays valid.",
      args: { key: tagKeyDeclaration, evidence },
    }),
    exit: declareCall({
      index: 3,
      docs: 'Ends the registration of a worker without open duties, and frees its stake.',
      args: {},
    }),
    add_stake: declareCall({
      index: 4,
      docs: 'Adds to the stake of the worker.',
      args: { amount: balance },
    }),
    resume: declareCall({
      index: 5,
      docs: 'Takes a suspended worker back among the verifiers.',
      args: {},
    }),
  },
  events: teeWorkerEvents,
  errors: teeWorkerErrors,
  constants: {
    WorkerStake: constant(u128, WORKER_STAKE, 'Stake of a worker.'),
    RecordDeposit: constant(u128, RECORD_DEPOSIT, 'Deposit for the record of a worker.'),
    KeyDeposit: constant(u128, KEY_DEPOSIT, 'Deposit for a tagging key.'),
  },
});
