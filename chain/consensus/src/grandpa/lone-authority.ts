// Finality of a development chain: its only authority justifies each block alone, in GRANDPA's format.
// DEVELOPMENT ONLY: no vote is exchanged and nobody can disagree. Production specifications refuse it.
import type { Ed25519Signer } from '@cess/crypto';
import { type BlockId, type Justification, precommitPayload } from './justification.js';

export interface LoneAuthorityVote {
  readonly target: BlockId;
  /** One vote per round: the caller persists the vote before it requests the signature. */
  readonly round: bigint;
  readonly setId: bigint;
}

/** The justification that consists of the lone authority's own precommit. */
export function createLoneAuthorityJustification(vote: LoneAuthorityVote, signer: Ed25519Signer): Justification {
  const { target, round, setId } = vote;
  const signature = signer.sign(precommitPayload(target, round, setId));
  const precommit = { target_hash: target.hash, target_number: target.number, signature, id: signer.publicKey };
  return {
    round,
    commit: { target_hash: target.hash, target_number: target.number, precommits: [precommit] },
    votes_ancestries: [],
  };
}
