// @cess/client: the public API of the chain for all other layers, also in a browser. Beside it: /audit (rounds and their
// challenges), /signers (accounts from seeds).
import './errors.js';

export { type Header, header as headerCodec } from '@cess/chain-primitives';
export { type AuthoritySet, headerHash } from '@cess/consensus';
// What other layers need of the runtime's declarations.
export {
  type CallSigner,
  type ChallengeInfo,
  DISPUTE_DEPOSIT,
  type EventRecord,
  type Evidence,
  EXPELLING_FAILURES,
  type ExtrinsicSigner,
  encodeExtrinsicWith,
  type FileInfo,
  type FileStatus,
  type FragmentInfo,
  type FragmentPlace,
  MAX_ATTESTATION_BLOCKS,
  MAX_MISSED_IN_A_ROW,
  MAX_PLACES,
  MAX_REPORTS,
  type OpenQuestion,
  type OssInfo,
  type ProviderInfo,
  query,
  type RegistryInfo,
  type RestoralOrder,
  type RestoralReason,
  type RoundRef,
  readExtrinsic,
  type SlotInfo,
  SS58_PREFIX,
  stakeFor,
  type TagInfo,
  type TagKeyDeclaration,
  type TagKeyInfo,
  type TagReport,
  type TerritoryInfo,
  TOLERATED_STRIKES,
  tx,
  type VerdictClaim,
  WORKER_STAKE,
  type WorkerInfo,
  WRONG_VERDICT_SLASH,
} from '@cess/runtime/declarations';
export { openReadProof, type ProvenValue } from '@cess/state/read-proof';
export { openSocket } from '#socket';
export {
  type Block,
  ChainClient,
  type ChainClientInit,
  type ChainIdentity,
  type MapItem,
  type RuntimeInfo,
  type ValueItem,
} from './chain-client.js';
export {
  type FileRecord,
  type FragmentRecord,
  fileNotOnChain,
  fragmentRecord,
  PassedRounds,
  type SegmentRecord,
} from './file-record.js';
export { isPruned } from './finalized-follower.js';
export { followEachChange, followSetChanges, type SetChange } from './follow-set-changes.js';
export {
  type FinalityClaim,
  type StorageClaim,
  verifyFinality,
  verifyStorageAgainstFinality,
} from './light-verification.js';
export { SetChangeHistory } from './set-change-history.js';
export type { OpenSocket, Socket, SocketInit, SocketListener } from './socket.js';
export { type Inclusion, Submitter, type SubmitterInit } from './submitter.js';
