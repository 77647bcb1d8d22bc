// Follows the authority set from a pinned one by proof: each link is the header of a block that changes the set, and the
// justification of that block by the set before. Pure; light clients, TEE workers and warp sync share it.
// Source: Substrate `WarpSyncProof`; docs/protocol/grandpa.md §6.
import { findGrandpaLogs, type Header, header as headerCodec } from '@cess/chain-primitives';
import { bytes, fixedBytes, type Static, struct, vec } from '@cess/codec';
import { CessError, equalBytes, err, isCessError, ok, type Result, toHex } from '@cess/primitives';
import { headerHash } from '../r2s/seal.js';
import { type BlockId, justificationCodec } from './justification.js';
import { type AuthoritySet, verifyJustification } from './verify-justification.js';

/** Links in one proof: more are fetched in parts, each of which is verified before the next is asked for. */
export const maxFinalityLinks = 512;
/** Headers in the proof of one block. */
const maxUnknownHeaders = 4096;

export const finalityProofCodec = struct({
  links: vec(struct({ header: headerCodec, justification: justificationCodec }), { max: maxFinalityLinks }),
});
/** How the voters changed, and who finalizes now. */
export type FinalityProof = Static<typeof finalityProofCodec>;

/**
 * What `grandpa_proveFinality` answers: the next block from the asked one on that has a justification, that justification, encoded,
 * and the headers between, that of the block included. Source: Substrate `FinalityProof`.
 */
export const blockProofCodec = struct({
  block: fixedBytes(32),
  justification: bytes(),
  unknown_headers: vec(headerCodec, { max: maxUnknownHeaders }),
});

export interface FollowedSet {
  /** The set in force after the last link. */
  readonly set: AuthoritySet;
  /** The last proven block; undefined for a proof without links. */
  readonly finalized: BlockId | undefined;
}

/**
 * The set after the proof (GR-51). Each link's justification is for exactly its header, by the set before it; each header
 * but the last announces the next set with delay 0; heights rise. Error `FINALITY_PROOF_INVALID` with the `link` (from 0) and a
 * `reason`: justification, header, order, change, missing-change.
 */
export function followAuthoritySet(proof: FinalityProof, pinned: AuthoritySet): Result<FollowedSet, CessError> {
  let set = pinned;
  let finalized: BlockId | undefined;
  for (const [link, { header, justification }] of proof.links.entries()) {
    const proven = verifyJustification(justification, set);
    if (!proven.ok) return invalid(link, 'justification', proven.error);
    const block = proven.value;
    if (block.number !== header.number || !equalBytes(block.hash, headerHash(header))) return invalid(link, 'header');
    if (finalized && block.number <= finalized.number) return invalid(link, 'order');
    const next = nextSet(header, set);
    if (!next.ok) return invalid(link, 'change', next.error);
    if (!next.value && link < proof.links.length - 1) return invalid(link, 'missing-change');
    set = next.value ?? set;
    finalized = block;
  }
  return ok({ set, finalized });
}

/** The set that a finalized header puts in force; undefined if it changes none. */
export function nextSet(header: Header, set: AuthoritySet): Result<AuthoritySet | undefined, CessError> {
  const problem = (reason: string, cause?: unknown) =>
    err(
      new CessError(
        'AUTHORITY_SET_INVALID',
        `Block ${header.number} (${toHex(headerHash(header))}) changes the authority set in a way that no proof can follow: ${reason}.`,
        {},
        { cause },
      ),
    );
  let changes: ReturnType<typeof findGrandpaLogs>;
  try {
    changes = findGrandpaLogs(header.digest.logs);
  } catch (thrown) {
    if (isCessError(thrown)) return problem('its digest is unreadable', thrown);
    throw thrown;
  }
  if (changes.some(({ type }) => type === 'ForcedChange')) return problem('a forced change');
  const scheduled = changes.flatMap((log) => (log.type === 'ScheduledChange' ? [log.value] : []));
  const [change] = scheduled;
  if (!change) return ok(undefined);
  if (scheduled.length > 1) return problem('two changes');
  if (change.delay !== 0) return problem('a change with a delay');
  if (!change.next_authorities.some(([, weight]) => weight > 0n)) return problem('an empty set');
  const authorities = change.next_authorities.map(([key, weight]) => ({ key, weight }));
  return ok({ setId: set.setId + 1n, authorities });
}

function invalid(link: number, reason: string, cause?: unknown): Result<never, CessError> {
  const message = `Link ${link} of the finality proof is invalid: ${reason}.`;
  return err(new CessError('FINALITY_PROOF_INVALID', message, { link, reason }, { cause }));
}
