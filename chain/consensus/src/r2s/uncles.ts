// Uncles (docs/protocol/r2s.md §7, R2S-5): valid blocks that came too late to extend the chain, which a later block references
// for points. Everything is checked but their execution.
import type { Header } from '@cess/chain-primitives';
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
  /** What a child of the block with this number is verified against. It is asked only for numbers that `blockAt` knows. */
  contextOf(parentNumber: number): Omit<HeaderContext, 'latestStartMs'>;
  /** Whether a block of the chain references this uncle. */
  isReferenced(hash: Uint8Array): boolean;
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
  vrf: Vrf,
): Result<readonly VerifiedUncle[], CessError<'UNCLE_INVALID'>> {
  const verified: VerifiedUncle[] = [];
  for (const uncle of uncles) {
    const hash = headerHash(uncle);
    if (verified.length === MAX_UNCLES_PER_BLOCK) return fail(hash, 'is one too many');
    const result = verifyUncle(uncle, hash, including, chain, vrf);
    if (!result.ok) return result;
    // Two headers of one slot are an equivocation, which earns nobody points.
    if (verified.some(({ slot }) => slot === result.value.slot))
      return fail(hash, 'shares its slot with another uncle');
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
  vrf: Vrf,
): readonly Header[] {
  const selected: Header[] = [];
  const byAge = known
    .map((uncle) => ({ uncle, hash: headerHash(uncle) }))
    .sort((a, b) => a.uncle.number - b.uncle.number || compareBytes(a.hash, b.hash));
  for (const { uncle } of byAge) {
    if (selected.length === MAX_UNCLES_PER_BLOCK) break;
    if (verifyUncles([...selected, uncle], including, chain, vrf).ok) selected.push(uncle);
  }
  return selected;
}

function verifyUncle(
  uncle: Header,
  hash: Uint8Array,
  including: Including,
  chain: UncleChain,
  vrf: Vrf,
): Result<VerifiedUncle, CessError<'UNCLE_INVALID'>> {
  const depth = including.number - uncle.number;
  if (depth < 1 || depth > MAX_UNCLE_DEPTH) return fail(hash, `is ${depth} blocks below the block that references it`);
  const parent = chain.blockAt(uncle.number - 1);
  if (parent === undefined || !equalBytes(parent.hash, uncle.parent_hash)) {
    return fail(hash, 'does not follow a block of the chain');
  }
  if (chain.isReferenced(hash)) return fail(hash, 'is referenced already');
  const context = chain.contextOf(uncle.number - 1);
  const latestStartMs = slotStartMs(including.slot, context.slotDurationMs);
  const header = verifyHeader(uncle, { ...context, latestStartMs }, vrf);
  if (!header.ok) return fail(hash, `is not valid: ${header.error.message}`);
  const { slot, authority_index } = header.value.preDigest;
  // A block of the chain in this slot is the uncle itself, or a second block of its author: evidence and no uncle.
  for (let number = uncle.number; number < including.number; number++) {
    if (chain.blockAt(number)?.slot === slot) return fail(hash, 'shares its slot with a block of the chain');
  }
  if (slot === including.slot) return fail(hash, 'shares its slot with the block that references it');
  const author = present(context.authorities[authority_index], 'the author of a verified header');
  return ok({ hash, slot, author });
}

function fail(hash: Uint8Array, what: string): Result<never, CessError<'UNCLE_INVALID'>> {
  return err(new CessError('UNCLE_INVALID', `Uncle ${toHex(hash)} ${what}.`, { hash: toHex(hash) }));
}
