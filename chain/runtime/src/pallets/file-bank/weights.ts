// Weights of FileBank. Calls that skip what is not due are refunded for it.
import type { Weight } from '@cess/chain-primitives';
import { refTime } from '../../frame/weight.js';
import { weightTable } from '../../weight-table.js';
import { MAX_HOLES } from './declaration.js';

const table = weightTable.FileBank;

interface Batch {
  readonly files: readonly {
    readonly segments: readonly { readonly k: number; readonly fragments: readonly unknown[] }[];
  }[];
  readonly attestations: readonly unknown[];
}

/** Weight of a batch with so many holes; without a number, that of the most holes that it can have. */
export function batchWeight({ files, attestations }: Batch, holes?: number): Weight {
  const { base, file, segment, fragment, hole, attestation } = table.declare_batch;
  let segments = 0;
  let fragments = 0;
  let mostHoles = 0;
  for (const each of files) {
    segments += each.segments.length;
    for (const { k, fragments: all } of each.segments) {
      fragments += all.length;
      // At least k fragments have a holder, or the call fails before it opens the holes.
      mostHoles += Math.max(0, Math.min(all.length - k, MAX_HOLES));
    }
  }
  return refTime(
    base +
      BigInt(files.length) * file +
      BigInt(segments) * segment +
      BigInt(fragments) * fragment +
      BigInt(holes ?? mostHoles) * hole +
      BigInt(attestations.length) * attestation,
  );
}

interface Places {
  readonly places: readonly unknown[];
}

const perPlace = ({ base, place }: { readonly base: bigint; readonly place: bigint }, places: number): Weight =>
  refTime(base + place * BigInt(places));

export const claimsWeight = ({ places }: Places, claimed = places.length): Weight =>
  perPlace(table.claim_restoral_orders, claimed);

export const releasesWeight = ({ places }: Places, released = places.length): Weight =>
  perPlace(table.release_restoral_orders, released);

export const lossesWeight = ({ places }: Places, lost = places.length): Weight => perPlace(table.report_loss, lost);

export const completionsWeight = (
  { fragments }: { readonly fragments: readonly unknown[] },
  completed = fragments.length,
): Weight => perPlace(table.complete_restoral_orders, completed);

export function deletionWeight(
  { file_ids }: { readonly file_ids: readonly unknown[] },
  deleted = file_ids.length,
): Weight {
  const { base, file } = table.delete_files;
  return refTime(base + file * BigInt(deleted));
}

export const PLACEMENT_WEIGHT = refTime(table.report_placement.base);

const hook = table.onInitialize;
/** A step of the upkeep that opens every block. */
export const UPKEEP_WEIGHT = {
  /** A fragment or segment of a deleted file. */
  removed: (entries: number) => refTime(hook.removed * BigInt(entries)),
  /** An order id of a deleted file. */
  released: refTime(hook.released),
  /** An order of the former queue. */
  moved: refTime(hook.moved),
  /** A fragment, or a segment, whose tagging deadline has ended. */
  examined: refTime(hook.examined),
  /** A fragment that is taken from its holder. */
  lost: (fragments: number) => refTime(hook.lost * BigInt(fragments)),
  /** A fragment of a provider that leaves. */
  offered: (fragments: number) => refTime(hook.offered * BigInt(fragments)),
} as const;
