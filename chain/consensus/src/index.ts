// @cess/consensus: pure rules of authorship (R²S) and finality (GRANDPA's formats).
import './errors.js';

export type { BlockRef, ChainView } from './grandpa/chain-view.js';
export { type CommitProblem, createCommit, findCommitProblem } from './grandpa/commit.js';
export { justifyCommit, signVote, verifyVoteEd25519 } from './grandpa/commit-justification.js';
export {
  decodeEquivocation,
  type EquivocationProof,
  encodeEquivocation,
  verifyEquivocation,
} from './grandpa/equivocation.js';
export {
  type FinalityProof,
  type FollowedSet,
  finalityProofCodec,
  followAuthoritySet,
  nextSet,
} from './grandpa/finality-proof.js';
export {
  type BlockId,
  grandpaEngineId,
  type Justification,
  justificationCodec,
  precommitPayload,
  type SignedPrecommit,
} from './grandpa/justification.js';
export { createLoneAuthorityJustification, type LoneAuthorityVote } from './grandpa/lone-authority.js';
export { decodeMessage, encodeMessage } from './grandpa/message-codec.js';
export {
  type CatchUp,
  type CatchUpRequest,
  type Commit,
  type Message,
  type NeighbourPacket,
  type SignedVote,
  type UnsignedVote,
  type VerifyVote,
  type VoteEntry,
  type VoteKind,
  votePayload,
} from './grandpa/messages.js';
export {
  type Ballot,
  type CastVotes,
  type Phase,
  Round,
  type RoundState,
  type VoteOutcome,
} from './grandpa/round.js';
export {
  type Authority,
  type AuthoritySet,
  thresholdWeight,
  verifyJustification,
} from './grandpa/verify-justification.js';
export { VoteGraph } from './grandpa/vote-graph.js';
export { VoterSet } from './grandpa/voter-set.js';
export { nextBeacon, type Vrf, vrfInput } from './r2s/beacon.js';
export { claimSlot, headerHash, type SlotClaim, sealHeader, splitSeal } from './r2s/seal.js';
export { authorityIndexOf, slotAt, slotStartMs } from './r2s/slots.js';
export { type HeaderContext, type VerifiedHeader, verifyHeader } from './r2s/verify-header.js';
