// @cess/runtime/declarations: the runtime as a client needs it: storage keys and value codecs, call encoders, events,
// errors and the extrinsic builder. Pure data without the code that executes it, so that it can be bundled for a browser.
// Names are those of the metadata; types follow from the declarations.

export { BLOCK_HASH_COUNT, MAX_BLOCK_BYTES, MAX_EXTRINSIC_BYTES, SS58_PREFIX } from '../block-limits.js';
export type { RuntimeCall, RuntimeEvent } from '../frame/assemble.js';
export type {
  AuditPeriods,
  ChallengeInfo,
  OpenQuestion,
  Outcome,
  RegistryInfo,
  SlotInfo,
  TagInfo,
  TagReport,
  VerdictClaim,
} from '../pallets/audit/declaration.js';
export { DISPUTE_DEPOSIT, MAX_REPORTS, TOLERATED_STRIKES } from '../pallets/audit/declaration.js';
export { EXISTENTIAL_DEPOSIT } from '../pallets/balances/declaration.js';
export type {
  FileDeclaration,
  FileInfo,
  FileStatus,
  FragmentInfo,
  HolderAttestation,
  RestoralOrder,
  RestoralReason,
  SegmentDeclaration,
} from '../pallets/file-bank/declaration.js';
export { fileStatus, MAX_ATTESTATION_BLOCKS, MAX_PLACES, MAX_STATUS_FILES } from '../pallets/file-bank/declaration.js';
export type { OssInfo } from '../pallets/oss/declaration.js';
export type { ProviderInfo } from '../pallets/sminer/declaration.js';
export { EXPELLING_FAILURES, stakeFor } from '../pallets/sminer/declaration.js';
export { TRIAL_BLOCKS } from '../pallets/staking/declaration.js';
export type { TerritoryInfo, TerritoryState } from '../pallets/storage-handler/declaration.js';
export type { AccountInfo } from '../pallets/system/declaration.js';
export type { Evidence, TagKeyDeclaration, TagKeyInfo, WorkerInfo } from '../pallets/tee-worker/declaration.js';
export { MAX_MISSED_IN_A_ROW, WORKER_STAKE, WRONG_VERDICT_SLASH } from '../pallets/tee-worker/declaration.js';

export type { FragmentPlace, RoundRef } from '../shared-types.js';
export {
  decodeEvents,
  describeDispatchError,
  type ErrorInfo,
  type EventRecord,
  type TypedEvent,
} from './events-and-errors.js';
export {
  buildSigningPayload,
  type CallSigner,
  type DecodedExtrinsic,
  type ExtrinsicSigner,
  encodeExtrinsicWith,
  encodeSignedExtrinsic,
  extensionNames,
  readExtrinsic,
  type SigningContext,
} from './extrinsics.js';
export { type Query, query, type Tx, tx } from './query-and-tx.js';
