// Chal (PODR2-1, docs/protocol/podr2.md §5, §6): what a provider must prove for one tagging key in one round. Every party expands
// it from the beacon. No part of it comes from the provider, and none is known before the beacon: with a point r known in
// advance, a provider could keep 128 bytes per block instead of the data.
//   base = SHA-256("CESS/PoDR2/challenge/v1" ‖ genesis ‖ seed (64) ‖ u32 provider ‖ key id)
//   SHAKE256(base ‖ 00 ‖ u32 round ‖ u32 slots) -> slots; (base ‖ 01 ‖ id) -> indices and factors; (base ‖ 02) -> r
// Uniform numbers below m are 16 bytes mod m (bias below 2^-90); r is 64 bytes mod (r - 2), plus 2.
import { sha256, shake256 } from '@cess/crypto';
import { concatBytes, invariant, utf8 } from '@cess/primitives';
import { nonZeroFactors } from './block-point.js';
import { scalarFromUniform } from './keys.js';
import { challengedBlocks, challengedFragments, coveredFragments, podr2BlockCount } from './parameters.js';
import { exactly, u32Bytes } from './preimage.js';

const challengeDomain = utf8('CESS/PoDR2/challenge/v1');
const [slotLabel, fragmentLabel, pointLabel] = [Uint8Array.of(0), Uint8Array.of(1), Uint8Array.of(2)];

export interface ChallengeContext {
  readonly genesis: Uint8Array;
  /** Beacon of the block that opened the round, once it is final: 64 bytes. */
  readonly seed: Uint8Array;
  readonly provider: number;
  readonly keyId: Uint8Array;
}

/** A challenged registry entry. */
export interface RegisteredFragment {
  readonly id: Uint8Array;
  readonly length: number;
}

export interface FragmentChallenge {
  readonly id: Uint8Array;
  /** Block indices, ascending, distinct. */
  readonly indices: readonly number[];
  /** v for each index: 16 bytes little-endian each, never 0. */
  readonly factors: Uint8Array;
}

export interface Challenge {
  /** Identifies the context. */
  readonly base: Uint8Array;
  readonly keyId: Uint8Array;
  /** r, a scalar other than 0 and 1. */
  readonly point: Uint8Array;
  readonly fragments: readonly FragmentChallenge[];
}

/**
 * The challenged slots of the frozen registry in round number `round`, ascending. All slots if there are at most 46. Otherwise
 * 12 in rotation, so that each slot is challenged once in ceil(slots / 12) rounds, and 34 at random among the others.
 */
export function selectSlots(context: ChallengeContext, round: number, slotCount: number): number[] {
  if (slotCount <= challengedFragments) return Array.from({ length: slotCount }, (_, slot) => slot);
  const first = (round * coveredFragments) % slotCount;
  const random = challengedFragments - coveredFragments;
  const label = concatBytes(slotLabel, u32Bytes(round), u32Bytes(slotCount));
  const stream = shake256(random * 16, baseOf(context), label);
  const others = sampleDistinct(stream, random, slotCount - coveredFragments);
  // The others are numbered starting after the rotating slots, wrapping at the end of the registry.
  const slots = others.map((offset) => (first + coveredFragments + offset) % slotCount);
  for (let i = 0; i < coveredFragments; i++) slots.push((first + i) % slotCount);
  return slots.sort((a, b) => a - b);
}

/**
 * The challenge of the fragments in the selected slots; at most 46 of them, at most 505 blocks. `selected` is the number
 * of slots that the round selected. It decides how many blocks of each fragment are challenged, so that deleting some of
 * the fragments changes nothing for the others.
 */
export function expandChallenge(
  context: ChallengeContext,
  fragments: readonly RegisteredFragment[],
  selected = fragments.length,
): Challenge {
  invariant(fragments.length >= 1 && selected <= challengedFragments, 'a round looks at 1 to 46 fragments');
  invariant(fragments.length <= selected, 'a challenge is about selected slots');
  const base = baseOf(context);
  const perFragment = Math.ceil(challengedBlocks / selected);
  return {
    base,
    keyId: context.keyId,
    point: scalarFromUniform(shake256(64, base, pointLabel)),
    fragments: fragments.map(({ id, length }) => {
      const blockCount = podr2BlockCount(length);
      const count = Math.min(perFragment, blockCount);
      const stream = shake256(count * 32, base, fragmentLabel, exactly(32, id, 'id'));
      return {
        id,
        indices: sampleDistinct(stream, count, blockCount).sort((a, b) => a - b),
        factors: nonZeroFactors(stream.slice(count * 16)),
      };
    }),
  };
}

/** Floyd's algorithm: `count` distinct numbers below `bound`, each set with the same probability. */
function sampleDistinct(stream: Uint8Array, count: number, bound: number): number[] {
  const chosen = new Set<number>();
  const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength);
  for (let i = 0; i < count; i++) {
    const last = bound - count + i;
    const drawn = remainder(view, i * 16, last + 1);
    chosen.add(chosen.has(drawn) ? last : drawn);
  }
  return [...chosen];
}

/** The little-endian number of 16 bytes mod `modulus`, which is at most 2^32. All intermediate values are below 2^48. */
function remainder(view: DataView, at: number, modulus: number): number {
  let rest = 0;
  for (let i = at + 14; i >= at; i -= 2) rest = (rest * 65_536 + view.getUint16(i, true)) % modulus;
  return rest;
}

function baseOf({ genesis, seed, provider, keyId }: ChallengeContext): Uint8Array {
  const parts = [
    exactly(32, genesis, 'genesis'),
    exactly(64, seed, 'seed'),
    u32Bytes(provider),
    exactly(32, keyId, 'key id'),
  ];
  return sha256(concatBytes(challengeDomain, ...parts));
}
