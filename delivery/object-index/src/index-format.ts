// The on-disk format of the object index and its upgrades.
//   1 records without versions
//   2 every record starts with its version
//   3 files that an earlier version gave up after the chain refused them are queued again
//   4 tables of versions; records of buckets, objects and completions of version 2. Older records stay as they are and are
//     read as null versions, so the upgrade writes nothing but the number.
//   5 tables of packs; records of files of version 2. Older records stay as they are.
//   6 the journal and the state of the export. A program without them would leave gaps in the journal.
import { utf8 } from '@cess/primitives';
import { addRecordVersions, type Kv, type KvOperation, openVersioned } from '@cess/store';
import { tryFileRecord } from './file-table.js';
import type { IndexBackend } from './index-backend.js';
import type { Portions } from './index-view.js';
import * as keys from './keys.js';
import { entriesInPages } from './pages.js';
import { fileRecord, outboxEntry } from './records.js';

const format = 'cess-object-index';
/** Of the records. */
export const indexFormatVersion = 6;

/** Checks format and network of the index in `kv` and upgrades an older one. Throws what `openVersioned` throws. */
export function openIndexFormat(kv: Kv, genesis: Uint8Array): Promise<Kv> {
  const upgrade = async (store: Kv, from: number): Promise<void> => {
    if (from < 2) await addRecordVersions(store, { tables: keys.recordTables });
    if (from < 3) await queueRefused(store);
  };
  return openVersioned(kv, { format, version: indexFormatVersion, networkId: genesis, upgrade });
}

/** A repetition after a crash finds only the files that are still refused. */
async function queueRefused(kv: Kv): Promise<void> {
  const [last] = kv.entries({ ...keys.rangeOf(keys.outboxPrefix), reverse: true, limit: 1 });
  let sequence = last === undefined ? 1 : keys.sequenceOfKey(last[0]) + 1;
  for (const [key, value] of entriesInPages(kv, keys.rangeOf(keys.filePrefix))) {
    // The gateway sets an unreadable record aside when it meets it.
    const file = tryFileRecord(value);
    if (file?.state !== 'refused') continue;
    const entry = outboxEntry.encode({ type: 'Declare', value: keys.fileOfKey(key) });
    const operations: KvOperation[] = [
      { type: 'put', key, value: fileRecord.encode({ ...file, state: 'stored' }) },
      { type: 'put', key: keys.outboxKey(sequence++), value: entry },
    ];
    await kv.write(operations, { durable: true });
  }
}

/** Present from the first start of a gateway over this index on. */
const usedKey = utf8('\0cess-index-used');

/** Whether no gateway has run over this index: it is new, or its folder was lost. */
export function isUnused(backend: IndexBackend): Promise<boolean> {
  return backend.read(function* (view): Portions<boolean> {
    if ((yield* view.get(usedKey)) !== undefined) return false;
    // An index of a version that wrote no mark is in use if it has any bucket or file.
    for (const prefix of [keys.bucketPrefix, keys.filePrefix]) {
      const { length } = yield* view.page({ ...keys.rangeOf(prefix), limit: 1 });
      if (length > 0) return false;
    }
    return true;
  });
}

export function markUsed(backend: IndexBackend): Promise<void> {
  return backend.write([{ type: 'put', key: usedKey, value: new Uint8Array(0) }], { durable: true });
}

/** In the store of a gateway whose index lies in a database. */
const elsewhereKey = utf8('\0cess-index-elsewhere');

export function isIndexElsewhere(kv: Kv): boolean {
  return kv.has(elsewhereKey);
}

export function markIndexElsewhere(kv: Kv): Promise<void> {
  return kv.write([{ type: 'put', key: elsewhereKey, value: new Uint8Array(0) }], { durable: true });
}

/** When a gateway last said that it runs over this index. */
const aliveKey = utf8('\0cess-index-alive');

/** In Unix milliseconds; undefined before the first `markAlive`. */
export function lastAliveMs(kv: Kv): number | undefined {
  const value = kv.get(aliveKey);
  if (value?.length !== 8) return undefined;
  return Number(new DataView(value.buffer, value.byteOffset).getBigUint64(0, false));
}

export function markAlive(kv: Kv, nowMs: number): Promise<void> {
  const value = new Uint8Array(8);
  new DataView(value.buffer).setBigUint64(0, BigInt(Math.floor(nowMs)), false);
  return kv.write([{ type: 'put', key: aliveKey, value }], { durable: true });
}
