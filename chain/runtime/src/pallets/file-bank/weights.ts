// Weights of FileBank.
import type { Weight } from '@cess/chain-primitives';
import { refTime } from '../../frame/weight.js';
import { weightTable } from '../../weight-table.js';
import { MAX_HOLES } from './declaration.js';
import type { Batch } from './declare.js';

const {
  declaredBatch: PER_BATCH,
  declaredFile: PER_FILE,
  declaredSegment: PER_SEGMENT,
  declaredFragment: PER_FRAGMENT,
  declaredHole: PER_HOLE,
  attestation: PER_SIGNATURE,
  deletion: DELETION,
  deletedFile: PER_DELETION,
  removedEntry: PER_REMOVAL,
  // All fragments of the segment of an order are read; the measured segment has as many as there may be.
  restoralOrder: PER_ORDER,
} = weightTable;

/** Weight of a batch with so many holes; without a number, that of the most holes that it can have. */
export function batchWeight({ files, attestations }: Batch, holes?: number): Weight {
  let segments = 0;
  let fragments = 0;
  let mostHoles = 0;
  for (const file of files) {
    segments += file.segments.length;
    for (const { fragments: all } of file.segments) {
      fragments += all.length;
      mostHoles += Math.min(all.length, MAX_HOLES);
    }
  }
  return refTime(
    PER_BATCH +
      BigInt(files.length) * PER_FILE +
      BigInt(segments) * PER_SEGMENT +
      BigInt(fragments) * PER_FRAGMENT +
      BigInt(holes ?? mostHoles) * PER_HOLE +
      BigInt(attestations.length) * PER_SIGNATURE,
  );
}

/** Weight of a call about so many restoral orders. */
export function ordersWeight({ places }: { readonly places: readonly unknown[] }): Weight {
  return refTime(PER_ORDER * BigInt(places.length));
}

/** Weight of a completion: beside its order, the signature of the tags of each fragment is checked. */
export function completionsWeight({ fragments }: { readonly fragments: readonly unknown[] }): Weight {
  return refTime((PER_ORDER + PER_SIGNATURE) * BigInt(fragments.length + 1));
}

export function deletionWeight({ file_ids }: { readonly file_ids: readonly unknown[] }): Weight {
  return refTime(DELETION + PER_DELETION * BigInt(file_ids.length));
}

export const PLACEMENT_WEIGHT = refTime(PER_SIGNATURE + PER_ORDER);

/** Weight of what a block removed and processed before its first extrinsic. */
export function upkeepWeight(removed: number, departed: number): Weight {
  return refTime(BigInt(removed) * PER_REMOVAL + BigInt(departed) * PER_ORDER);
}
