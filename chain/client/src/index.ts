// @cess/client: the chain's face to all other layers.
import './errors.js';

export { type Header, header as headerCodec } from '@cess/chain-primitives';
export { type AuthoritySet, headerHash } from '@cess/consensus';
// What other layers need of the runtime's declarations comes through this face.
export {
  type ChallengedSlot,
  type ChallengeInfo,
  challengeAsOf,
  challengedSlots,
  type EventRecord,
  type Evidence,
  type ExtrinsicSigner,
  type FileInfo,
  type FileStatus,
  type FragmentInfo,
  MAX_PLACES,
  MAX_REPORTS,
  MAX_STATUS_FILES,
  MAX_VERDICTS,
  type MinerInfo,
  type OssInfo,
  query,
  type RegistryInfo,
  type RestoralOrder,
  type RestoralReason,
  readExtrinsic,
  type SlotInfo,
  SS58_PREFIX,
  slotsAsOf,
  stakeFor,
  type TagInfo,
  type TagKeyDeclaration,
  type TagKeyInfo,
  type TagReport,
  type TerritoryInfo,
  tx,
  type VerdictClaim,
  WORKER_STAKE,
  type WorkerInfo,
} from '@cess/runtime';
export { openReadProof, type ProvenValue } from '@cess/state';
export { type AuditRound, type ReadValues, readAuditRound } from './audit-round.js';
export {
  type Block,
  ChainClient,
  type ChainClientInit,
  type MapItem,
  type RuntimeInfo,
  type ValueItem,
} from './chain-client.js';
export {
  type FinalityClaim,
  type StorageClaim,
  verifyFinality,
  verifyStorageAgainstFinality,
} from './light-verification.js';
export { ed25519Account, sr25519Account } from './signers.js';
export { type Inclusion, Submitter, type SubmitterInit } from './submitter.js';
