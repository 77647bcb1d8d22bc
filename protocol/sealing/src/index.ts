// @cess/sealing: how CESS protects data at rest: sealed streams, fragment trees, key wraps, and the keys of owners and
// roles with their files.
import './errors.js';

export { createBlockProof, verifyBlockProof } from './block-proof.js';
export { FragmentHasher, type HashedFragment } from './fragment-hasher.js';
export {
  type FragmentRoot,
  fragmentBlockSizeBytes,
  fragmentRootFromShardHashes,
  fragmentRootFromTreeRoot,
  fragmentRootOf,
  treeRootOf,
} from './fragment-tree.js';
export {
  ciphertextLength,
  type FrameRange,
  frameCountOf,
  framePlaintextSizeBytes,
  frameRange,
  frameSizeBytes,
  frameTagSizeBytes,
  plaintextLengthOf,
} from './frames.js';
export { type KeyPurpose, type OpenKeyFileOptions, openKeyFile, plaintextKeyFile, sealKeyFile } from './key-file.js';
export { type LockedWrap, replaceBucketKey, type StreamLock, unwrapLockedKey, wrapLockedKey } from './locked-wraps.js';
export { deriveOwnerMasterKey, deriveOwnerX25519 } from './owner-keys.js';
export { deriveRoleKeys, type RoleKeys } from './role-keys.js';
export { type FrameAddress, openFrame, sealFrame } from './sealed-stream.js';
export {
  type BucketWrap,
  type KeyWrap,
  keyWrapCodec,
  unwrapKeyWith,
  unwrapStreamKey,
  wrapKeyTo,
  wrapStreamKey,
  type X25519Wrap,
} from './wraps.js';
