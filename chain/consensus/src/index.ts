// @cess/consensus: pure rules of authorship (R²S) and finality (GRANDPA's formats).
import './errors.js';

export { type BlockRef, type ChainView, isEqualOrDescendant } from './grandpa/chain-view.js';
export { type CommitProblem, createCommit, findCommitProblem } from './grandpa/commit.js';
export { justifyCommit, signVote, verifyVoteBy, verifyVoteEd25519 } from './grandpa/commit-justification.js';
export {
  blockProofCodec,
  type FinalityProof,
  type FollowedSet,
  finalityProofCodec,
  followAuthoritySet,
  maxFinalityLinks,
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
export { JustificationWatch } from './grandpa/justification-watch.js';
export { decodeBundle, encodeBundle, maxBundleBytes, maxBundleMessages } from './grandpa/message-bundle.js';
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
export { type AuthorityChange, announcedChanges } from './grandpa/pending-changes.js';
export {
  type Ballot,
  type CastVotes,
  genesisRoundState,
  type Phase,
  Round,
  type RoundState,
  type VoteOutcome,
} from './grandpa/round.js';
export { justifyBySingleVote, type SingleVote } from './grandpa/single-vote.js';
export {
  type Authority,
  type AuthoritySet,
  thresholdWeight,
  verifyJustification,
} from './grandpa/verify-justification.js';
export {
  decodeVoteEquivocation,
  encodeVoteEquivocation,
  type VoteEquivocation,
  verifyVoteEquivocation,
} from './grandpa/vote-equivocation.js';
export { VoteGraph } from './grandpa/vote-graph.js';
export type { VoteMark } from './grandpa/vote-mark.js';
export { Voter } from './grandpa/voter.js';
export { decodeOwnVotes, emptyVoterRecord } from './grandpa/voter-record.js';
export { VoterSet } from './grandpa/voter-set.js';
export type {
  Announcement,
  PenaltyReason,
  SetChange,
  VoterConfig,
  VoterEffect,
  VoterInput,
  VoterPorts,
  VoterStart,
} from './grandpa/voter-types.js';
export { DEFAULT_BACK_OFF, shouldBackOff } from './r2s/author-backoff.js';
export { nextBeacon, type Vrf, vrfInput } from './r2s/beacon.js';
export { herfindahlIndex, nakamotoCoefficient, type SeatFigures, seatFigures } from './r2s/concentration.js';
export { CREDIT_ERAS, creditOfEra, type TeeWork, weighCredit, weighWork } from './r2s/credit.js';
export { type ElectionCandidate, type ElectionRules, elect, PRODUCTION_ELECTION } from './r2s/election.js';
export { createElectionVrf, electionInput, type PostedProof, verifyElectionProof } from './r2s/election-vrf.js';
export {
  createEquivocationProof,
  encodeEquivocationProof,
  MAX_EQUIVOCATION_BYTES,
  verifyEquivocationProof,
} from './r2s/equivocation.js';
export { EquivocationWatch } from './r2s/equivocation-watch.js';
export {
  beginSlot,
  type EraClock,
  type EraEvent,
  isKeyOlderThan,
  recordElection,
  startEraClock,
} from './r2s/era-clock.js';
export { type ExitRules, isReportable, PRODUCTION_EXIT, reviewExit, slashesInEffect } from './r2s/exit.js';
export { type BlockTree, bestHead, compareHeads, containsBlock, type ForkBlock } from './r2s/fork-choice.js';
export { createDraws } from './r2s/hash-stream.js';
export { missedSlots } from './r2s/missed-slots.js';
export { ERA_POINTS, type MemberEra, pointsOf, settleEra } from './r2s/rewards.js';
export { firstSlotOf, PRODUCTION_PERIODS, positionOf, type Schedule } from './r2s/schedule.js';
export { type Candidate, FULL_SCORE, rankCandidates, vrfScoreOf } from './r2s/score.js';
export { claimSlot, headerHash, type SlotClaim, sealHeader, splitSeal } from './r2s/seal.js';
export { authorOf, orderMembers, removeMember, type Seats } from './r2s/seats.js';
export { equivocationSlash, PERBILL, slashDue } from './r2s/slashing.js';
export { authorityIndexOf, slotAt, slotStartMs } from './r2s/slots.js';
export {
  type Including,
  MAX_UNCLE_DEPTH,
  MAX_UNCLES_PER_BLOCK,
  selectUncles,
  type UncleChain,
  verifyUncles,
} from './r2s/uncles.js';
export { type HeaderContext, MAX_HEADER_BYTES, type VerifiedHeader, verifyHeader } from './r2s/verify-header.js';
