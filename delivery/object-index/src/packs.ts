// Packs inside an index transaction (ADR 72): files whose bytes are the sealed streams of small files, one after another. A small
// file has its own key and references but no segments; its record says where in which pack it lies. Small files are first
// stored together in a batch, which is never declared, and are moved to a sealed pack later. A pack without files is deleted.
import { concatBytes, equalBytes, invariant, MiB, present, toHex } from '@cess/primitives';
import { indexError } from './errors.js';
import type { IndexView, Portions, ReadView } from './index-view.js';
import type { TerritoryName } from './keys.js';
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

/** A sealed pack with a smaller share of bytes of files that exist is packed again. */
const sparseShare = 0.85;

/** A sealed pack below this length is packed again together with others, so that a trickle of small files leaves few packs. */
const smallPackBytes = 8 * MiB;

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
  if (closed.pack.kind === 'sealed') {
    view.delete(keys.packingKey(packId));
    if (closed.references > 0) {
      view.put(keys.outboxKey(nextSequence()), outboxEntry.encode({ type: 'Declare', value: packId }));
      if (isShort(closed)) view.put(keys.smallPackKey(closed, packId), new Uint8Array(0));
    }
  }
  settlePack(view, packId, closed, nextSequence);
}

/**
 * Moves files to a sealed pack, which is entered open with the first of them. Files that were deleted or moved meanwhile are left out.
 * Packs that are left without files are deleted. Returns the number of files moved. Yields after each.
 */
export function* moveMembers(
  view: IndexView,
  to: NewPack,
  moves: readonly (PlacedMember & { readonly from: Uint8Array })[],
  nextSequence: () => number,
): Portions<number> {
  const changed = new Map<string, { readonly packId: Uint8Array; record: PackRecord }>();
  let target = yield* findPack(view, to.packId);
  let moved = 0;
  for (const { fileId, offset, from } of moves) {
    yield;
    const value = yield* view.get(keys.fileKey(fileId));
    const file = value === undefined ? undefined : fileRecord.decode(value);
    if (file?.within === undefined || !equalBytes(file.within.packId, from)) continue;
    target ??= enterPack(view, to, 'sealed');
    view.delete(keys.memberKey(from, file.within.offset));
    putMember(view, to.packId, { fileId, offset }, file);
    const source = changed.get(toHex(from))?.record ?? (yield* requirePack(view, from));
    changed.set(toHex(from), { packId: from, record: withMembers(source, -1, -file.ciphertextLength) });
    target = withMembers(target, 1, file.ciphertextLength);
    moved++;
  }
  for (const { packId, record } of changed.values()) settlePack(view, packId, record, nextSequence);
  if (target !== undefined) putPack(view, to.packId, target);
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

/** Ids of packs that the packer has work with, behind `after`. */
export function* readPacking(view: ReadView, limit: number, after?: Uint8Array): Portions<Uint8Array[]> {
  const range = keys.rangeOf(keys.packingPrefix);
  const gte = after === undefined ? range.gte : keys.packingKey(concatBytes(after, new Uint8Array(1)));
  return (yield* view.page({ ...range, gte, limit })).map(([key]) => keys.packOfPackingKey(key));
}

/** Ids of small packs of a territory, at most `limit`. */
export function* readSmallPacks(view: ReadView, place: TerritoryName, limit: number): Portions<Uint8Array[]> {
  const entries = yield* view.page({ ...keys.rangeOf(keys.smallPackPrefix(place)), limit });
  return entries.map(([key]) => keys.packOfSmallPackKey(key));
}

function enterPack(view: IndexView, { packId, file, segments }: NewPack, kind: PackKind): PackRecord {
  segments.forEach((segment, index) => {
    view.put(keys.segmentKey(packId, index), segmentRecord.encode(segment));
  });
  view.put(keys.packingKey(packId), new Uint8Array(0));
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

/** Writes the record. A closed pack without files is queued for its deletion; one with few is packed again. */
function settlePack(view: IndexView, packId: Uint8Array, record: PackRecord, nextSequence: () => number): void {
  const { references, state, ciphertextLength, pack } = record;
  const isOver = references === 0 && !pack.isOpen && state !== 'deleting';
  putPack(view, packId, isOver ? { ...record, state: 'deleting' } : record);
  if (isOver) {
    view.delete(keys.packingKey(packId));
    view.delete(keys.smallPackKey(record, packId));
    view.put(keys.outboxKey(nextSequence()), outboxEntry.encode({ type: 'Delete', value: packId }));
  } else if (isSparse({ pack, ciphertextLength })) {
    view.delete(keys.smallPackKey(record, packId));
    view.put(keys.packingKey(packId), new Uint8Array(0));
  }
}

/** Whether so many bytes of a sealed pack are of deleted files that the others should move. */
export function isSparse({ pack, ciphertextLength }: Pick<PackRecord, 'pack' | 'ciphertextLength'>): boolean {
  return pack.kind === 'sealed' && !pack.isOpen && pack.liveBytes < sparseShare * ciphertextLength;
}

/** Whether a sealed pack is so short that it is packed again together with others. */
export function isShort({ pack, ciphertextLength }: Pick<PackRecord, 'pack' | 'ciphertextLength'>): boolean {
  return pack.kind === 'sealed' && !pack.isOpen && ciphertextLength < smallPackBytes;
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
