// Proof that an author sealed two blocks in one slot (docs/protocol/r2s.md §8, R2S-5): the two headers. Anyone verifies it from
// the bytes alone. The VRF and the parents do not matter: who sealed two headers of one slot has misbehaved whatever they contain.
import { findR2sPreDigest, type Header, header } from '@cess/chain-primitives';
import { fixedBytes, type Static, struct, u64 } from '@cess/codec';
import { verifyEd25519 } from '@cess/crypto';
import { CessError, compareBytes, err, isCessError, ok, type Result } from '@cess/primitives';
import { headerHash, splitSeal } from './seal.js';
import { MAX_HEADER_BYTES } from './verify-header.js';

/** Key, slot and two headers of the greatest size. A proof that is larger is refused before it is decoded. */
export const MAX_EQUIVOCATION_BYTES = 32 + 8 + 2 * MAX_HEADER_BYTES;

const equivocationCodec = struct(
  {
    /** ed25519 key that made both seals. */
    offender: fixedBytes(32),
    slot: u64,
    /** Both with seal; the hash of the first without seal is the lower one, so that an offence has one form. */
    first_header: header,
    second_header: header,
  },
  { path: ['sp_consensus_r2s', 'EquivocationProof'] },
);
export type EquivocationProof = Static<typeof equivocationCodec>;

/** The proof that two sealed headers of one slot give against the key that sealed both. It is not verified. */
export function createEquivocationProof(
  offender: Uint8Array,
  slot: bigint,
  [one, other]: readonly [Header, Header],
): EquivocationProof {
  const isInOrder = compareBytes(unsealedHash(one), unsealedHash(other)) <= 0;
  const [first_header, second_header] = isInOrder ? [one, other] : [other, one];
  return { offender, slot, first_header, second_header };
}

export function encodeEquivocationProof(proof: EquivocationProof): Uint8Array {
  return equivocationCodec.encode(proof);
}

/** Decodes and verifies a proof. Error: `EQUIVOCATION_PROOF_INVALID`. */
export function verifyEquivocationProof(
  bytes: Uint8Array,
): Result<EquivocationProof, CessError<'EQUIVOCATION_PROOF_INVALID'>> {
  if (bytes.length > MAX_EQUIVOCATION_BYTES) return fail('it is too large');
  try {
    const proof = equivocationCodec.decode(bytes);
    const problem = problemOf(proof);
    return problem === undefined ? ok(proof) : fail(problem);
  } catch (thrown) {
    if (isCessError(thrown, 'SCALE_MALFORMED')) return fail('its bytes are malformed');
    throw thrown;
  }
}

function problemOf({ offender, slot, first_header, second_header }: EquivocationProof): string | undefined {
  // Without the seals: several signatures can be valid for one header, and a second one for the same block is no offence.
  const [first, second] = [unsealedHash(first_header), unsealedHash(second_header)];
  const order = compareBytes(first, second);
  if (order === 0) return 'it contains one block twice';
  if (order > 0) return 'its headers are not in order';
  for (const [sealed, hash] of [
    [first_header, first],
    [second_header, second],
  ] as const) {
    const seal = splitSeal(sealed);
    if (seal === undefined) return 'a header has no seal';
    if (findR2sPreDigest(seal.unsealed.digest.logs)?.slot !== slot) return 'a header is of another slot';
    if (!verifyEd25519(seal.signature, hash, offender)) return 'a seal is not by the accused key';
  }
  return undefined;
}

/** What the seal signs; of a header without seal its own hash. */
function unsealedHash(sealed: Header): Uint8Array {
  return headerHash(splitSeal(sealed)?.unsealed ?? sealed);
}

function fail(reason: string): Result<never, CessError<'EQUIVOCATION_PROOF_INVALID'>> {
  return err(
    new CessError('EQUIVOCATION_PROOF_INVALID', `The proof of two blocks in one slot does not hold: ${reason}.`, {
      reason,
    }),
  );
}
