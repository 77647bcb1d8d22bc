// Weights of FileBank.
import type { Weight } from '@cess/chain-primitives';
import { MAX_FRAGMENTS } from './declaration.js';
import type { Batch } from './declare.js';

const PER_FILE = 150_000_000n;
const PER_SEGMENT = 60_000_000n;
/** A hole writes an order and a deposit beside its record. */
const PER_FRAGMENT = 40_000_000n;
const PER_SIGNATURE = 600_000_000n;

export function batchWeight({ files, attestations }: Batch): Weight {
  let segments = 0;
  let fragments = 0;
  for (const file of files) {
    segments += file.segments.length;
    for (const segment of file.segments) fragments += segment.fragments.length;
  }
  const ref_time =
    BigInt(files.length) * PER_FILE +
    BigInt(segments) * PER_SEGMENT +
    BigInt(fragments) * PER_FRAGMENT +
    BigInt(attestations.length) * PER_SIGNATURE;
  return { ref_time, proof_size: 0n };
}

/** Of a restoral order: all fragments of its segment are read. */
const PER_ORDER = 2_000_000_000n;

const PER_FRAGMENT_READ = 5_000_000n;

/** Weight of a call about so many restoral orders. */
export function ordersWeight({ places }: { readonly places: readonly unknown[] }): Weight {
  return { ref_time: PER_ORDER * BigInt(places.length + 1), proof_size: 0n };
}

/** Weight of a completion: beside its order, the signature of the tags of each fragment is checked. */
export function completionsWeight({ fragments }: { readonly fragments: readonly unknown[] }): Weight {
  return { ref_time: (PER_ORDER + PER_SIGNATURE) * BigInt(fragments.length + 1), proof_size: 0n };
}

export function deletionWeight({ file_ids }: { readonly file_ids: readonly unknown[] }): Weight {
  return { ref_time: PER_FILE * BigInt(file_ids.length + 1), proof_size: 0n };
}

export const PLACEMENT_WEIGHT: Weight = {
  ref_time: PER_SIGNATURE + BigInt(MAX_FRAGMENTS) * PER_FRAGMENT_READ,
  proof_size: 0n,
};

/** Weight of what a block removed and processed before its first extrinsic. */
export function upkeepWeight(removed: number, departed: number): Weight {
  return { ref_time: BigInt(removed) * PER_FRAGMENT + BigInt(departed) * PER_ORDER, proof_size: 0n };
}
