// Replaces how the content of a version is stored, not what it is: another storage class. Whoever stores the content again sees a version
// at some time and enters it later: the decision is taken here again, about what the version is now.
import { placeOf, type VersionPlace } from './expiry.js';
import { getFile, type NewFile, releaseFiles, retainFiles } from './files.js';
import type { IndexView, Portions } from './index-view.js';
import type { ObjectName } from './keys.js';
import { addFiles, putVersion, readNamed, requireBucket, type WriteTools } from './objects.js';
import type { BucketRecord, Extent, ObjectRecord } from './records.js';
import type { VersionId } from './version-id.js';

/** Content that was stored again, and the class that it has now. */
export interface Recoding {
  readonly versionId: VersionId;
  readonly storageClass: string;
  /** What was stored again; none if the content stays as it is. */
  readonly content: { readonly before: readonly Extent[]; readonly after: readonly Extent[] } | undefined;
  readonly files: readonly NewFile[];
  readonly decide: (version: ObjectRecord, place: VersionPlace, bucket: BucketRecord) => boolean;
}

/**
 * False, and nothing changes, if the version is gone, has other content, or `decide` refuses; and if a stream that was stored again as it is
 * sealed would stay in its former file, too.
 */
export function* recodeVersion(
  view: IndexView,
  name: ObjectName,
  { versionId, storageClass, content, files, decide }: Recoding,
  tools: WriteTools,
): Portions<boolean> {
  const bucket = yield* requireBucket(view, name.bucket);
  const version = yield* readNamed(view, name, versionId);
  if (version === undefined || version.isDeleteMarker) return false;
  if (content !== undefined && !haveSameExtents(version.extents, content.before)) return false;
  if (yield* isStreamShared(view, files)) return false;
  if (!decide(version, yield* placeOf(view, name, version, versionId), bucket)) return false;
  const extents = content?.after ?? version.extents;
  if (content !== undefined) {
    yield* addFiles(view, name.bucket, files, tools);
    yield* retainFiles(view, extents);
    yield* releaseFiles(view, content.before, tools.nextSequence);
  }
  yield* putVersion(view, name, { ...version, storageClass, extents }, tools);
  return true;
}

function* isStreamShared(view: IndexView, files: readonly NewFile[]): Portions<boolean> {
  for (const { sameStreamAs } of files)
    if (sameStreamAs !== undefined && (yield* getFile(view, sameStreamAs)).references > 1) return true;
  return false;
}

/** Whether two versions have the same stored content, and not only the same bytes. */
export function haveSameExtents(one: readonly Extent[], other: readonly Extent[]): boolean {
  return (
    one.length === other.length &&
    one.every((extent, index) => {
      const { fileId, offset, length } = other[index] ?? extent;
      return Buffer.compare(extent.fileId, fileId) === 0 && extent.offset === offset && extent.length === length;
    })
  );
}
