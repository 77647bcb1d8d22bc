// @cess/proofs: cryptography of storage proofs, pure functions over the curve and field ports. Today: PoDR2-K
// (docs/protocol/podr2.md).

export type { BlockSum, FieldKernel, PowerTable } from './field-kernel.js';
export { type BatchItem, batchVerify, batchWeights } from './podr2/batch-verify.js';
export {
  type Challenge,
  type ChallengeContext,
  expandChallenge,
  type FragmentChallenge,
  type RegisteredFragment,
  selectSlots,
} from './podr2/challenge.js';
export { checkPublicKey, checkSrs, type KeyRefusal, type Srs, type SrsRefusal } from './podr2/check-key.js';
export { type FragmentIdentity, fragmentTagId } from './podr2/identity.js';
export {
  attestationReportData,
  type GeneratedKey,
  keyGen,
  provePossession,
  srsHashOf,
  type TagPublicKey,
  type TagSecret,
  tagKeyId,
  type VerifyingKey,
} from './podr2/keys.js';
export {
  blockOf,
  blockSizeBytes,
  challengedBlocks,
  coveredFragments,
  maxFragmentLengthBytes,
  podr2BlockCount,
  proofSizeBytes,
  sectorSizeBytes,
  sectorsPerBlock,
  tagSizeBytes,
} from './podr2/parameters.js';
export { ProofBuilder, type Prover, proofGen, type StoredBlock } from './podr2/proof.js';
export { type ReplicaAddress, replEnc } from './podr2/repl-enc.js';
export {
  type TagGenContext,
  type TagGenInput,
  type TagGenItem,
  type TagRefusal,
  tagGen,
  tagGenBatch,
} from './podr2/tag-gen.js';
export { type SigGenInput, sigGen, type TagSet, tagSetDigest } from './podr2/tags.js';
export { type ProofRefusal, verify } from './podr2/verify.js';
export { createFieldKernel } from './wasm-field-kernel.js';
