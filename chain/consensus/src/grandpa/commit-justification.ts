// From commits to justifications, which carry the headers between the votes, and the ed25519 side of votes.
// docs/protocol/grandpa.md §5 and §6.
import type { Header } from '@cess/chain-primitives';
import { type Ed25519Signer, ed25519Scheme, type SignatureScheme } from '@cess/crypto';
import { CessError, fromHex, toHex } from '@cess/primitives';
import { lowest } from './commit.js';
import type { Justification } from './justification.js';
import { type Commit, type UnsignedVote, type VerifyVote, votePayload } from './messages.js';

/** Verifies votes by ed25519, without a cache. */
export const verifyVoteEd25519: VerifyVote = (vote) => verifyVoteBy(ed25519Scheme, vote);

/** The same by another scheme. */
export function verifyVoteBy(signatures: Pick<SignatureScheme, 'verify'>, vote: Parameters<VerifyVote>[0]): boolean {
  return signatures.verify(vote.signature, votePayload(vote), fromHex(vote.voter));
}

/** Signature of a vote. The same vote gives the same bytes. */
export function signVote(vote: UnsignedVote, signer: Pick<Ed25519Signer, 'sign'>): Uint8Array {
  return signer.sign(votePayload(vote));
}

/**
 * The commit with the headers of all blocks above its lowest vote. `headerOf` answers for blocks in the ancestry of votes;
 * throws `JUSTIFICATION_INVALID` (reason ancestry) where it has none.
 */
export function justifyCommit(commit: Commit, headerOf: (hash: string) => Header | undefined): Justification {
  const headers = new Map<string, Header>();
  const base = lowest(commit.precommits);
  for (const { target } of commit.precommits) {
    let hash = target.hash;
    while (hash !== base?.hash && !headers.has(hash)) {
      const header = headerOf(hash);
      if (!header || !base || header.number <= base.number) {
        throw new CessError('JUSTIFICATION_INVALID', `The header of block ${hash} is missing for a finality proof.`, {
          reason: 'ancestry',
        });
      }
      headers.set(hash, header);
      hash = toHex(header.parent_hash);
    }
  }
  return {
    round: BigInt(commit.round),
    commit: {
      target_hash: fromHex(commit.target.hash),
      target_number: commit.target.number,
      precommits: commit.precommits.map(({ target, signature, voter }) => ({
        target_hash: fromHex(target.hash),
        target_number: target.number,
        signature,
        id: fromHex(voter),
      })),
    },
    votes_ancestries: [...headers.values()],
  };
}
