// Stored files inside an index transaction: their records, reference counts, outbox entries and holes.
import { indexError } from './errors.js';
import type { IndexView, Portions, ReadView } from './index-view.js';
import * as keys from './keys.js';
import { addMember, type NewPack, removeMember } from './packs.js';
import {
  type BucketRecord,
  type Extent,
  type FileRecord,
  fileRecord,
  outboxEntry,
  type SegmentRecord,
  segmentRecord,
} from './records.js';

/** A file that was just stored, with all that a reader needs. */
export interface NewFile {
  readonly fileId: Uint8Array;
  readonly file: Omit<FileRecord, 'references' | 'state' | 'keyWraps' | 'within' | 'pack'>;
  /**
   * The stream key, wrapped for the bucket as it is in the transaction that enters the file: the key of the bucket may have
   * been rotated during the upload. `source`: the wrap of the file that `sameStreamAs` names.
   */
  readonly wrapKey: (bucket: BucketRecord, source: Uint8Array | undefined) => Uint8Array;
  /** A file of the same bucket and stream, which the transaction releases: its stream is stored again under the same key. */
  readonly sameStreamAs?: Uint8Array;
  /** None for a file within a pack. */
  readonly segments: readonly SegmentRecord[];
  /** The pack with the sealed stream, and where it begins there. */
  readonly within?: { readonly pack: NewPack; readonly offset: number } | undefined;
}

/** What a new file enters the index with. */
export interface FileEntry {
  readonly bucketName: string;
  readonly bucket: BucketRecord;
  /** Of the outbox. */
  readonly sequence: number;
}

export function* getFile(view: ReadView, fileId: Uint8Array): Portions<FileRecord> {
  const value = yield* view.get(keys.fileKey(fileId));
  if (value === undefined) throw indexError('FILE_NOT_FOUND');
  return fileRecord.decode(value);
}

export function putFile(view: IndexView, fileId: Uint8Array, file: FileRecord): void {
  view.put(keys.fileKey(fileId), fileRecord.encode(file));
}

/** Enters a new file without references, and queues its declaration in the outbox unless it lies within a pack. */
export function* addFile(
  view: IndexView,
  { fileId, file, wrapKey, sameStreamAs, segments, within }: NewFile,
  { bucketName, bucket, sequence }: FileEntry,
): Portions {
  const source = sameStreamAs === undefined ? undefined : yield* getFile(view, sameStreamAs);
  const sourceWrap = source?.keyWraps.find((wrap) => wrap.bucket === bucketName)?.wrap;
  const keyWraps = [{ bucket: bucketName, wrap: wrapKey(bucket, sourceWrap) }];
  const record = { ...file, keyWraps, references: 0, state: 'stored' as const, pack: undefined };
  if (within !== undefined) return yield* addMember(view, { fileId, offset: within.offset }, record, within.pack);
  putFile(view, fileId, { ...record, within: undefined });
  segments.forEach((segment, index) => {
    view.put(keys.segmentKey(fileId, index), segmentRecord.encode(segment));
  });
  view.put(keys.outboxKey(sequence), outboxEntry.encode({ type: 'Declare', value: fileId }));
}

/** One more reference to each distinct file of the extents. Yields after each. */
export function* retainFiles(view: IndexView, extents: readonly Extent[]): Portions {
  for (const fileId of distinctFiles(extents)) {
    yield;
    const file = yield* getFile(view, fileId);
    putFile(view, fileId, { ...file, references: file.references + 1 });
  }
}

/**
 * Changes the references of files that several lists of extents held and one holds from now on. A file of no list any more is
 * released. Yields after each.
 */
export function* moveReferences(
  view: IndexView,
  from: readonly (readonly Extent[])[],
  to: readonly Extent[],
  nextSequence: () => number,
): Portions {
  const changes = new Map<string, { readonly fileId: Uint8Array; change: number }>();
  const count = (extents: readonly Extent[], by: number) => {
    for (const fileId of distinctFiles(extents)) {
      const name = nameOf(fileId);
      const entry = changes.get(name) ?? { fileId, change: 0 };
      entry.change += by;
      changes.set(name, entry);
    }
  };
  for (const extents of from) {
    count(extents, -1);
    yield;
  }
  count(to, 1);
  for (const { fileId, change } of changes.values()) {
    if (change !== 0) yield* changeReferences(view, fileId, change, nextSequence);
    yield;
  }
}

function* changeReferences(view: IndexView, fileId: Uint8Array, change: number, nextSequence: () => number): Portions {
  const file = yield* getFile(view, fileId);
  const references = file.references + change;
  if (references <= 0 && file.within !== undefined) return yield* removeMember(view, fileId, file, nextSequence);
  putFile(view, fileId, references > 0 ? { ...file, references } : { ...file, references: 0, state: 'deleting' });
  if (references <= 0) view.put(keys.outboxKey(nextSequence()), outboxEntry.encode({ type: 'Delete', value: fileId }));
}

/**
 * One reference less; a file without references is deleted from the network, in outbox order. Its record with the
 * wrapped keys stays until the chain has recorded the deletion: readers that began before may end. The record of a file within a
 * pack is deleted at once, and its key with it. Yields after each.
 */
export function* releaseFiles(view: IndexView, extents: readonly Extent[], nextSequence: () => number): Portions {
  for (const fileId of distinctFiles(extents)) {
    yield;
    yield* changeReferences(view, fileId, -1, nextSequence);
  }
}

/** Forgets a file: its record, segments, holes and hold. The caller removes the outbox entry. */
export function removeFile(view: IndexView, fileId: Uint8Array, file: FileRecord): void {
  for (let index = 0; index < file.segmentCount; index++) {
    view.delete(keys.segmentKey(fileId, index));
    view.delete(keys.holeKey(fileId, index));
  }
  view.delete(keys.heldKey(file, fileId));
  view.delete(keys.fileKey(fileId));
}

/** Writes a segment and keeps its hole mark true: set while the chain lacks any of its holders. */
export function putSegment(view: IndexView, fileId: Uint8Array, index: number, segment: SegmentRecord): void {
  view.put(keys.segmentKey(fileId, index), segmentRecord.encode(segment));
  const hole = keys.holeKey(fileId, index);
  if (segment.fragments.every(({ attested }) => attested)) view.delete(hole);
  else view.put(hole, new Uint8Array());
}

/** The ids of the files that the extents lie in, each once. */
export function distinctFiles(extents: readonly Extent[]): readonly Uint8Array[] {
  const distinct = new Map<string, Uint8Array>();
  for (const { fileId } of extents) distinct.set(nameOf(fileId), fileId);
  return [...distinct.values()];
}

function nameOf(fileId: Uint8Array): string {
  return Buffer.from(fileId).toString('latin1');
}
