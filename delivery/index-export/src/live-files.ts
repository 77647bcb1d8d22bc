// How many files an export has, and how large they are together: neighbours of similar size are merged, as in a log-structured merge
// tree, so that there are few deltas however often the index is exported; and a snapshot replaces everything when the deltas
// outweigh it. Then the export is at most about twice as large as the index.
import { MiB } from '@cess/primitives';
import type { ExportEntry } from './export-file.js';
import type { LiveFile } from './stream-state.js';

/** A merged delta stays a file that fits into memory and one segment. */
export const maxMergedBytes = 8 * MiB;
const maxDeltas = 32;
/** Deltas up to this size never make a snapshot necessary by their size. */
const freeDeltaBytes = MiB;

/** How many of the newest files the next delta replaces by including them. Only deltas that `isMergeable` are. */
export function mergedCount(
  live: readonly LiveFile[],
  nextBytes: number,
  isMergeable: (file: LiveFile) => boolean,
): number {
  let bytes = nextBytes;
  let count = 0;
  for (const file of live.toReversed()) {
    if (file.kind !== 'delta' || !isMergeable(file)) break;
    if (file.bytes > 2 * bytes || bytes + file.bytes > maxMergedBytes) break;
    bytes += file.bytes;
    count++;
  }
  return count;
}

/** Whether a snapshot should replace the files. */
export function needsSnapshot(live: readonly LiveFile[]): boolean {
  const bytesOf = (kind: LiveFile['kind']) =>
    live.reduce((sum, file) => sum + (file.kind === kind ? file.bytes : 0), 0);
  const deltas = live.filter(({ kind }) => kind === 'delta').length;
  return deltas > maxDeltas || bytesOf('delta') > Math.max(freeDeltaBytes, bytesOf('snapshot'));
}

/** The entries that several lists leave, from the oldest list to the newest, in the order of their keys. */
export function mergeEntries(lists: readonly (readonly ExportEntry[])[]): ExportEntry[] {
  const newest = new Map<string, ExportEntry>();
  for (const list of lists) for (const entry of list) newest.set(nameOf(entry), entry);
  return [...newest].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, entry]) => entry);
}

export function bytesOfEntries(entries: readonly ExportEntry[]): number {
  return entries.reduce((sum, { key, value }) => sum + key.length + (value?.length ?? 0) + 8, 0);
}

/** Sorts as the bytes do. */
function nameOf({ key }: ExportEntry): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1');
}
