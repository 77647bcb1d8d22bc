// Listings of versions and delete markers: keys in byte order, versions of a key from the newest to the oldest. The current
// objects (`o/`) and the other versions (`v/`) are merged as they are read, so that a page reads no more of either than it
// shows. Groups under a common prefix are skipped by one seek in each.
import { compareBytes, concatBytes, prefixEnd, utf8 } from '@cess/primitives';
import { type EntryCursor, entryCursor } from './entry-cursor.js';
import type { Portions, ReadView } from './index-view.js';
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

export function* listVersions(
  view: ReadView,
  bucket: string,
  request: VersionListRequest,
): Portions<ListPage<ListedVersion>> {
  const { prefix, delimiter, limit } = request;
  const items: ListItem<ListedVersion>[] = [];
  const start = yield* startOf(view, bucket, request);
  let lastKey = start.isInside ? request.after : undefined;
  const tables = new MergedTables(view, bucket, request, start);
  for (;;) {
    const found = yield* tables.next();
    if (found === undefined) return { items, truncated: false };
    if (items.length >= limit) return { items, truncated: true };
    const { key, isCurrent, value } = found;
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    if (cut >= 0) {
      const group = key.slice(0, cut + delimiter.length);
      items.push({ type: 'prefix', name: group });
      tables.seek(behindPrefix(bucket, group));
      continue;
    }
    const version = objectRecord.decode(value);
    const isLatest = isCurrent || (key !== lastKey ? true : yield* isNewest(view, bucket, key, version));
    items.push({ type: 'entry', name: key, value: { versionId: versionIdOf(version), isLatest, version } });
    lastKey = key;
  }
}

/** Where the two tables are read from; undefined: nothing is left. */
interface Start {
  readonly object: Uint8Array | undefined;
  readonly version: Uint8Array | undefined;
  /** Among the versions of the key `after`. */
  readonly isInside?: boolean;
}

function* startOf(
  view: ReadView,
  bucket: string,
  { prefix, delimiter, after, afterVersion }: VersionListRequest,
): Portions<Start> {
  const start = { object: keys.objectPrefix(bucket, prefix), version: versionsUnder(bucket, prefix) };
  if (after === undefined) return start;
  const resumed = yield* resumedAt(view, bucket, { prefix, delimiter, after, afterVersion });
  return { ...resumed, object: later(start.object, resumed.object), version: later(start.version, resumed.version) };
}

function* resumedAt(
  view: ReadView,
  bucket: string,
  request: { prefix: string; delimiter: string; after: string; afterVersion: VersionId | undefined },
): Portions<Start> {
  const { prefix, delimiter, after, afterVersion } = request;
  const cut = delimiter !== '' && after.startsWith(prefix) ? after.indexOf(delimiter, prefix.length) : -1;
  if (cut >= 0) return behindPrefix(bucket, after.slice(0, cut + delimiter.length));
  const name = { bucket, key: after };
  const object = keys.objectKey(bucket, after);
  const behindObject = concatBytes(object, new Uint8Array(1));
  if (afterVersion === undefined) return { object: behindObject, version: prefixEnd(versionsOf(name)) };
  const current = yield* view.get(object);
  const currentOrdinal = current === undefined ? undefined : objectRecord.decode(current).ordinal;
  const ordinal = afterVersion === 'null' ? yield* nullOrdinal(view, name, current) : afterVersion.ordinal;
  // The null version was removed since the page before: older versions of its key must not be skipped.
  if (ordinal === undefined) return { object, version: versionsOf(name) };
  const isBehindObject = currentOrdinal === undefined || currentOrdinal >= ordinal;
  return {
    object: isBehindObject ? behindObject : object,
    version: concatBytes(versionKey(name, ordinal), new Uint8Array(1)),
    isInside: true,
  };
}

function* nullOrdinal(
  view: ReadView,
  name: keys.ObjectName,
  current: Uint8Array | undefined,
): Portions<bigint | undefined> {
  const object = current === undefined ? undefined : objectRecord.decode(current);
  if (object?.isNull === true) return object.ordinal;
  const value = yield* view.get(nullVersionKey(name));
  return value === undefined ? undefined : ordinalIn(value);
}

function behindPrefix(bucket: string, prefix: string): Start {
  return {
    object: prefixEnd(keys.objectPrefix(bucket, prefix)),
    version: prefixEnd(versionsUnder(bucket, prefix)),
  };
}

/** Whether a version of `v/` is the newest of its key. */
function* isNewest(view: ReadView, bucket: string, key: string, { ordinal }: ObjectRecord): Portions<boolean> {
  if ((yield* view.get(keys.objectKey(bucket, key))) !== undefined) return false;
  const [newest] = yield* view.page({ ...keys.rangeOf(versionsOf({ bucket, key })), limit: 1 });
  return newest !== undefined && versionOfKey(newest[0])?.ordinal === ordinal;
}

interface Named {
  readonly at: Uint8Array;
  readonly name: string;
  readonly value: Uint8Array;
}

/** The entries of both tables in the order of the listing. */
class MergedTables {
  readonly #objects: EntryCursor;
  readonly #versions: EntryCursor;
  /** The next entries; none: not read yet, or none is left. */
  #object: Named | undefined;
  #version: Named | undefined;

  constructor(
    view: ReadView,
    private readonly bucket: string,
    { prefix, delimiter, limit }: VersionListRequest,
    start: Start,
  ) {
    const cursor = (gte: Uint8Array | undefined, table: Uint8Array) =>
      entryCursor(view, { gte, lt: prefixEnd(table), expected: limit + 1, delimiter });
    this.#objects = cursor(start.object, keys.objectPrefix(bucket, prefix));
    this.#versions = cursor(start.version, versionsUnder(bucket, prefix));
  }

  *next(): Portions<Found | undefined> {
    const { bucket } = this;
    this.#object ??= yield* nextNamed(this.#objects, (key) => keys.objectNameOfKey(bucket, key));
    this.#version ??= yield* nextNamed(this.#versions, (key) => versionOfKey(key)?.key);
    const [object, version] = [this.#object, this.#version];
    if (object !== undefined && (version === undefined || !isBefore(version.name, object.name))) {
      this.#object = undefined;
      return { key: object.name, isCurrent: true, value: object.value };
    }
    this.#version = undefined;
    return version === undefined ? undefined : { key: version.name, isCurrent: false, value: version.value };
  }

  seek({ object, version }: Start): void {
    this.#object = fromOn(this.#object, object);
    this.#version = fromOn(this.#version, version);
    this.#objects.seek(object);
    this.#versions.seek(version);
  }
}

/** The entry, unless it lies before the key. */
function fromOn(entry: Named | undefined, key: Uint8Array | undefined): Named | undefined {
  return entry !== undefined && key !== undefined && compareBytes(entry.at, key) >= 0 ? entry : undefined;
}

function* nextNamed(
  entries: EntryCursor,
  nameOf: (key: Uint8Array) => string | undefined,
): Portions<Named | undefined> {
  for (;;) {
    const entry = yield* entries.next();
    if (entry === undefined) return undefined;
    const name = nameOf(entry[0]);
    if (name !== undefined) return { at: entry[0], name, value: entry[1] };
  }
}

function isBefore(a: string, b: string): boolean {
  return a !== b && compareBytes(utf8(a), utf8(b)) < 0;
}

function later(a: Uint8Array, b: Uint8Array | undefined): Uint8Array | undefined {
  return b === undefined || compareBytes(a, b) < 0 ? b : a;
}
