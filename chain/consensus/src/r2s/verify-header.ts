// Everything about a header that can be checked without executing the block (import pipeline, step "verify").
import {
  FINALITY_ENGINE_ID,
  findFinalityClaim,
  findR2sPreDigest,
  type Header,
  header as headerCodec,
  R2S_ENGINE_ID,
  type R2sPreDigest,
} from '@cess/chain-primitives';
import { ed25519Scheme, type SignatureScheme } from '@cess/crypto';
import { CessError, type CodesWith, equalBytes, err, isCessError, ok, type Result, toHex } from '@cess/primitives';
import { nextBeacon, type Vrf, vrfInput } from './beacon.js';
import { headerHash, splitSeal } from './seal.js';
import { authorityIndexOf, slotStartMs } from './slots.js';

/**
 * Most bytes of an encoded header. Without a limit, an author could make its two blocks of one slot too large for a proof. A header of ours
 * has less than 1 KiB; one that announces 1,024 voters of finality has 41 KiB.
 */
export const MAX_HEADER_BYTES = 64 * 1024;

export interface HeaderContext {
  readonly parent: { readonly hash: Uint8Array; readonly number: number };
  /** Slot of the parent; undefined for the genesis block. */
  readonly parentSlot: bigint | undefined;
  /** Beacon after the parent. */
  readonly previousBeacon: Uint8Array;
  /** ed25519 keys in seat order; undefined for a seat that is vacant, whose slots have no author. */
  readonly authorities: readonly (Uint8Array | undefined)[];
  readonly slotDurationMs: number;
  /** Latest allowed start of the slot: the node's clock plus its tolerance. */
  readonly latestStartMs: number;
}

export interface VerifiedHeader {
  /** Hash with seal: the block's id. */
  readonly hash: Uint8Array;
  /** The header as the runtime makes it, without seal. */
  readonly unsealed: Header;
  readonly preDigest: R2sPreDigest;
  /** Beacon after this block. */
  readonly beacon: Uint8Array;
}

/**
 * Errors: `HEADER_TOO_LARGE`, `HEADER_PARENT`, `HEADER_NUMBER`, `HEADER_PRE_DIGEST`, `HEADER_SLOT_NOT_AFTER_PARENT`, `HEADER_SLOT_FUTURE`,
 * `HEADER_WRONG_AUTHOR`, `HEADER_VRF`, `HEADER_SEAL`.
 */
export function verifyHeader(
  header: Header,
  context: HeaderContext,
  vrf: Pick<Vrf, 'verify'>,
  signatures: Pick<SignatureScheme, 'verify'> = ed25519Scheme,
): Result<VerifiedHeader, CessError> {
  if (headerCodec.encode(header).length > MAX_HEADER_BYTES) return fail('HEADER_TOO_LARGE', 'has too large a header');
  if (!equalBytes(header.parent_hash, context.parent.hash)) return fail('HEADER_PARENT', 'has another parent');
  if (header.number !== context.parent.number + 1) return fail('HEADER_NUMBER', 'does not continue its parent');
  const seal = splitSeal(header);
  if (!seal) return fail('HEADER_SEAL', 'carries no seal');
  const claim = readPreDigest(seal.unsealed);
  if (!claim.ok) return claim;
  const preDigest = claim.value;
  const { slot, authority_index: index } = preDigest;
  if (context.parentSlot !== undefined && slot <= context.parentSlot) {
    return fail('HEADER_SLOT_NOT_AFTER_PARENT', 'is not in a later slot than its parent');
  }
  if (slotStartMs(slot, context.slotDurationMs) > context.latestStartMs) {
    return fail('HEADER_SLOT_FUTURE', 'lies in the future');
  }
  const key = context.authorities[index];
  if (!key || index !== authorityIndexOf(slot, context.authorities.length)) {
    return fail('HEADER_WRONG_AUTHOR', 'is not by the author of its slot');
  }
  // The signature is two orders of magnitude cheaper than the VRF, so it rejects forged headers first.
  if (!signatures.verify(seal.signature, headerHash(seal.unsealed), key))
    return fail('HEADER_SEAL', 'has a wrong seal');
  const output = vrf.verify(key, vrfInput(context.previousBeacon, slot), preDigest.vrf_proof);
  if (!output || !equalBytes(output, preDigest.vrf_output)) return fail('HEADER_VRF', 'has a wrong VRF proof');
  return ok({
    hash: headerHash(header),
    unsealed: seal.unsealed,
    preDigest,
    beacon: nextBeacon(context.previousBeacon, output),
  });

  function fail(code: CodesWith<{ readonly hash: string }>, what: string): Result<never, CessError> {
    return err(new CessError(code, `Block ${header.number} ${what}.`, { hash: toHex(headerHash(header)) }));
  }
}

/**
 * The R²S pre-digest of a header without seal. A header must contain exactly one, and no other pre-runtime item but one that
 * names a finalized block below it.
 */
function readPreDigest(unsealed: Header): Result<R2sPreDigest, CessError> {
  const { logs } = unsealed.digest;
  const engines = logs.flatMap((item) => (item.type === 'PreRuntime' ? [item.value[0]] : []));
  const slotClaims = engines.filter((engine) => equalBytes(engine, R2S_ENGINE_ID)).length;
  const finalityClaims = engines.filter((engine) => equalBytes(engine, FINALITY_ENGINE_ID)).length;
  const isWellFormed = slotClaims === 1 && finalityClaims <= 1 && engines.length === slotClaims + finalityClaims;
  const malformed = () =>
    err(new CessError('HEADER_PRE_DIGEST', `Block ${unsealed.number} has no single, well-formed slot claim.`));
  if (!isWellFormed || logs.some(({ type }) => type === 'Seal')) return malformed();
  try {
    const found = findR2sPreDigest(logs);
    const finalized = findFinalityClaim(logs) ?? 0;
    return found && finalized < Math.max(1, unsealed.number) ? ok(found) : malformed();
  } catch (thrown) {
    if (isCessError(thrown)) return malformed();
    throw thrown;
  }
}
