// Checks the tables of versions against each other and against the current objects (the invariants of versions.ts). Memory is
// bounded by one page of records.
import type { Kv } from '@cess/store';
import { decodeRecord, isUnreadable } from './errors.js';
import * as keys from './keys.js';
import { entriesInPages } from './pages.js';
import { type ObjectRecord, objectRecord } from './records.js';
import {
  type NumberedVersion,
  nameOfNullVersion,
  nullVersionKey,
  nullVersionTable,
  ordinalIn,
  versionKey,
  versionOfKey,
  versionTable,
} from './version-keys.js';

/** Counts versions and marks of null versions that break an invariant. Unreadable records are counted elsewhere. */
export function countVersionFaults(kv: Kv): number {
  return faultsOfObjects(kv) + faultsOfVersions(kv) + faultsOfNullMarks(kv);
}

/** Delete markers among the current objects, and null versions of a key of which another one is in `v/`. */
function faultsOfObjects(kv: Kv): number {
  let faults = 0;
  for (const [key, value] of entriesInPages(kv, keys.rangeOf(keys.objectTable))) {
    const object = tryRecord(value);
    const name = keys.objectOfKey(key);
    if (object === undefined || name === undefined) continue;
    if (object.isDeleteMarker || (object.isNull && kv.has(nullVersionKey(name)))) faults++;
  }
  return faults;
}

function faultsOfVersions(kv: Kv): number {
  let faults = 0;
  let before: NumberedVersion | undefined;
  for (const [key, value] of entriesInPages(kv, keys.rangeOf(versionTable))) {
    const name = versionOfKey(key);
    if (name === undefined) {
      faults++;
      continue;
    }
    const isNewest = before?.bucket !== name.bucket || before.key !== name.key;
    before = name;
    const version = tryRecord(value);
    if (version === undefined) continue;
    const hasFault =
      version.ordinal !== name.ordinal ||
      version.isNull !== (nullOrdinalOf(kv, name) === name.ordinal) ||
      (isNewest && !fitsCurrent(kv, name, version));
    if (hasFault) faults++;
  }
  return faults;
}

/** Whether the newest version of `v/` is older than the current object, or a marker where there is none. */
function fitsCurrent(kv: Kv, { bucket, key }: NumberedVersion, version: ObjectRecord): boolean {
  const value = kv.get(keys.objectKey(bucket, key));
  if (value === undefined) return version.isDeleteMarker;
  const current = tryRecord(value);
  return current === undefined || current.ordinal > version.ordinal;
}

/** Marks that name no version. */
function faultsOfNullMarks(kv: Kv): number {
  let faults = 0;
  for (const [key, value] of entriesInPages(kv, keys.rangeOf(nullVersionTable))) {
    const name = nameOfNullVersion(key);
    if (name === undefined || value.length !== 8 || !kv.has(versionKey(name, ordinalIn(value)))) faults++;
  }
  return faults;
}

function nullOrdinalOf(kv: Kv, name: keys.ObjectName): bigint | undefined {
  const value = kv.get(nullVersionKey(name));
  return value?.length === 8 ? ordinalIn(value) : undefined;
}

function tryRecord(value: Uint8Array): ObjectRecord | undefined {
  try {
    return decodeRecord(objectRecord, value, 'an object');
  } catch (error) {
    if (isUnreadable(error)) return undefined;
    throw error;
  }
}
