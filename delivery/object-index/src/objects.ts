// Objects inside an index transaction. `o/` holds the current object of a key, so that listings and reads of it see nothing of
// its versions; versions.ts holds the others.
import type { NotedChange } from './changes.js';
import type { DecodedRecords } from './decoded-records.js';
import { indexError } from './errors.js';
import { addFile, type NewFile, releaseFiles } from './files.js';
import type { IndexView, Portions, Read, ReadView } from './index-view.js';
import type { ObjectName } from './keys.js';
import * as keys from './keys.js';
import { assertRemovable, assertRetentionKept, type LockRules } from './object-lock.js';
import {
  type BucketRecord,
  bucketRecord,
  type NewObject,
  type ObjectRecord,
  type ObjectSettings,
  objectRecord,
  plainObject,
  type VersionIdentity,
} from './records.js';
import { hasVersionId, type VersionId, versionIdOf } from './version-id.js';
import {
  keepVersion,
  makeRoom,
  markerOf,
  newestVersion,
  promoteNewest,
  readVersion,
  removeVersion,
  type VersionSources,
} from './versions.js';

/**
 * Checked inside the transaction that replaces or deletes; throws to refuse. `current` is the object that the request sees: of
 * the version that it names, or the newest; none for a delete marker.
 */
export type Precondition = (current: ObjectRecord | undefined, bucket: BucketRecord) => void;

/** What transactions take from outside. */
export interface WriteTools {
  readonly sources: VersionSources;
  readonly decoded: DecodedRecords;
  readonly nextSequence: () => number;
  readonly nextCompletion: () => Read<number>;
  /** Called for every change of an object. */
  readonly note: (change: NotedChange) => void;
}

export interface Written {
  readonly object: ObjectRecord;
  /** None where the bucket never kept versions. */
  readonly versionId: string | undefined;
}

export interface Deletion {
  /** Whether there was an object, or the version that was named. */
  readonly existed: boolean;
  /** Whether the deletion inserted a delete marker, or removed one. */
  readonly isDeleteMarker: boolean;
  /** Of the version that was removed or inserted. */
  readonly versionId: string | undefined;
}

export interface VersionDeletion {
  readonly check?: Precondition | undefined;
  /** The caller may remove versions whose retention is in governance mode, and asks for it. */
  readonly bypassesGovernance?: boolean;
}

/** Sees object and bucket inside the transaction; throws to refuse. */
export type ChangeSettings = (object: ObjectRecord, bucket: BucketRecord) => Partial<ObjectSettings>;

interface SettingsChange {
  readonly versionId: VersionId | undefined;
  readonly change: ChangeSettings;
  readonly bypassesGovernance: boolean;
}

interface Entry {
  readonly object: NewObject;
  readonly check: Precondition | undefined;
  /** Gives the object its references to files; runs before the references of what it replaces are released. */
  readonly retain: () => Portions;
}

function* readObject(view: ReadView, { bucket, key }: ObjectName): Portions<ObjectRecord | undefined> {
  const value = yield* view.get(keys.objectKey(bucket, key));
  return value === undefined ? undefined : objectRecord.decode(value);
}

/** A version or delete marker by its id, wherever it is; without an id, the current object. */
export function* readNamed(
  view: ReadView,
  name: ObjectName,
  versionId?: VersionId,
): Portions<ObjectRecord | undefined> {
  const current = yield* readObject(view, name);
  if (versionId === undefined || (current !== undefined && hasVersionId(current, versionId))) return current;
  return yield* readVersion(view, name, versionId);
}

/** The newest version, if it is a delete marker. */
export function* readMarker(view: ReadView, name: ObjectName): Portions<ObjectRecord | undefined> {
  if ((yield* readObject(view, name)) !== undefined) return undefined;
  const newest = yield* newestVersion(view, name);
  return newest?.isDeleteMarker === true ? newest : undefined;
}

