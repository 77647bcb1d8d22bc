// Listings of versions and delete markers: keys in byte order, versions of a key from the newest to the oldest. The current
// objects (`o/`) and the other versions (`v/`) are merged as they are read, so that a page reads no more of either than it
// shows. Groups under a common prefix are skipped by one seek in each.
import { compareBytes, concatBytes, prefixEnd, utf8 } from '@cess/primitives';
import type { Kv, KvEntry } from '@cess/store';
import * as keys from './keys.js';
import type { ListItem, ListPage, ListRequest } from './listing.js';
import { type ObjectRecord, objectRecord } from './records.js';
import { type VersionId, versionIdOf } from './version-id.js';
import { nullVersionKey, ordinalIn, versionKey, versionOfKey, versionsOf, versionsUnder } from './version-keys.js';

export interface ListedVersion {
  readonly versionId: string;
  readonly isLatest: boolean;
  readonly version: ObjectRecord;
}

export interface VersionListRequest extends Omit<ListRequest, 'from'> {
  /** Resumes behind this version of the key `after`, instead of behind all of them. */
  readonly afterVersion?: VersionId | undefined;
}

interface Found {
  readonly key: string;
  readonly isCurrent: boolean;
  readonly value: Uint8Array;
}

export function listVersions(kv: Kv, bucket: string, request: VersionListRequest): ListPage<ListedVersion> {
  const { prefix, delimiter, limit } = request;
  const items: ListItem<ListedVersion>[] = [];
  let from = startOf(kv, bucket, request);
  let lastKey = from.isInside ? request.after : undefined;
  for (;;) {
    let group: string | undefined;
    for (const { key, isCurrent, value } of merged(kv, bucket, prefix, from)) {
      if (items.length >= limit) return { items, truncated: true };
      const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      if (cut >= 0) {
        group = key.slice(0, cut + delimiter.length);
        break;
      }
      const version = objectRecord.decode(value);
      const isLatest = isCurrent || (key !== lastKey ? true : isNewest(kv, bucket, key, version));
      items.push({ type: 'entry', name: key, value: { versionId: versionIdOf(version), isLatest, version } });
      lastKey = key;
    }
    if (group === undefined) return { items, truncated: false };
    items.push({ type: 'prefix', name: group });
    from = behindPrefix(bucket, group);
  }
}

/** Where the two tables are read from; undefined: nothing is left. */
interface Start {
  readonly object: Uint8Array | undefined;
  readonly version: Uint8Array | undefined;
  /** Among the versions of the key `after`. */
  readonly isInside?: boolean;
}

function startOf(kv: Kv, bucket: string, { prefix, delimiter, after, afterVersion }: VersionListRequest): Start {
  const start = { object: keys.objectPrefix(bucket, prefix), version: versionsUnder(bucket, prefix) };
  if (after === undefined) return start;
  const resumed = resumedAt(kv, bucket, { prefix, delimiter, after, afterVersion });
  return { ...resumed, object: later(start.object, resumed.object), version: later(start.version, resumed.version) };
}

function resumedAt(
  kv: Kv,
  bucket: string,
  request: { prefix: string; delimiter: string; after: string; afterVersion: VersionId | undefined },
): Start {
  const { prefix, delimiter, after, afterVersion } = request;
  const cut = delimiter !== '' && after.startsWith(prefix) ? after.indexOf(delimiter, prefix.length) : -1;
  if (cut >= 0) return behindPrefix(bucket, after.slice(0, cut + delimiter.length));
  const name = { bucket, key: after };
  const object = keys.objectKey(bucket, after);
  const behindObject = concatBytes(object, new Uint8Array(1));
  if (afterVersion === undefined) return { object: behindObject, version: prefixEnd(versionsOf(name)) };
  const current = kv.get(object);
  const currentOrdinal = current === undefined ? undefined : objectRecord.decode(current).ordinal;
  const ordinal = afterVersion === 'null' ? nullOrdinal(kv, name, current) : afterVersion.ordinal;
  // The null version was removed since the page before: older versions of its key must not be skipped.
  if (ordinal === undefined) return { object, version: versionsOf(name) };
  const isBehindObject = currentOrdinal === undefined || currentOrdinal >= ordinal;
  return {
    object: isBehindObject ? behindObject : object,
    version: concatBytes(versionKey(name, ordinal), new Uint8Array(1)),
    isInside: true,
  };
}

function nullOrdinal(kv: Kv, name: keys.ObjectName, current: Uint8Array | undefined): bigint | undefined {
  const object = current === undefined ? undefined : objectRecord.decode(current);
  if (object?.isNull === true) return object.ordinal;
  const value = kv.get(nullVersionKey(name));
  return value === undefined ? undefined : ordinalIn(value);
}

function behindPrefix(bucket: string, prefix: string): Start {
  return {
    object: prefixEnd(keys.objectPrefix(bucket, prefix)),
    version: prefixEnd(versionsUnder(bucket, prefix)),
  };
}

/** Whether a version of `v/` is the newest of its key. */
function isNewest(kv: Kv, bucket: string, key: string, { ordinal }: ObjectRecord): boolean {
  if (kv.has(keys.objectKey(bucket, key))) return false;
  const [newest] = kv.entries({ ...keys.rangeOf(versionsOf({ bucket, key })), limit: 1 });
  return newest !== undefined && versionOfKey(newest[0])?.ordinal === ordinal;
}

/** The entries of both tables in the order of the listing. */
function* merged(kv: Kv, bucket: string, prefix: string, from: Start): IterableIterator<Found> {
  const objects = cursor(kv, from.object, prefixEnd(keys.objectPrefix(bucket, prefix)), (key) =>
    keys.objectNameOfKey(bucket, key),
  );
  const versions = cursor(kv, from.version, prefixEnd(versionsUnder(bucket, prefix)), (key) => versionOfKey(key)?.key);
  try {
    let [object, version] = [objects.next(), versions.next()];
    for (;;) {
      if (object.done !== true && (version.done === true || !isBefore(version.value.name, object.value.name))) {
        yield { key: object.value.name, isCurrent: true, value: object.value.value };
        object = objects.next();
      } else if (version.done !== true) {
        yield { key: version.value.name, isCurrent: false, value: version.value.value };
        version = versions.next();
      } else return;
    }
  } finally {
    // A page ends before its tables do: the store must not keep their iterators open.
    objects.return(undefined);
    versions.return(undefined);
  }
}

interface Named {
  readonly name: string;
  readonly value: Uint8Array;
}

function* cursor(
  kv: Kv,
  gte: Uint8Array | undefined,
  lt: Uint8Array | undefined,
  nameOf: (key: Uint8Array) => string | undefined,
): Generator<Named, undefined, undefined> {
  if (gte === undefined) return undefined;
  const entries: Iterable<KvEntry> = kv.entries(lt === undefined ? { gte } : { gte, lt });
  for (const [key, value] of entries) {
    const name = nameOf(key);
    if (name !== undefined) yield { name, value };
  }
  return undefined;
}

function isBefore(a: string, b: string): boolean {
  return a !== b && compareBytes(utf8(a), utf8(b)) < 0;
}

function later(a: Uint8Array, b: Uint8Array | undefined): Uint8Array | undefined {
  return b === undefined || compareBytes(a, b) < 0 ? b : a;
}
