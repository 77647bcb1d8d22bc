// Whole segments in memory: ciphertext to n fragments and back, over the stripes of the layout. Streaming callers do the same
// for one stripe at a time, with a kernel over shared memory.
import { elementAt, invariant, present } from '@cess/primitives';
import type { ErasureCoder } from './coder.js';
import { type SegmentLayout, type StripeLayout, segmentLayout } from './segment-layout.js';

/** The n fragments of a segment. */
export function encodeSegment(coder: ErasureCoder, ciphertext: Uint8Array): Uint8Array[] {
  const { k, n } = coder.code;
  const layout = segmentLayout(ciphertext.length, k, n);
  const fragments = Array.from({ length: n }, () => new Uint8Array(layout.fragmentLength));
  for (const stripe of layout.stripes) {
    const data = dataShards(ciphertext, stripe, k);
    [...data, ...coder.encode(data)].forEach((shard, i) => {
      elementAt(fragments, i).set(shard, stripe.shardOffset);
    });
  }
  return fragments;
}

/** The ciphertext from at least k fragments at their indices. Throws `ERASURE_TOO_FEW_SHARDS`. */
export function decodeSegment(
  coder: ErasureCoder,
  ciphertextLength: number,
  fragments: readonly (Uint8Array | undefined)[],
): Uint8Array {
  const { k, n } = coder.code;
  const layout = segmentLayout(ciphertextLength, k, n);
  checkFragments(layout, fragments);
  const ciphertext = new Uint8Array(ciphertextLength);
  const missing = Array.from({ length: k }, (_, i) => i).filter((i) => fragments[i] === undefined);
  for (const stripe of layout.stripes) {
    const shards = stripeShards(fragments, stripe);
    const rebuilt = coder.reconstruct(shards, missing);
    for (let i = 0; i < k; i++) {
      const shard = shards[i] ?? elementAt(rebuilt, missing.indexOf(i));
      const at = i * stripe.shardLength;
      const length = Math.max(0, Math.min(stripe.shardLength, stripe.dataLength - at));
      ciphertext.set(shard.subarray(0, length), stripe.dataOffset + Math.min(at, stripe.dataLength));
    }
  }
  return ciphertext;
}

/** One fragment from at least k others. Throws `ERASURE_TOO_FEW_SHARDS`. */
export function rebuildFragment(
  coder: ErasureCoder,
  ciphertextLength: number,
  fragments: readonly (Uint8Array | undefined)[],
  wanted: number,
): Uint8Array {
  const layout = segmentLayout(ciphertextLength, coder.code.k, coder.code.n);
  checkFragments(layout, fragments);
  const fragment = new Uint8Array(layout.fragmentLength);
  const others = fragments.map((other, i) => (i === wanted ? undefined : other));
  for (const stripe of layout.stripes) {
    const [shard] = coder.reconstruct(stripeShards(others, stripe), [wanted]);
    fragment.set(present(shard, 'the rebuilt shard'), stripe.shardOffset);
  }
  return fragment;
}

function dataShards(ciphertext: Uint8Array, stripe: StripeLayout, k: number): Uint8Array[] {
  const padded = new Uint8Array(k * stripe.shardLength);
  padded.set(ciphertext.subarray(stripe.dataOffset, stripe.dataOffset + stripe.dataLength));
  return Array.from({ length: k }, (_, i) => padded.subarray(i * stripe.shardLength, (i + 1) * stripe.shardLength));
}

function stripeShards(
  fragments: readonly (Uint8Array | undefined)[],
  { shardOffset, shardLength }: StripeLayout,
): (Uint8Array | undefined)[] {
  return fragments.map((fragment) => fragment?.subarray(shardOffset, shardOffset + shardLength));
}

function checkFragments(layout: SegmentLayout, fragments: readonly (Uint8Array | undefined)[]): void {
  const { n, fragmentLength } = layout;
  invariant(fragments.length === n, 'a segment has n places for fragments');
  invariant(
    fragments.every((fragment) => fragment === undefined || fragment.length === fragmentLength),
    'every fragment has the length of the layout',
  );
}
