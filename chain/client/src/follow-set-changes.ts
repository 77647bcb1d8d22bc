// The voters of finality now, from a set that is trusted, by proof of every change between (docs/protocol/grandpa.md §6).
import { type AuthoritySet, finalityProofCodec, followAuthoritySet } from '@cess/consensus';
import { CessError, err, isCessError, ok, type Result } from '@cess/primitives';

/** The set after a proof, which `ChainClient.setChanges` of the set gives. Error `FINALITY_PROOF_INVALID`. */
export function followSetChanges(encoded: Uint8Array, pinned: AuthoritySet): Result<AuthoritySet, CessError> {
  try {
    const followed = followAuthoritySet(finalityProofCodec.decode(encoded), pinned);
    return followed.ok ? ok(followed.value.set) : followed;
  } catch (cause) {
    if (!isCessError(cause, 'SCALE_MALFORMED')) throw cause;
    const data = { link: 0, reason: 'malformed' };
    return err(new CessError('FINALITY_PROOF_INVALID', 'The proof of set changes is not readable.', data, { cause }));
  }
}
