// Packs inside an index transaction (ADR 72): files whose bytes are the sealed streams of small files, one after another. A small
// file has its own key and references but no segments; its record says where in which pack it lies. Small files are first
// stored together in a batch, which is never declared, and are moved to a sealed pack later. A pack without files is deleted.
import { concatBytes, invariant, present, toHex } from '@cess/primitives';
import { indexError } from './errors.js';
import type { IndexView, Portions, ReadView } from './index-view.js';
import * as keys from './keys.js';
import {
  type FileRecord,
  fileRecord,
  outboxEntry,
  type PackKind,
  type SegmentRecord,
  segmentRecord,
} from './records.js';

/** A pack that was just stored. It enters the index with the first of its files. */
export interface NewPack {
  readonly packId: Uint8Array;
  readonly file: Omit<FileRecord, 'references' | 'state' | 'keyWraps' | 'within' | 'pack'>;
  readonly segments: readonly SegmentRecord[];
}

/** A file, and where its sealed stream begins in a pack. */
export interface PlacedMember {
  readonly fileId: Uint8Array;
  readonly offset: number;
}

/** A file of a pack. */
export interface PackMember extends PlacedMember {
  readonly ciphertextLength: number;
}

/** The record of a pack, with its state. */
export type PackRecord = FileRecord & { readonly pack: NonNullable<FileRecord['pack']> };

/** Enters a file without references into its pack, and an open batch before it if it is the first. */
export function* addMember(
  view: IndexView,
  { fileId, offset }: PlacedMember,
  file: Omit<FileRecord, 'within'>,
  pack: NewPack,
): Portions {
  const record = (yield* findPack(view, pack.packId)) ?? enterPack(view, pack, 'batch');
  invariant(record.pack.isOpen, 'files enter open packs');
  putMember(view, pack.packId, { fileId, offset }, file);
  putPack(view, pack.packId, withMembers(record, 1, file.ciphertextLength));
}

/** Forgets a file of a pack, with its key. The pack is deleted if it was the last one. */
export function* removeMember(
  view: IndexView,
  fileId: Uint8Array,
  file: FileRecord,
  nextSequence: () => number,
): Portions {
  const { packId, offset } = present(file.within, 'the pack of the file');
  view.delete(keys.memberKey(packId, offset));
  view.delete(keys.fileKey(fileId));
  const record = yield* findPack(view, packId);
  if (record !== undefined) settlePack(view, packId, withMembers(record, -1, -file.ciphertextLength), nextSequence);
}

/** No file is entered any more. A sealed pack is queued for its declaration; a pack without files is deleted. */
export function* closePack(view: IndexView, packId: Uint8Array, nextSequence: () => number): Portions {
  const record = yield* findPack(view, packId);
  if (record?.pack.isOpen !== true) return;
  const closed = { ...record, pack: { ...record.pack, isOpen: false } };
  if (closed.references > 0 && closed.pack.kind === 'sealed')
    view.put(keys.outboxKey(nextSequence()), outboxEntry.encode({ type: 'Declare', value: packId }));
  settlePack(view, packId, closed, nextSequence);
}

/**
 * Moves files to a sealed pack, which is entered open if it is new. Files that were deleted or moved meanwhile are left out.
 * Packs that are left without files are deleted. Returns the number of files moved. Yields after each.
 */
export function* moveMembers(
  view: IndexView,
  to: NewPack,
  moves: readonly (PlacedMember & { readonly from: Uint8Array })[],
  nextSequence: () => number,
): Portions<number> {
  const changed = new Map<string, { readonly packId: Uint8Array; record: PackRecord }>();
  const change = function* (packId: Uint8Array, count: number, bytes: number): Portions {
    const name = toHex(packId);
    const record = changed.get(name)?.record ?? (yield* requirePack(view, packId));
    changed.set(name, { packId, record: withMembers(record, count, bytes) });
  };
  if ((yield* findPack(view, to.packId)) === undefined) enterPack(view, to, 'sealed');
  let moved = 0;
  for (const { fileId, offset, from } of moves) {
    yield;
    const value = yield* view.get(keys.fileKey(fileId));
    const file = value === undefined ? undefined : fileRecord.decode(value);
    if (file?.within === undefined || toHex(file.within.packId) !== toHex(from)) continue;
    view.delete(keys.memberKey(from, file.within.offset));
    putMember(view, to.packId, { fileId, offset }, file);
    yield* change(from, -1, -file.ciphertextLength);
    yield* change(to.packId, 1, file.ciphertextLength);
    moved++;
  }
  for (const { packId, record } of changed.values()) settlePack(view, packId, record, nextSequence);
  return moved;
}

