// Completion of an upload inside an index transaction.
import { equalBytes } from '@cess/primitives';
import { addCompletion, findCompletion } from './completions.js';
import { indexError } from './errors.js';
import type { IndexView, Portions } from './index-view.js';
import type { Precondition, WriteTools } from './objects.js';
import type { CompletionRecord, NewObject, PartRecord, UploadRecord } from './records.js';
import { readParts, readUpload, turnIntoObject, type UploadName } from './uploads.js';

export interface Completion {
  /** 32 bytes that are equal for equal requests. */
  readonly requestDigest: Uint8Array;
  readonly make: (parts: ReadonlyMap<number, PartRecord>, upload: UploadRecord) => NewObject;
  readonly check?: Precondition | undefined;
}

export function* completeUpload(
  view: IndexView,
  name: UploadName,
  { requestDigest, make, check }: Completion,
  tools: WriteTools,
): Portions<CompletionRecord> {
  const upload = yield* readUpload(view, name);
  if (upload === undefined) {
    const earlier = yield* findCompletion(view, name);
    if (earlier !== undefined && equalBytes(earlier.requestDigest, requestDigest)) return earlier;
    throw indexError('UPLOAD_NOT_FOUND');
  }
  const parts = yield* readParts(view, name.uploadId);
  const object = make(parts, upload);
  const { versionId } = yield* turnIntoObject(view, name, { parts, object, check }, tools);
  const { size, etag, checksums, checksumType, lastModifiedMs: completedAtMs } = object;
  const sequence = yield* tools.nextCompletion();
  const completion = { sequence, completedAtMs, requestDigest, size, etag, checksums, checksumType, versionId };
  yield* addCompletion(view, name, completion);
  return completion;
}
