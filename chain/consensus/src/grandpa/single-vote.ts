// The justification of an authority set of one: its member's precommit is the whole proof (docs/protocol/finality.md §2).
import type { Ed25519Signer } from '@cess/crypto';
import { type BlockId, type Justification, precommitPayload } from './justification.js';

export interface SingleVote {
  readonly target: BlockId;
  readonly round: bigint;
  readonly setId: bigint;
}

/** The justification that consists of one precommit. */
export function justifyBySingleVote(vote: SingleVote, signer: Ed25519Signer): Justification {
  const { target, round, setId } = vote;
  const signature = signer.sign(precommitPayload(target, round, setId));
  const precommit = { target_hash: target.hash, target_number: target.number, signature, id: signer.publicKey };
  return {
    round,
    commit: { target_hash: target.hash, target_number: target.number, precommits: [precommit] },
    votes_ancestries: [],
  };
}