/** Undefined if there is none, or the file is no pack. */
export function* findPack(view: ReadView, packId: Uint8Array): Portions<PackRecord | undefined> {
  const value = yield* view.get(keys.fileKey(packId));
  const record = value === undefined ? undefined : fileRecord.decode(value);
  return record?.pack === undefined ? undefined : { ...record, pack: record.pack };
}

/** Files of a pack from the offset `from` on, at most `limit`. */
export function* readMembers(
  view: ReadView,
  packId: Uint8Array,
  { from, limit }: { readonly from: number; readonly limit: number },
): Portions<PackMember[]> {
  const range = { ...keys.rangeOf(keys.memberPrefix(packId)), gte: keys.memberKey(packId, from) };
  const found: PackMember[] = [];
  for (const [key, fileId] of yield* view.page({ ...range, limit })) {
    const offset = keys.memberOfKey(key)?.offset;
    const value = yield* view.get(keys.fileKey(fileId));
    if (offset === undefined || value === undefined) continue;
    found.push({ fileId, offset, ciphertextLength: fileRecord.decode(value).ciphertextLength });
  }
  return found;
}

/** Ids of batches behind `after`. */
export function* readBatches(view: ReadView, limit: number, after?: Uint8Array): Portions<Uint8Array[]> {
  const range = keys.rangeOf(keys.batchPrefix);
  const gte = after === undefined ? range.gte : keys.batchKey(concatBytes(after, new Uint8Array(1)));
  return (yield* view.page({ ...range, gte, limit })).map(([key]) => keys.packOfBatchKey(key));
}

function enterPack(view: IndexView, { packId, file, segments }: NewPack, kind: PackKind): PackRecord {
  segments.forEach((segment, index) => {
    view.put(keys.segmentKey(packId, index), segmentRecord.encode(segment));
  });
  if (kind === 'batch') view.put(keys.batchKey(packId), new Uint8Array(0));
  const pack = { kind, isOpen: true, liveBytes: 0 };
  const record = { ...file, keyWraps: [], references: 0, state: 'stored' as const, within: undefined, pack };
  putPack(view, packId, record);
  return record;
}

function putMember(
  view: IndexView,
  packId: Uint8Array,
  { fileId, offset }: PlacedMember,
  file: Omit<FileRecord, 'within'>,
): void {
  view.put(keys.fileKey(fileId), fileRecord.encode({ ...file, within: { packId, offset } }));
  view.put(keys.memberKey(packId, offset), fileId);
}

function putPack(view: IndexView, packId: Uint8Array, record: PackRecord): void {
  view.put(keys.fileKey(packId), fileRecord.encode(record));
}

/** Writes the record; queues the deletion of a closed pack without files. */
function settlePack(view: IndexView, packId: Uint8Array, record: PackRecord, nextSequence: () => number): void {
  const isOver = record.references === 0 && !record.pack.isOpen && record.state !== 'deleting';
  putPack(view, packId, isOver ? { ...record, state: 'deleting' } : record);
  if (!isOver) return;
  view.delete(keys.batchKey(packId));
  view.put(keys.outboxKey(nextSequence()), outboxEntry.encode({ type: 'Delete', value: packId }));
}

function* requirePack(view: ReadView, packId: Uint8Array): Portions<PackRecord> {
  const record = yield* findPack(view, packId);
  if (record === undefined) throw indexError('FILE_NOT_FOUND');
  return record;
}

function withMembers(record: PackRecord, count: number, bytes: number): PackRecord {
  const { references, pack } = record;
  return { ...record, references: references + count, pack: { ...pack, liveBytes: pack.liveBytes + bytes } };
}
