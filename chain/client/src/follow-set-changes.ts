// The voters of finality later on, from a set that is trusted, by proof of every change between (docs/protocol/grandpa.md §6).
import { header as headerCodec } from '@cess/chain-primitives';
import { type AuthoritySet, finalityProofCodec, followAuthoritySet, justificationCodec } from '@cess/consensus';
import { CessError, err, isCessError, ok, type Result } from '@cess/primitives';

/** A change of the voters: the header that announces the next set, and its justification by the set before. SCALE. */
export interface SetChange {
  readonly header: Uint8Array;
  readonly justification: Uint8Array;
}

/** The set after a proof, which `ChainClient.setChanges` of the set gives. Error `FINALITY_PROOF_INVALID`. */
export function followSetChanges(encoded: Uint8Array, pinned: AuthoritySet): Result<AuthoritySet, CessError> {
  try {
    const followed = followAuthoritySet(finalityProofCodec.decode(encoded), pinned);
    return followed.ok ? ok(followed.value.set) : followed;
  } catch (cause) {
    return malformed(0, cause);
  }
}

/**
 * The set after changes, each of which leads to the next set and is of a higher block than the one before. Error
 * `FINALITY_PROOF_INVALID`, with the `link` (from 0).
 */
export function followEachChange(
  changes: readonly SetChange[],
  pinned: AuthoritySet,
): Result<{ readonly set: AuthoritySet; readonly number: number | undefined }, CessError> {
  let set = pinned;
  let number: number | undefined;
  for (const [link, change] of changes.entries()) {
    try {
      const header = headerCodec.decode(change.header);
      const justification = justificationCodec.decode(change.justification);
      const followed = followAuthoritySet({ links: [{ header, justification }] }, set);
      if (!followed.ok) return invalid(link, 'justification', followed.error);
      if (number !== undefined && header.number <= number) return invalid(link, 'order');
      if (followed.value.set.setId === set.setId) return invalid(link, 'missing-change');
      set = followed.value.set;
      number = header.number;
    } catch (cause) {
      return malformed(link, cause);
    }
  }
  return ok({ set, number });
}

/** The changes that a proof consists of, not verified. Throws `SCALE_MALFORMED`. */
export function changesOf(encoded: Uint8Array): readonly (SetChange & { readonly number: number })[] {
  return finalityProofCodec.decode(encoded).links.map(({ header, justification }) => ({
    number: header.number,
    header: headerCodec.encode(header),
    justification: justificationCodec.encode(justification),
  }));
}

function malformed(link: number, cause: unknown): Result<never, CessError> {
  if (!isCessError(cause, 'SCALE_MALFORMED')) throw cause;
  const data = { link, reason: 'malformed' };
  return err(new CessError('FINALITY_PROOF_INVALID', 'The proof of set changes is not readable.', data, { cause }));
}

function invalid(link: number, reason: string, cause?: CessError): Result<never, CessError> {
  const text = `Change ${link} of the voters is not proven: ${cause?.message ?? reason}`;
  return err(new CessError('FINALITY_PROOF_INVALID', text, { link, reason }, { cause }));
}