/** Enters an object as the newest version of its key. */
export function* enterObject(
  view: IndexView,
  name: ObjectName,
  { object, check, retain }: Entry,
  tools: WriteTools,
): Portions<Written> {
  const bucket = yield* requireBucket(view, name.bucket, tools.decoded);
  const current = yield* readObject(view, name);
  check?.(current, bucket);
  const { identity, replaced } = yield* makeRoom(view, name, { bucket, current }, tools.sources);
  for (const version of replaced) assertRemovable(version, locksOf(tools));
  yield* retain();
  yield* releaseAll(view, replaced, tools);
  const record = recordOf(object, identity);
  view.put(keys.objectKey(name.bucket, name.key), objectRecord.encode(record));
  const versionId = shownId(bucket, record);
  tools.note({ kind: 'created', name, bucket, version: record, versionId });
  return { object: record, versionId };
}

/** Deletes an object as its bucket has it: for good, or by a delete marker as the newest version. */
export function* deleteCurrent(
  view: IndexView,
  name: ObjectName,
  check: Precondition | undefined,
  tools: WriteTools,
): Portions<Deletion> {
  const bucket = yield* requireBucket(view, name.bucket);
  const current = yield* readObject(view, name);
  check?.(current, bucket);
  const existed = current !== undefined;
  if (bucket.versioning === 'never') {
    if (existed) {
      assertRemovable(current, locksOf(tools));
      view.delete(keys.objectKey(name.bucket, name.key));
      yield* releaseAll(view, [current], tools);
      tools.note({ kind: 'removed', name, bucket, version: current, versionId: undefined });
    }
    return { existed, isDeleteMarker: false, versionId: undefined };
  }
  const { identity, replaced } = yield* makeRoom(view, name, { bucket, current }, tools.sources);
  for (const version of replaced) assertRemovable(version, locksOf(tools));
  const marker = markerOf(identity, tools.sources.nowMs());
  if (existed) view.delete(keys.objectKey(name.bucket, name.key));
  keepVersion(view, name, marker);
  yield* releaseAll(view, replaced, tools);
  const versionId = versionIdOf(marker);
  tools.note({ kind: 'marked', name, bucket, version: marker, versionId });
  return { existed, isDeleteMarker: true, versionId };
}

/**
 * Removes one version or delete marker for good. If it was the newest, the one before it takes its place. Throws `OBJECT_LOCKED`
 * for a version that is kept.
 */
export function* deleteVersion(
  view: IndexView,
  name: ObjectName,
  request: VersionDeletion & { readonly versionId: VersionId },
  tools: WriteTools,
): Portions<Deletion> {
  const { versionId, check, bypassesGovernance = false } = request;
  const bucket = yield* requireBucket(view, name.bucket);
  const current = yield* readObject(view, name);
  const isCurrent = current !== undefined && hasVersionId(current, versionId);
  const found = isCurrent ? current : yield* readVersion(view, name, versionId);
  check?.(found?.isDeleteMarker === true ? undefined : found, bucket);
  if (found === undefined) return { existed: false, isDeleteMarker: false, versionId: undefined };
  assertRemovable(found, locksOf(tools, bypassesGovernance));
  if (isCurrent) view.delete(keys.objectKey(name.bucket, name.key));
  else removeVersion(view, name, found);
  if (bucket.versioning !== 'never' && (isCurrent || current === undefined)) yield* promoteNewest(view, name);
  yield* releaseAll(view, [found], tools);
  tools.note({ kind: 'removed', name, bucket, version: found, versionId: shownId(bucket, found) });
  return { existed: true, isDeleteMarker: found.isDeleteMarker, versionId: versionIdOf(found) };
}

/**
 * Changes settings of the current object, or of the version that is named; its content and its version id stay. Throws
 * `OBJECT_LOCKED` for a change that would end a retention earlier.
 */
