// @cess/client: the chain's face to all other layers.

// What other layers need of the runtime's declarations comes through this face.
export {
  type EventRecord,
  type ExtrinsicSigner,
  type FileInfo,
  type FragmentInfo,
  type MinerInfo,
  type OssInfo,
  query,
  readExtrinsic,
  SS58_PREFIX,
  stakeFor,
  type TerritoryInfo,
  tx,
} from '@cess/runtime';
export {
  type Block,
  ChainClient,
  type ChainClientInit,
  type MapItem,
  type RuntimeInfo,
  type ValueItem,
} from './chain-client.js';
export { type StorageClaim, verifyStorageAgainstFinality } from './light-verification.js';
export { ed25519Account, sr25519Account } from './signers.js';
export { type Inclusion, Submitter, type SubmitterInit } from './submitter.js';
