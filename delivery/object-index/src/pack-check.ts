// Whether packs and the files in them agree (index-check.ts). Memory is bounded by one page of records.
import { equalBytes } from '@cess/primitives';
import type { Kv } from '@cess/store';
import { isUnreadable } from './errors.js';
import { decodeFile, tryFileRecord } from './file-table.js';
import * as keys from './keys.js';
import { entriesInPages } from './pages.js';
import type { FileRecord } from './records.js';

/** Files whose pack does not know them, entries of packs without their file, packs with other counts than their files have. */
export function countPackFaults(kv: Kv): number {
  let faults = 0;
  for (const [key, value] of entriesInPages(kv, keys.rangeOf(keys.filePrefix))) {
    const file = tryFileRecord(value);
    if (file === undefined) continue;
    const fileId = keys.fileOfKey(key);
    if (file.within !== undefined && !isListed(kv, fileId, file.within)) faults++;
    if (file.pack !== undefined && !hasItsCounts(kv, fileId, file)) faults++;
  }
  for (const [key, fileId] of entriesInPages(kv, keys.rangeOf(keys.memberTable))) {
    const at = keys.memberOfKey(key);
    const within = at === undefined ? undefined : tryFind(kv, fileId)?.within;
    if (at === undefined || within?.offset !== at.offset || !equalBytes(within.packId, at.packId)) faults++;
  }
  return faults;
}

function isListed(kv: Kv, fileId: Uint8Array, { packId, offset }: NonNullable<FileRecord['within']>): boolean {
  const listed = kv.get(keys.memberKey(packId, offset));
  return listed !== undefined && equalBytes(listed, fileId) && tryFind(kv, packId)?.pack !== undefined;
}

function hasItsCounts(kv: Kv, packId: Uint8Array, { references, pack }: FileRecord): boolean {
  let [files, bytes] = [0, 0];
  for (const [, fileId] of entriesInPages(kv, keys.rangeOf(keys.memberPrefix(packId)))) {
    files++;
    bytes += tryFind(kv, fileId)?.ciphertextLength ?? 0;
  }
  return files === references && bytes === pack?.liveBytes;
}

/** Undefined also for an unreadable record, which the table of files counts. */
function tryFind(kv: Kv, fileId: Uint8Array): FileRecord | undefined {
  try {
    const value = kv.get(keys.fileKey(fileId));
    return value === undefined ? undefined : decodeFile(value, fileId);
  } catch (error) {
    if (isUnreadable(error)) return undefined;
    throw error;
  }
}
