// Proof that a voter signed two different votes of one phase in one round: what the Offences pallet and every node check.
// Source: sp_consensus_grandpa `EquivocationProof`; docs/protocol/grandpa.md §9.
import { fixedBytes, type Static, struct, tuple, u32, u64, variant } from '@cess/codec';
import { CessError, err, fromHex, ok, type Result, toHex } from '@cess/primitives';
import type { BlockRef } from './chain-view.js';
import type { VerifyVote } from './messages.js';
import type { Ballot, Phase } from './round.js';

export interface VoteEquivocation {
  readonly setId: number;
  readonly round: number;
  readonly phase: Phase;
  /** ed25519 public key in hex. */
  readonly voter: string;
  readonly first: Ballot;
  readonly second: Ballot;
}

const signedTarget = tuple(struct({ target_hash: fixedBytes(32), target_number: u32 }), fixedBytes(64));
const equivocation = struct({
  round_number: u64,
  identity: fixedBytes(32),
  first: signedTarget,
  second: signedTarget,
});

/** Substrate's encoding: set id, phase (0 prevote, 1 precommit), round, key, both votes with their signatures. */
const equivocationCodec = struct({
  set_id: u64,
  equivocation: variant({ Prevote: equivocation, Precommit: equivocation }),
});

export function encodeVoteEquivocation(proof: VoteEquivocation): Uint8Array {
  const value = {
    round_number: BigInt(proof.round),
    identity: fromHex(proof.voter),
    first: toSignedTarget(proof.first),
    second: toSignedTarget(proof.second),
  };
  return equivocationCodec.encode({
    set_id: BigInt(proof.setId),
    equivocation: { type: proof.phase === 'prevote' ? 'Prevote' : 'Precommit', value },
  });
}

/** Throws `SCALE_MALFORMED`. Says nothing about the signatures: see `verifyVoteEquivocation`. */
export function decodeVoteEquivocation(bytes: Uint8Array): VoteEquivocation {
  const { set_id, equivocation: found } = equivocationCodec.decode(bytes);
  return {
    setId: Number(set_id),
    round: Number(found.value.round_number),
    phase: found.type === 'Prevote' ? 'prevote' : 'precommit',
    voter: toHex(found.value.identity),
    first: toBallot(found.value.first),
    second: toBallot(found.value.second),
  };
}

/**
 * Whether the voter signed both, and they differ (GR-60). That the key was in the set is for the caller to know. Error
 * `VOTE_EQUIVOCATION_INVALID` with a `reason`: same-vote, signature.
 */
export function verifyVoteEquivocation(
  proof: VoteEquivocation,
  verify: VerifyVote,
): Result<VoteEquivocation, CessError> {
  const { first, second, phase: kind, round, setId, voter } = proof;
  if (first.target.hash === second.target.hash && first.target.number === second.target.number)
    return invalid('same-vote');
  const isSigned = [first, second].every((ballot) => verify({ kind, round, setId, voter, ...ballot }));
  return isSigned ? ok(proof) : invalid('signature');

  function invalid(reason: string): Result<never, CessError> {
    const message = `The proof against voter ${voter} in round ${round} is invalid: ${reason}.`;
    return err(new CessError('VOTE_EQUIVOCATION_INVALID', message, { reason }));
  }
}

function toSignedTarget({ target, signature }: Ballot): Static<typeof signedTarget> {
  return [{ target_hash: fromHex(target.hash), target_number: target.number }, signature];
}

function toBallot([{ target_hash, target_number }, signature]: Static<typeof signedTarget>): Ballot {
  const target: BlockRef = { hash: toHex(target_hash), number: target_number };
  return { target, signature };
}
