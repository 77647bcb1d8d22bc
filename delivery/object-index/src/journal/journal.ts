// The journal of an index (ADR 73): every durable batch that changes what a recovery needs also writes one record with these changes,
// in the same atomic write. So the journal ends with every crash exactly where the index does. Whoever exports the index reads
// it from the front and prunes what the network holds.
import { fromUtf8, toHex } from '@cess/primitives';
import type { Kv, KvOperation } from '@cess/store';
import { decodeRecord } from '../errors.js';
import * as keys from '../keys.js';
import { type ChangedIndex, EntryOwners } from './entry-owner.js';
import { type JournalEntry, journalKey, journalRecord, journalTable, sequenceOfJournalKey } from './journal-record.js';

/** An entry as a batch leaves it; undefined: deleted. */
export interface EntryChange {
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

/** What one batch changed. */
interface JournalBatch {
  readonly sequence: number;
  readonly entries: readonly JournalEntry[];
}

export interface JournalPage {
  readonly batches: readonly JournalBatch[];
  /** The page has everything up to this record. */
  readonly through: number;
  readonly isEnd: boolean;
}

const pruneBatch = 1_000;

export class Journal {
  readonly #owners = new EntryOwners();
  /** Sequence of the next record; those before it may still be on their way to the disk. */
  #next: number;
  /** The newest record that was pruned. */
  #pruned = 0;

  constructor(
    private readonly kv: Kv,
    private readonly nowMs: () => number,
  ) {
    this.#next = this.end() + 1;
  }

  /** What to write with a batch; nothing if it changes nothing that a recovery needs. Call once for each batch, in order. */
  record(changes: readonly EntryChange[]): KvOperation[] {
    if (changes.some(({ key }) => isIn(keys.bucketPrefix, key))) this.#owners.forgetBuckets();
    const index = changedIndex(this.kv, changes);
    const entries: JournalEntry[] = [];
    for (const { key, value } of changes) {
      const owner = this.#owners.ownerOf(key, index);
      if (owner !== undefined) entries.push({ owner, key, value });
    }
    if (entries.length === 0) return [];
    const value = journalRecord.encode({ writtenAtMs: this.nowMs(), entries });
    return [{ type: 'put', key: journalKey(this.#next++), value }];
  }

  /** The newest record that is written, pruned ones included. Every effect that the index shows is of a record up to here. */
  end(): number {
    const [last] = this.kv.entries({ ...keys.rangeOf(journalTable), reverse: true, limit: 1 });
    return last === undefined ? this.#pruned : sequenceOfJournalKey(last[0]);
  }

  /** When the oldest record was written; undefined for an empty journal. */
  oldestMs(): number | undefined {
    const [first] = this.kv.entries({ ...keys.rangeOf(journalTable), limit: 1 });
    return first === undefined ? undefined : decodeRecord(journalRecord, first[1], 'the journal').writtenAtMs;
  }

  /** The records behind `after`, oldest first, up to about `maxBytes` of them, at least one. */
  read(after: number, maxBytes: number): JournalPage {
    const batches: JournalBatch[] = [];
    let bytes = 0;
    for (const [key, value] of this.kv.entries({ ...keys.rangeOf(journalTable), gte: journalKey(after + 1) })) {
      const last = batches.at(-1);
      if (bytes >= maxBytes && last !== undefined) return { batches, through: last.sequence, isEnd: false };
      const { entries } = decodeRecord(journalRecord, value, 'the journal');
      batches.push({ sequence: sequenceOfJournalKey(key), entries });
      bytes += value.length;
    }
    return { batches, through: batches.at(-1)?.sequence ?? Math.max(after, this.#pruned), isEnd: true };
  }

  /** Forgets the records up to this one. Not durable by itself: an older record is exported again. */
  async prune(through: number): Promise<void> {
    const range = { ...keys.rangeOf(journalTable), lt: journalKey(through + 1) };
    for (;;) {
      const oldest = [...this.kv.entries({ ...range, limit: pruneBatch })];
      const page = oldest.map(([key]): KvOperation => ({ type: 'delete', key }));
      const last = oldest.at(-1);
      if (last !== undefined) {
        await this.kv.write(page);
        this.#pruned = sequenceOfJournalKey(last[0]);
      }
      if (page.length < pruneBatch) return;
    }
  }
}

/** Removes the journal of an index that is not exported any more. */
export async function dropJournal(kv: Kv): Promise<void> {
  await new Journal(kv, () => 0).prune(Number.MAX_SAFE_INTEGER - 1);
}

function changedIndex(kv: Kv, changes: readonly EntryChange[]): ChangedIndex {
  let byKey: Map<string, Uint8Array | undefined> | undefined;
  let uploads: Map<string, string> | undefined;
  return {
    get(key) {
      byKey ??= new Map(changes.map((change) => [toHex(change.key), change.value]));
      return byKey.get(toHex(key)) ?? kv.get(key);
    },
    bucketOfUpload(uploadId) {
      uploads ??= new Map(changes.flatMap(({ key }) => uploadIn(key)));
      return uploads.get(uploadId);
    },
  };
}

/** Id and bucket, if the key is that of an upload. */
function uploadIn(key: Uint8Array): [string, string][] {
  const end = key.indexOf(0, 2);
  if (!isIn(keys.uploadTable, key) || end < 0) return [];
  const bucket = fromUtf8(key.subarray(2, end));
  return [[keys.uploadOfKey(bucket, key).uploadId, bucket]];
}

function isIn(table: Uint8Array, key: Uint8Array): boolean {
  return key[0] === table[0] && key[1] === table[1];
}
