// The blocks that the enclave accepts: blocks that the authority set has finalized that was pinned when the state was sealed, or one
// that follows from it by proof of every change. A block
// that is much older than the newest accepted one is rejected, so that nobody can replay a past state.
import {
  type AuthoritySet,
  followSetChanges,
  type Header,
  headerCodec,
  headerHash,
  openReadProof,
  verifyFinality,
} from '@cess/client';
import type { ReadValues } from '@cess/client/audit';
import { CessError, equalBytes } from '@cess/primitives';
import type { FinalizedBlock, ReadProof } from './enclave.js';

/** How many blocks a header may be older than the newest one. This is longer than any request waits. */
export const maxRollbackBlocks = 256;

export class FinalityGate {
  #newest = 0;
  #verified: Uint8Array | undefined;
  /** The last proof of set changes, and the set that it leads to. */
  #followed: { readonly proof: Uint8Array; readonly set: AuthoritySet } | undefined;

  constructor(private readonly authorities: AuthoritySet) {}

  /** The header of a finalized block. Throws `ENCLAVE_EVIDENCE`, `ENCLAVE_ROLLBACK`. */
  admit({ header: encoded, justification, setChanges }: FinalizedBlock): Header {
    let header: Header;
    try {
      header = headerCodec.decode(encoded);
    } catch (cause) {
      throw evidenceRefused('the header is not readable', cause);
    }
    const hash = headerHash(header);
    // Many requests use the same block. Its finality is verified once.
    if (this.#verified === undefined || !equalBytes(hash, this.#verified)) {
      const authorities = setChanges === undefined ? this.authorities : this.#follow(setChanges);
      const final = verifyFinality({ header, justification, authorities });
      if (!final.ok) throw evidenceRefused(final.error.message, final.error);
      this.#verified = hash;
    }
    if (header.number + maxRollbackBlocks < this.#newest) {
      throw new CessError('ENCLAVE_ROLLBACK', 'The block is much older than the newest block of the enclave.', {
        number: header.number,
        newest: this.#newest,
      });
    }
    this.#newest = Math.max(this.#newest, header.number);
    return header;
  }

  /** The set that the changes lead to. Throws `ENCLAVE_EVIDENCE`. */
  #follow(proof: Uint8Array): AuthoritySet {
    if (this.#followed !== undefined && equalBytes(this.#followed.proof, proof)) return this.#followed.set;
    const followed = followSetChanges(proof, this.authorities);
    if (!followed.ok) throw evidenceRefused(followed.error.message, followed.error);
    this.#followed = { proof, set: followed.value };
    return followed.value;
  }
}

/** Values of the block's state from a read proof. Throws `ENCLAVE_EVIDENCE` for keys that the proof does not cover. */
export function provenValues(header: Header, proof: ReadProof): ReadValues {
  const opened = openReadProof(header.state_root, proof);
  if (!opened.ok) throw evidenceRefused(opened.error.message, opened.error);
  return async (keys) =>
    keys.map((key) => {
      const proven = opened.value(key);
      if (!proven.ok) throw evidenceRefused(proven.error.message, proven.error);
      return proven.value.type === 'present' ? proven.value.value : undefined;
    });
}

function evidenceRefused(reason: string, cause: unknown): CessError {
  return new CessError(
    'ENCLAVE_EVIDENCE',
    `What the request says of the chain does not hold: ${reason}`,
    {},
    { cause },
  );
}