export function* changeObject(
  view: IndexView,
  name: ObjectName,
  { versionId, change, bypassesGovernance }: SettingsChange,
  tools: WriteTools,
): Portions<ObjectRecord> {
  const bucket = yield* requireBucket(view, name.bucket);
  const current = yield* readObject(view, name);
  const isCurrent = current !== undefined && (versionId === undefined || hasVersionId(current, versionId));
  const before = isCurrent || versionId === undefined ? current : yield* readVersion(view, name, versionId);
  if (before === undefined || before.isDeleteMarker) throw indexError('OBJECT_NOT_FOUND');
  const after = { ...before, ...change(before, bucket) };
  assertRetentionKept(before, after, locksOf(tools, bypassesGovernance));
  yield* putVersion(view, name, after, tools);
  return after;
}

/** Writes another record of a version that exists, in the same place. */
export function* putVersion(view: IndexView, name: ObjectName, version: ObjectRecord, tools: WriteTools): Portions {
  const bucket = yield* requireBucket(view, name.bucket);
  const current = yield* readObject(view, name);
  if (current?.ordinal === version.ordinal)
    view.put(keys.objectKey(name.bucket, name.key), objectRecord.encode(version));
  else keepVersion(view, name, version);
  tools.note({ kind: 'described', name, bucket, version, versionId: shownId(bucket, version) });
}

/** Enters files that were stored for a bucket, with their keys wrapped under the key that the bucket has now. */
export function* addFiles(
  view: IndexView,
  bucketName: string,
  files: readonly NewFile[],
  { nextSequence, decoded }: Pick<WriteTools, 'nextSequence'> & Partial<Pick<WriteTools, 'decoded'>>,
): Portions {
  if (files.length === 0) return;
  const bucket = yield* requireBucket(view, bucketName, decoded);
  for (const file of files) yield* addFile(view, file, { bucketName, bucket, sequence: nextSequence() });
}

export function* requireBucket(view: ReadView, bucket: string, decoded?: DecodedRecords): Portions<BucketRecord> {
  const value = yield* view.get(keys.bucketKey(bucket));
  if (value === undefined) throw indexError('BUCKET_NOT_FOUND');
  return decoded === undefined ? bucketRecord.decode(value) : decodedBucket(decoded, bucket, value);
}

export function decodedBucket(decoded: DecodedRecords, bucket: string, value: Uint8Array): BucketRecord {
  return decoded.read(`b/${bucket}`, value, (stored) => bucketRecord.decode(stored));
}

/** Its fields are named one by one: spreading the parts into each other costs every write several times as much. */
function recordOf(object: NewObject, identity: VersionIdentity): ObjectRecord {
  return {
    size: object.size,
    etag: object.etag,
    lastModifiedMs: object.lastModifiedMs,
    contentType: object.contentType,
    headers: object.headers,
    metadata: object.metadata,
    checksums: object.checksums,
    checksumType: object.checksumType,
    extents: object.extents,
    parts: object.parts ?? plainObject.parts,
    ordinal: identity.ordinal,
    nonce: identity.nonce,
    isNull: identity.isNull,
    isDeleteMarker: identity.isDeleteMarker,
    tags: object.tags ?? plainObject.tags,
    storageClass: object.storageClass ?? plainObject.storageClass,
    retention: object.retention,
    legalHold: object.legalHold ?? plainObject.legalHold,
    owner: object.owner,
    attributes: object.attributes ?? plainObject.attributes,
  };
}

function shownId({ versioning }: BucketRecord, version: ObjectRecord): string | undefined {
  return versioning === 'never' ? undefined : versionIdOf(version);
}

function locksOf({ sources }: WriteTools, bypassesGovernance = false): LockRules {
  return { lockTimeMs: sources.lockTimeMs?.() ?? sources.nowMs(), bypassesGovernance };
}

function* releaseAll(view: IndexView, removed: readonly ObjectRecord[], tools: WriteTools): Portions {
  for (const { extents } of removed) yield* releaseFiles(view, extents, tools.nextSequence);
}
