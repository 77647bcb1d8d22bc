// Uncles (docs/protocol/r2s.md §7, R2S-5): valid blocks that came too late to extend the chain, which a later block references
// for points. Everything is checked but their execution.
import type { Header } from '@cess/chain-primitives';
import type { SignatureScheme } from '@cess/crypto';
import { CessError, compareBytes, equalBytes, err, ok, present, type Result, toHex } from '@cess/primitives';
import type { Vrf } from './beacon.js';
import { headerHash } from './seal.js';
import { slotStartMs } from './slots.js';
import { type HeaderContext, verifyHeader } from './verify-header.js';

/** An uncle is at most this many blocks below the block that references it. */
export const MAX_UNCLE_DEPTH = 7;
export const MAX_UNCLES_PER_BLOCK = 2;

/** The chain of the block that references uncles, up to its parent. */
export interface UncleChain {
  /** A block by its number; undefined outside of the chain, or below what is kept. */
  blockAt(number: number): { readonly hash: Uint8Array; readonly slot: bigint } | undefined;
  /**
   * What a child of the block with this number is verified against. It is asked only for numbers that `blockAt` knows. The seats
   * are those of the block that references uncles: whoever lost its seat earns nothing more.
   */
  contextOf(parentNumber: number): Omit<HeaderContext, 'latestStartMs'>;
  /** Uncles that blocks of the chain reference, at least those whose slot is after the lowest block that `blockAt` knows. */
  readonly referenced: readonly { readonly hash: Uint8Array; readonly slot: bigint }[];
  /** First slot of the era of the block that references uncles. */
  readonly eraStart: bigint;
}

/** Checks of VRF proofs and of seals. */
export interface UncleCrypto {
  readonly vrf: Pick<Vrf, 'verify'>;
  readonly signatures: Pick<SignatureScheme, 'verify'>;
}

export interface VerifiedUncle {
  readonly hash: Uint8Array;
  readonly slot: bigint;
  /** ed25519 key of its author. */
  readonly author: Uint8Array;
}

/** A block that references uncles. */
export interface Including {
  readonly number: number;
  readonly slot: bigint;
}

/** The uncles that a block references. Error: `UNCLE_INVALID`. */
export function verifyUncles(
  uncles: readonly Header[],
  including: Including,
  chain: UncleChain,
  crypto: UncleCrypto,
): Result<readonly VerifiedUncle[], CessError<'UNCLE_INVALID'>> {
  const verified: VerifiedUncle[] = [];
  for (const uncle of uncles) {
    if (verified.length === MAX_UNCLES_PER_BLOCK) return fail(headerHash(uncle), 'is one too many');
    const result = verifyUncle(uncle, including, withReferences(chain, verified), crypto);
    if (!result.ok) return result;
    verified.push(result.value);
  }
  return ok(verified);
}

/**
 * The uncles that the author of a block references: of the late blocks that it knows, the oldest ones that are valid together. Older
 * ones first, because they are the next to become too old.
 */
export function selectUncles(
  known: readonly Header[],
  including: Including,
  chain: UncleChain,
  crypto: UncleCrypto,
): readonly Header[] {
  const selected: Header[] = [];
  const verified: VerifiedUncle[] = [];
  const byAge = known
    .map((uncle) => ({ uncle, hash: headerHash(uncle) }))
    .sort((a, b) => a.uncle.number - b.uncle.number || compareBytes(a.hash, b.hash));
  for (const { uncle } of byAge) {
    if (selected.length === MAX_UNCLES_PER_BLOCK) break;
    const result = verifyUncle(uncle, including, withReferences(chain, verified), crypto);
    if (!result.ok) continue;
    selected.push(uncle);
    verified.push(result.value);
  }
  return selected;
}

function withReferences(chain: UncleChain, verified: readonly VerifiedUncle[]): UncleChain {
  return {
    blockAt: (number) => chain.blockAt(number),
    contextOf: (parentNumber) => chain.contextOf(parentNumber),
    referenced: [...chain.referenced, ...verified],
    eraStart: chain.eraStart,
  };
}

function verifyUncle(
  uncle: Header,
  including: Including,
  chain: UncleChain,
  { vrf, signatures }: UncleCrypto,
): Result<VerifiedUncle, CessError<'UNCLE_INVALID'>> {
  const hash = headerHash(uncle);
  const depth = including.number - uncle.number;
  if (depth < 1 || depth > MAX_UNCLE_DEPTH) return fail(hash, `is ${depth} blocks below the block that references it`);
  const parent = chain.blockAt(uncle.number - 1);
  if (parent === undefined || !equalBytes(parent.hash, uncle.parent_hash)) {
    return fail(hash, 'does not follow a block of the chain');
  }
  if (chain.referenced.some((other) => equalBytes(other.hash, hash))) return fail(hash, 'is referenced already');
  const context = chain.contextOf(uncle.number - 1);
  const latestStartMs = slotStartMs(including.slot, context.slotDurationMs);
  const header = verifyHeader(uncle, { ...context, latestStartMs }, vrf, signatures);
  if (!header.ok) return fail(hash, `is not valid: ${header.error.message}`);
  const { slot, authority_index } = header.value.preDigest;
  // Seats of an earlier era are not known here, and its points are divided.
  if (slot < chain.eraStart) return fail(hash, 'is of an earlier era');
  // A block of the chain in this slot is the uncle itself, or a second block of its author: evidence and no uncle.
  for (let number = uncle.number; number < including.number; number++) {
    if (chain.blockAt(number)?.slot === slot) return fail(hash, 'shares its slot with a block of the chain');
  }
  if (slot === including.slot) return fail(hash, 'shares its slot with the block that references it');
  if (chain.referenced.some((other) => other.slot === slot)) return fail(hash, 'shares its slot with another uncle');
  const author = present(context.authorities[authority_index], 'the author of a verified header');
  return ok({ hash, slot, author });
}

function fail(hash: Uint8Array, what: string): Result<never, CessError<'UNCLE_INVALID'>> {
  return err(new CessError('UNCLE_INVALID', `Uncle ${toHex(hash)} ${what}.`, { hash: toHex(hash) }));
}
