// Unfinished uploads inside an index transaction: their parts, their end, and the object made of them.
import { CessError } from '@cess/primitives';
import { indexError } from './errors.js';
import { moveReferences, type NewFile, releaseFiles, retainFiles } from './files.js';
import type { IndexView, Portions, ReadView } from './index-view.js';
import * as keys from './keys.js';
import { addFiles, enterObject, type Precondition, type WriteTools, type Written } from './objects.js';
import { maxParts, type NewObject, type PartRecord, partRecord, type UploadRecord, uploadRecord } from './records.js';

export interface UploadName {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
}

interface Assembled {
  readonly parts: ReadonlyMap<number, PartRecord>;
  readonly object: NewObject;
  readonly check: Precondition | undefined;
}

/**
 * Enters an object made of parts, and removes the upload. The object takes over the references of the parts: a file whose
 * number of references stays the same, as usual, is not written.
 */
export function* turnIntoObject(
  view: IndexView,
  name: UploadName,
  { parts, object, check }: Assembled,
  tools: WriteTools,
): Portions<Written> {
  const held = [...parts.values()].map(({ extents }) => extents);
  const retain = () => moveReferences(view, held, object.extents, tools.nextSequence);
  const written = yield* enterObject(view, name, { object, check, retain }, tools);
  for (const partNumber of parts.keys()) view.delete(keys.partKey(name.uploadId, partNumber));
  view.delete(keys.uploadKey(name.bucket, name.key, name.uploadId));
  return written;
}

export function* dropUpload(
  view: IndexView,
  name: UploadName,
  parts: ReadonlyMap<number, PartRecord>,
  nextSequence: () => number,
): Portions {
  for (const [partNumber, part] of parts) {
    yield* releaseFiles(view, part.extents, nextSequence);
    view.delete(keys.partKey(name.uploadId, partNumber));
  }
  view.delete(keys.uploadKey(name.bucket, name.key, name.uploadId));
}

export function* readUpload(view: ReadView, name: UploadName): Portions<UploadRecord | undefined> {
  const value = yield* view.get(keys.uploadKey(name.bucket, name.key, name.uploadId));
  return value === undefined ? undefined : uploadRecord.decode(value);
}

export function* requireUpload(view: ReadView, name: UploadName): Portions<UploadRecord> {
  const upload = yield* readUpload(view, name);
  if (upload === undefined) throw indexError('UPLOAD_NOT_FOUND');
  return upload;
}

export interface NumberedPart {
  readonly partNumber: number;
  readonly part: PartRecord;
}

interface PartEntry extends NumberedPart {
  readonly files: readonly NewFile[];
}

/** Enters a part with its new files; a part of the same number is replaced. Throws `UPLOAD_NOT_FOUND`. */
export function* enterPart(
  view: IndexView,
  name: UploadName,
  { partNumber, part, files }: PartEntry,
  nextSequence: () => number,
): Portions {
  const upload = yield* requireUpload(view, name);
  // A part without content names no file: the journal finds its owner by the record of its upload.
  if (part.extents.length === 0)
    view.put(keys.uploadKey(name.bucket, name.key, name.uploadId), uploadRecord.encode(upload));
  yield* addFiles(view, name.bucket, files, { nextSequence });
  yield* retainFiles(view, part.extents);
  const key = keys.partKey(name.uploadId, partNumber);
  const before = yield* view.get(key);
  if (before !== undefined) yield* releaseFiles(view, partRecord.decode(before).extents, nextSequence);
  view.put(key, partRecord.encode(part));
}

export function* readParts(view: ReadView, uploadId: string): Portions<Map<number, PartRecord>> {
  const parts = new Map<number, PartRecord>();
  const range = keys.rangeOf(keys.partPrefix(uploadId));
  for (const [key, value] of yield* view.page({ ...range, limit: maxParts + 1 })) {
    parts.set(keys.partNumberOfKey(key), partRecord.decode(value));
    yield;
  }
  if (parts.size > maxParts) throw new CessError('INDEX_CORRUPT', 'An upload has more than 10,000 parts.');
  return parts;
}
