// Versions inside an index transaction: those of `v/` and the place of the null version in `n/`. Invariants, which
// version-check.ts verifies:
// - Versions of `v/` have smaller ordinals than the object in `o/`.
// - Without an object in `o/`, the newest version of `v/` is a delete marker. `o/` holds no marker.
// - A key has at most one null version. `n/` has its ordinal exactly if it is in `v/`.
import type { IndexView, Portions, ReadView } from './index-view.js';
import type { ObjectName } from './keys.js';
import * as keys from './keys.js';
import {
  type BucketRecord,
  type ObjectRecord,
  objectRecord,
  ordinalAt,
  plainObject,
  type VersionIdentity,
} from './records.js';
import { hasVersionId, nonceBytes, type VersionId } from './version-id.js';
import { nullVersionKey, ordinalIn, ordinalValue, versionKey, versionOfKey, versionsOf } from './version-keys.js';

/** Clocks, and the randomness of version ids. */
export interface VersionSources {
  nowMs(): number;
  /** The time by which retentions end: never later than the true time (ADR 57). Default: `nowMs`. */
  lockTimeMs?(): number;
  randomBytes(length: number): Uint8Array;
}

/** The place of a new newest version. */
interface Room {
  readonly identity: VersionIdentity;
  /** Versions that the new one replaces: their references are to be released. */
  readonly replaced: readonly ObjectRecord[];
}

/**
 * Moves the current object to `v/` where its bucket keeps it, and takes out the null version that a new null version replaces.
 * The caller then writes the new version, and removes the entry of `o/` if it is a marker.
 */
export function* makeRoom(
  view: IndexView,
  name: ObjectName,
  { bucket, current }: { readonly bucket: BucketRecord; readonly current: ObjectRecord | undefined },
  sources: VersionSources,
): Portions<Room> {
  const { versioning } = bucket;
  const least = ordinalAt(sources.nowMs());
  if (versioning === 'never') {
    const ordinal = following(current?.ordinal, least);
    return { identity: nullIdentity(ordinal), replaced: current === undefined ? [] : [current] };
  }
  const ordinal = following(current?.ordinal ?? (yield* newestOrdinal(view, name)), least);
  if (versioning === 'enabled') {
    if (current !== undefined) keepVersion(view, name, current);
    const nonce = sources.randomBytes(nonceBytes);
    return { identity: { ordinal, nonce, isNull: false, isDeleteMarker: false }, replaced: [] };
  }
  if (current?.isNull === true) return { identity: nullIdentity(ordinal), replaced: [current] };
  const before = yield* readVersion(view, name, 'null');
  if (before !== undefined) removeVersion(view, name, before);
  if (current !== undefined) keepVersion(view, name, current);
  return { identity: nullIdentity(ordinal), replaced: before === undefined ? [] : [before] };
}

/** Writes a version or marker to `v/`. */
export function keepVersion(view: IndexView, name: ObjectName, version: ObjectRecord): void {
  view.put(versionKey(name, version.ordinal), objectRecord.encode(version));
  if (version.isNull) view.put(nullVersionKey(name), ordinalValue(version.ordinal));
}

/** Removes a version or marker from `v/`. */
export function removeVersion(view: IndexView, name: ObjectName, { ordinal, isNull }: VersionIdentity): void {
  view.delete(versionKey(name, ordinal));
  if (isNull) view.delete(nullVersionKey(name));
}

/** A version or marker of `v/`. */
export function* readVersion(
  view: ReadView,
  name: ObjectName,
  versionId: VersionId,
): Portions<ObjectRecord | undefined> {
  const ordinal = versionId === 'null' ? yield* nullOrdinal(view, name) : versionId.ordinal;
  const value = ordinal === undefined ? undefined : yield* view.get(versionKey(name, ordinal));
  const version = value === undefined ? undefined : objectRecord.decode(value);
  return version !== undefined && hasVersionId(version, versionId) ? version : undefined;
}

/** The newest version of `v/`. */
export function* newestVersion(view: ReadView, name: ObjectName): Portions<ObjectRecord | undefined> {
  const [entry] = yield* view.page({ ...keys.rangeOf(versionsOf(name)), limit: 1 });
  return entry === undefined ? undefined : objectRecord.decode(entry[1]);
}

/** Makes the newest version of `v/` current, unless it is a marker. `o/` must have no entry. */
export function* promoteNewest(view: IndexView, name: ObjectName): Portions {
  const newest = yield* newestVersion(view, name);
  if (newest === undefined || newest.isDeleteMarker) return;
  removeVersion(view, name, newest);
  view.put(keys.objectKey(name.bucket, name.key), objectRecord.encode(newest));
}

export function markerOf(identity: VersionIdentity, nowMs: number): ObjectRecord {
  return {
    ...plainObject,
    ...identity,
    isDeleteMarker: true,
    size: 0,
    etag: '',
    lastModifiedMs: nowMs,
    contentType: '',
    headers: [],
    metadata: [],
    checksums: [],
    checksumType: 'FULL_OBJECT',
    extents: [],
  };
}

/** The ordinal of the null version, if that is in `v/`. */
function* nullOrdinal(view: ReadView, name: ObjectName): Portions<bigint | undefined> {
  const value = yield* view.get(nullVersionKey(name));
  return value === undefined ? undefined : ordinalIn(value);
}

function* newestOrdinal(view: ReadView, name: ObjectName): Portions<bigint | undefined> {
  const [entry] = yield* view.page({ ...keys.rangeOf(versionsOf(name)), limit: 1 });
  return entry === undefined ? undefined : versionOfKey(entry[0])?.ordinal;
}

/** Monotonic per key, also when the clock goes back. */
function following(newest: bigint | undefined, least: bigint): bigint {
  return newest === undefined || newest < least ? least : newest + 1n;
}

function nullIdentity(ordinal: bigint): VersionIdentity {
  return { ordinal, nonce: new Uint8Array(0), isNull: true, isDeleteMarker: false };
}
