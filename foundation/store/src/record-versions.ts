// Upgrade of a store whose records carry no version yet: puts the version byte 1 in front of every record of some tables.
//
// Order of writes: each batch rewrites some records and stores the cursor (table and last key) in one durable write, so a
// crash between two batches resumes behind the last rewritten record and no record gets the byte twice. The cursor of a
// finished upgrade stays until `openVersioned` writes the new format stamp, which removes it in the same write.
import { concatBytes, prefixEnd } from '@cess/primitives';
import { upgradeCursorKey } from './format-stamp.js';
import type { Kv, KvOperation } from './kv.js';

const defaultBatchRecords = 1_000;
const maxBatchBytes = 8 * 1024 * 1024;

export interface RecordVersionsInit {
  /** Key prefixes of the tables whose records get the byte; at most 255, and none is a prefix of another. */
  readonly tables: readonly Uint8Array[];
  readonly batchRecords?: number;
}

/** Puts the version byte 1 in front of every record of the tables. Safe to repeat after a crash at any moment. */
export async function addRecordVersions(
  kv: Kv,
  { tables, batchRecords = defaultBatchRecords }: RecordVersionsInit,
): Promise<void> {
  const stored = kv.get(upgradeCursorKey);
  const [resumeTable, resumeKey] = stored === undefined ? [0, undefined] : [stored[0] ?? 0, stored.slice(1)];
  for (const [index, prefix] of tables.entries()) {
    if (index < resumeTable) continue;
    let after: Uint8Array | undefined = index === resumeTable ? resumeKey : undefined;
    for (;;) {
      const operations = nextBatch(kv, prefix, after, batchRecords);
      const last = operations.at(-1);
      if (last === undefined) break;
      after = last.key;
      const cursor: KvOperation = {
        type: 'put',
        key: upgradeCursorKey,
        value: concatBytes(Uint8Array.of(index), last.key),
      };
      await kv.write([...operations, cursor], { durable: true });
    }
  }
}

function nextBatch(kv: Kv, prefix: Uint8Array, after: Uint8Array | undefined, limit: number): KvOperation[] {
  const end = prefixEnd(prefix);
  // The smallest key behind `after`.
  const gte = after === undefined || after.length === 0 ? prefix : concatBytes(after, Uint8Array.of(0));
  const operations: KvOperation[] = [];
  let bytes = 0;
  for (const [key, value] of kv.entries({ gte, limit, ...(end === undefined ? {} : { lt: end }) })) {
    operations.push({ type: 'put', key: key.slice(), value: concatBytes(Uint8Array.of(1), value) });
    bytes += value.length;
    if (bytes >= maxBatchBytes) break;
  }
  return operations;
}
