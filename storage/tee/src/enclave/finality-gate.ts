// The blocks that the enclave accepts: blocks that the authority set, pinned when the state was sealed, has finalized. A block
// that is much older than the newest accepted one is rejected, so that nobody can replay a past state.
import { type AuthoritySet, type Header, headerCodec, headerHash, openReadProof, verifyFinality } from '@cess/client';
import type { ReadValues } from '@cess/client/audit';
import { CessError, equalBytes } from '@cess/primitives';
import type { FinalizedBlock, ReadProof } from './enclave.js';

/** How many blocks a header may be older than the newest one. This is longer than any request waits. */
export const maxRollbackBlocks = 256;

export class FinalityGate {
  #newest = 0;
  #verified: Uint8Array | undefined;

  constructor(private readonly authorities: AuthoritySet) {}

  /** The header of a finalized block. Throws `ENCLAVE_EVIDENCE`, `ENCLAVE_ROLLBACK`. */
  admit({ header: encoded, justification }: FinalizedBlock): Header {
    let header: Header;
    try {
      header = headerCodec.decode(encoded);
    } catch (cause) {
      throw evidenceRefused('the header is not readable', cause);
    }
    const hash = headerHash(header);
    // Many requests use the same block. Its finality is verified once.
    if (this.#verified === undefined || !equalBytes(hash, this.#verified)) {
      const final = verifyFinality({ header, justification, authorities: this.authorities });
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
