// Reads every record of an index and counts what is unreadable, what lacks the records that it needs, and what names nothing.
// Memory is bounded by one page of records. Only `dropStrays` writes.
import type { Kv, KvEntry, KvOperation } from '@cess/store';
import { decodeRecord, isUnreadable } from './errors.js';
import { distinctFiles } from './files.js';
import * as keys from './keys.js';
import { messageTable } from './message-keys.js';
import { messageRecord } from './messages.js';
import { holdOf } from './outbox.js';
import { countPackFaults } from './pack-check.js';
import { entriesInPages } from './pages.js';
import {
  bucketRecord,
  completionRecord,
  type Extent,
  type FileState,
  fileRecord,
  type HoldReason,
  objectRecord,
  outboxEntry,
  partRecord,
  segmentRecord,
  uploadRecord,
} from './records.js';
import { countVersionFaults } from './version-check.js';
import { versionTable } from './version-keys.js';

interface TableCheck {
  readonly records: number;
  readonly unreadable: number;
}

type Codec<T> = { decode(bytes: Uint8Array): T };

export interface IndexCheck {
  readonly tables: Readonly<Record<string, TableCheck>>;
  /** Readable files by state. */
  readonly files: Readonly<Partial<Record<FileState, number>>>;
  readonly outbox: { readonly declarations: number; readonly deletions: number };
  /** Files that wait for their owners, by reason; the chain does not record them. */
  readonly held: Readonly<Partial<Record<HoldReason, number>>>;
  /** Objects, versions and parts of which a file has no record: they cannot be read. */
  readonly withoutFile: number;
  /** Segments that a file has, without a record: the objects in them cannot be read. */
  readonly segmentsMissing: number;
  /** Files whose pack does not know them, and packs whose counts are not those of their files. */
  readonly packFaults: number;
  /** Versions and marks of null versions that contradict each other or the current object. */
  readonly versionFaults: number;
  /** Segments and holds without a file, holes without a segment. */
  readonly strays: number;
}

const straysPerWrite = 1000;

/** Checks the index in an opened store (`openIndexFormat`). */
export function checkIndex(kv: Kv): IndexCheck {
  const tables: Record<string, TableCheck> = {};
  const check = <T>(
    name: string,
    prefix: Uint8Array,
    codec: Codec<T>,
    onRecord: (record: T, key: Uint8Array) => void,
  ) => {
    tables[name] = checkTable(kv, { prefix, codec, onRecord });
  };
  const files: Partial<Record<FileState, number>> = {};
  const outbox = { declarations: 0, deletions: 0 };
  let [withoutFile, segmentsMissing] = [0, 0];
  const needFiles = ({ extents }: { readonly extents: readonly Extent[] }) => {
    if (distinctFiles(extents).some((id) => !kv.has(keys.fileKey(id)))) withoutFile++;
  };
  check('buckets', keys.bucketPrefix, bucketRecord, () => {});
  check('objects', keys.objectTable, objectRecord, needFiles);
  check('versions', versionTable, objectRecord, needFiles);
  check('uploads', keys.uploadTable, uploadRecord, () => {});
  check('parts', keys.partTable, partRecord, needFiles);
  check('completions', keys.completionTable, completionRecord, () => {});
  check('files', keys.filePrefix, fileRecord, ({ state, segmentCount }, key) => {
    files[state] = (files[state] ?? 0) + 1;
    const id = keys.fileOfKey(key);
    for (let index = 0; index < segmentCount; index++) if (!kv.has(keys.segmentKey(id, index))) segmentsMissing++;
  });
  check('segments', keys.segmentTable, segmentRecord, () => {});
  check('outbox', keys.outboxPrefix, outboxEntry, ({ type }) => {
    outbox[type === 'Declare' ? 'declarations' : 'deletions']++;
  });
  check('messages', messageTable, messageRecord, () => {});
  const held: Partial<Record<HoldReason, number>> = {};
  for (const [key, value] of inTable(kv, keys.heldPrefix())) {
    if (keys.heldOfKey(key) === undefined) continue;
    const { reason } = holdOf(value);
    held[reason] = (held[reason] ?? 0) + 1;
  }
  let strays = 0;
  for (const _ of strayKeys(kv)) strays++;
  return {
    tables,
    files,
    outbox,
    held,
    withoutFile,
    segmentsMissing,
    packFaults: countPackFaults(kv),
    versionFaults: countVersionFaults(kv),
    strays,
  };
}

/** Whether the check found nothing that needs a repair or a person. */
export function isIndexSound(index: IndexCheck): boolean {
  const { tables, withoutFile, segmentsMissing, packFaults, versionFaults, strays } = index;
  const unreadable = Object.values(tables).reduce((sum, table) => sum + table.unreadable, 0);
  return unreadable + withoutFile + segmentsMissing + packFaults + versionFaults + strays === 0;
}

/** Deletes segments and holds without a file, and holes without a segment. Returns how many. Idempotent. */
export async function dropStrays(kv: Kv): Promise<number> {
  let dropped = 0;
  for (;;) {
    const operations: KvOperation[] = [];
    for (const key of strayKeys(kv)) {
      operations.push({ type: 'delete', key });
      if (operations.length === straysPerWrite) break;
    }
    if (operations.length === 0) return dropped;
    await kv.write(operations, { durable: true });
    dropped += operations.length;
  }
}

function checkTable<T>(
  kv: Kv,
  table: {
    readonly prefix: Uint8Array;
    readonly codec: Codec<T>;
    readonly onRecord: (record: T, key: Uint8Array) => void;
  },
): TableCheck {
  let [records, unreadable] = [0, 0];
  for (const [key, value] of entriesInPages(kv, keys.rangeOf(table.prefix))) {
    records++;
    const record = tryDecode(table.codec, value);
    if (record === undefined) unreadable++;
    else table.onRecord(record, key);
  }
  return { records, unreadable };
}

function tryDecode<T>(codec: Codec<T>, value: Uint8Array): T | undefined {
  try {
    return decodeRecord(codec, value, 'a record');
  } catch (thrown) {
    if (isUnreadable(thrown)) return undefined;
    throw thrown;
  }
}

/** Keys of records that name nothing. A file whose record cannot be read keeps its segments: it may be restored from a backup. */
function* strayKeys(kv: Kv): IterableIterator<Uint8Array> {
  for (const [key] of inTable(kv, keys.segmentTable)) {
    const fileId = keys.fileOfSegmentKey(key);
    if (fileId !== undefined && !kv.has(keys.fileKey(fileId))) yield key;
  }
  for (const [key] of inTable(kv, keys.holePrefix)) {
    const hole = keys.holeOfKey(key);
    if (hole !== undefined && !kv.has(keys.segmentKey(hole.fileId, hole.segment))) yield key;
  }
  for (const [key] of inTable(kv, keys.heldPrefix())) {
    const held = keys.heldOfKey(key);
    if (held !== undefined && !kv.has(keys.fileKey(held.fileId))) yield key;
  }
}

function inTable(kv: Kv, prefix: Uint8Array): IterableIterator<KvEntry> {
  return entriesInPages(kv, keys.rangeOf(prefix));
}
