// Verifies a piece of state without trusting the node that returned it: storage value -> read proof -> state root of a
// header -> hash of the header -> GRANDPA justification by the authority set.
import type { Header } from '@cess/chain-primitives';
import { type AuthoritySet, headerHash, justificationCodec, verifyJustification } from '@cess/consensus';
import { CessError, equalBytes, err, ok, type Result } from '@cess/primitives';
import { openReadProof, type ProvenValue } from '@cess/state/read-proof';

/** A block and the claim that it is final. */
export interface FinalityClaim {
  /** The header of the block in whose state the key is looked up. */
  readonly header: Header;
  /** Encoded justification of that very block. */
  readonly justification: Uint8Array;
  /** The trusted authority set: from the chain spec, or from a verified chain of set changes. */
  readonly authorities: AuthoritySet;
}

export interface StorageClaim extends FinalityClaim {
  readonly key: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** The value of the key in the finalized state, present or proven to be absent. */
export function verifyStorageAgainstFinality(claim: StorageClaim): Result<ProvenValue, CessError> {
  const finalized = verifyFinality(claim);
  if (!finalized.ok) return finalized;
  const opened = openReadProof(claim.header.state_root, claim.proof);
  return opened.ok ? opened.value(claim.key) : opened;
}

/** Verifies that the header is of a finalized block: the part of `verifyStorageAgainstFinality` that keys share. */
export function verifyFinality(claim: FinalityClaim): Result<undefined, CessError> {
  let justification: ReturnType<typeof justificationCodec.decode>;
  try {
    justification = justificationCodec.decode(claim.justification);
  } catch (cause) {
    return err(new CessError('JUSTIFICATION_INVALID', 'The finality proof is not readable.', {}, { cause }));
  }
  const finalized = verifyJustification(justification, claim.authorities);
  if (!finalized.ok) return finalized;
  if (!equalBytes(finalized.value.hash, headerHash(claim.header))) {
    return err(new CessError('JUSTIFICATION_INVALID', 'The finality proof is for another block than the header.'));
  }
  return ok(undefined);
}
