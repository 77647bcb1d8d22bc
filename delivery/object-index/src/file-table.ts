// Reads of stored files, and the holders of their fragments.
import { concatBytes, toHex } from '@cess/primitives';
import type { DecodedRecords } from './decoded-records.js';
import { decodeRecord, isUnreadable } from './errors.js';
import { putSegment } from './files.js';
import type { IndexView, Portions, ReadView } from './index-view.js';
import * as keys from './keys.js';
import { type FileRecord, fileRecord, type SegmentRecord, segmentRecord } from './records.js';

export interface FragmentName {
  readonly fileId: Uint8Array;
  readonly segment: number;
  readonly fragment: number;
}

export interface SegmentName {
  readonly fileId: Uint8Array;
  readonly segment: number;
}

export interface FileOrder {
  readonly fileId: Uint8Array;
  /** Undefined for a record that cannot be read. */
  readonly orderId: Uint8Array | undefined;
}

export function* findFile(
  view: ReadView,
  fileId: Uint8Array,
  decoded?: DecodedRecords,
): Portions<FileRecord | undefined> {
  const value = yield* view.get(keys.fileKey(fileId));
  if (value === undefined || decoded === undefined) return value && decodeFile(value, fileId);
  return decoded.read(`f/${toHex(fileId)}`, value, (stored) => decodeFile(stored, fileId));
}

export function* findSegment(
  view: ReadView,
  name: SegmentName,
  decoded: DecodedRecords,
): Portions<SegmentRecord | undefined> {
  const { fileId, segment } = name;
  const value = yield* view.get(keys.segmentKey(fileId, segment));
  return value && decoded.read(`s/${toHex(fileId)}/${segment}`, value, (stored) => decodeSegment(stored, name));
}

export function decodeFile(value: Uint8Array, fileId: Uint8Array): FileRecord {
  return decodeRecord(fileRecord, value, `file ${toHex(fileId)}`);
}

/** Names the holder of a fragment that the chain now records; clears the hole mark when it was the last hole. */
export function* recordHolder(view: IndexView, name: FragmentName, holder: number | undefined): Portions {
  const { fileId, segment, fragment } = name;
  const value = yield* view.get(keys.segmentKey(fileId, segment));
  if (value === undefined) return;
  const record = decodeSegment(value, name);
  const fragments = record.fragments.map((entry, index) =>
    index === fragment ? { ...entry, holder, attested: true } : entry,
  );
  putSegment(view, fileId, segment, { ...record, fragments });
}

/** Names another provider as the one that stores a fragment of an undeclared file. */
export function* moveHolder(view: IndexView, name: FragmentName, holder: number): Portions {
  const { fileId, segment, fragment } = name;
  const value = yield* view.get(keys.segmentKey(fileId, segment));
  if (value === undefined) return;
  const record = decodeSegment(value, name);
  const fragments = record.fragments.map((entry, index) => (index === fragment ? { ...entry, holder } : entry));
  view.put(keys.segmentKey(fileId, segment), segmentRecord.encode({ ...record, fragments }));
}

export function* readDeclared(view: ReadView, limit: number, after?: Uint8Array): Portions<Uint8Array[]> {
  let gte = after === undefined ? keys.filePrefix : behindFile(after);
  const found: Uint8Array[] = [];
  for (;;) {
    const page = yield* view.page({ ...keys.rangeOf(keys.filePrefix), gte, limit });
    for (const [key, value] of page) {
      if (found.length >= limit) return found;
      if (isDeclared(value)) found.push(keys.fileOfKey(key));
    }
    const [last] = page.at(-1) ?? [];
    if (last === undefined || page.length < limit) return found;
    gte = behindFile(keys.fileOfKey(last));
  }
}

export function* readOrders(view: ReadView, limit: number, after?: Uint8Array): Portions<FileOrder[]> {
  const gte = after === undefined ? keys.filePrefix : behindFile(after);
  return (yield* view.page({ ...keys.rangeOf(keys.filePrefix), gte, limit })).map(([key, value]) => ({
    fileId: keys.fileOfKey(key),
    orderId: tryFileRecord(value)?.orderId,
  }));
}

export function* readHoles(view: ReadView, limit: number, after?: SegmentName): Portions<SegmentName[]> {
  const gte = after === undefined ? keys.holePrefix : keys.holeKey(after.fileId, after.segment + 1);
  const page = yield* view.page({ ...keys.rangeOf(keys.holePrefix), gte, limit });
  return page.flatMap(([key]) => keys.holeOfKey(key) ?? []);
}

/** The first key behind a file. */
function behindFile(fileId: Uint8Array): Uint8Array {
  return keys.fileKey(concatBytes(fileId, new Uint8Array(1)));
}

/** Undefined for an unreadable record. */
export function tryFileRecord(value: Uint8Array): FileRecord | undefined {
  try {
    return decodeRecord(fileRecord, value, 'a file');
  } catch (error) {
    if (isUnreadable(error)) return undefined;
    throw error;
  }
}

/** True also for an unreadable record, so that its reader gets the error. */
function isDeclared(value: Uint8Array): boolean {
  const file = tryFileRecord(value);
  return file === undefined || file.state === 'declared';
}

function decodeSegment(value: Uint8Array, { fileId, segment }: SegmentName): SegmentRecord {
  return decodeRecord(segmentRecord, value, `segment ${segment} of file ${toHex(fileId)}`);
}
