// Unfinished uploads inside an index transaction: their parts, their end, and the object made of them.
import { CessError } from '@cess/primitives';
import { indexError } from './errors.js';
import { moveReferences, type Portions, releaseFiles } from './files.js';
import type { IndexView } from './group-commit.js';
import * as keys from './keys.js';
import { checkedObject, type Precondition } from './objects.js';
import {
  type ObjectRecord,
  objectRecord,
  type PartRecord,
  partRecord,
  type UploadRecord,
  uploadRecord,
} from './records.js';

/** Amazon's limit of parts of an upload. */
const maxParts = 10_000;

export interface UploadName {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
}

interface Assembled {
  readonly parts: ReadonlyMap<number, PartRecord>;
  readonly object: ObjectRecord;
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
  nextSequence: () => number,
): Portions {
  const current = checkedObject(view, name, check);
  yield* moveReferences(
    view,
    [...parts.values()].map(({ extents }) => extents),
    object.extents,
    nextSequence,
  );
  if (current !== undefined) yield* releaseFiles(view, current.extents, nextSequence);
  view.put(keys.objectKey(name.bucket, name.key), objectRecord.encode(object));
  for (const partNumber of parts.keys()) view.delete(keys.partKey(name.uploadId, partNumber));
  view.delete(keys.uploadKey(name.bucket, name.key, name.uploadId));
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

export function readUpload(view: IndexView, name: UploadName): UploadRecord | undefined {
  const value = view.get(keys.uploadKey(name.bucket, name.key, name.uploadId));
  return value === undefined ? undefined : uploadRecord.decode(value);
}

export function requireUpload(view: IndexView, name: UploadName): UploadRecord {
  const upload = readUpload(view, name);
  if (upload === undefined) throw indexError('UPLOAD_NOT_FOUND');
  return upload;
}

export function* readParts(view: IndexView, uploadId: string): Portions<Map<number, PartRecord>> {
  const parts = new Map<number, PartRecord>();
  const range = keys.rangeOf(keys.partPrefix(uploadId));
  // No iterator over the store stays open while the event loop runs.
  for (const [key, value] of [...view.entries({ ...range, limit: maxParts + 1 })]) {
    parts.set(keys.partNumberOfKey(key), partRecord.decode(value));
    yield;
  }
  if (parts.size > maxParts) throw new CessError('INDEX_CORRUPT', 'An upload has more than 10,000 parts.');
  return parts;
}
