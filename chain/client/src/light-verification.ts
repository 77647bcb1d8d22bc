// Checks a piece of state without trusting the node that told it: storage value -> read proof -> state root of a
// header -> hash of the header -> GRANDPA justification by the authority set. None of this is the node's own code.
import { type AuthoritySet, headerHash, justificationCodec, verifyJustification } from '@cess/consensus';
import { CessError, equalBytes, err, ok, type Result } from '@cess/primitives';
import type { Header } from '@cess/runtime';
import { type ProvenValue, verifyReadProof } from '@cess/state';

export interface StorageClaim {
  readonly key: Uint8Array;
  readonly proof: readonly Uint8Array[];
  /** The header of the block in whose state the key is looked up. */
  readonly header: Header;
  /** Encoded justification of that very block. */
  readonly justification: Uint8Array;
  /** Whom the verifier trusts to finalize: from the chain spec, or from a followed chain of set changes. */
  readonly authorities: AuthoritySet;
}

/** What the finalized state holds under the key, present or provably absent. */
export function verifyStorageAgainstFinality(claim: StorageClaim): Result<ProvenValue, CessError> {
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
  const proven = verifyReadProof(claim.header.state_root, claim.proof, claim.key);
  return proven.ok ? ok(proven.value) : proven;
}
