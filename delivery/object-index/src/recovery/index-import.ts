// Fills an empty index from an exported one (ADR 73), from the newest file of the export to the oldest: the first entry of a key is the
// one that counts, so what is there at any time is as it will be in the end. A mark in the store says that an import is under way;
// one that was interrupted starts over with an empty index.
import { concatBytes, utf8 } from '@cess/primitives';
import type { Kv, KvOperation } from '@cess/store';
import { exportStateKey } from '../export-table.js';
import * as keys from '../keys.js';
import { fileRecord } from '../records.js';

export interface ImportedEntry {
  readonly key: Uint8Array;
  /** Undefined: deleted. */
  readonly value: Uint8Array | undefined;
}

/** A file of the export that is on the chain. */
export interface AdoptedFile {
  readonly fileId: Uint8Array;
  readonly territory: string;
  readonly orderId: Uint8Array;
  readonly storedBytes: number;
}

const adoptedFile = {
  streamId: new Uint8Array(0),
  keyWraps: [],
  plaintextLength: 0,
  ciphertextLength: 0,
  // Nothing is read from it any more.
  segmentCount: 0,
  references: 1,
  state: 'declared' as const,
  createdAtMs: 0,
  within: undefined,
  pack: undefined,
};

const markKey = utf8('\0cess-index-import');
/** Keys of deleted entries, so that older files do not bring them back. */
const deletedTable = utf8('z/');
const operationsPerWrite = 2_000;

/** Whether an import into this store was begun and has not ended. */
export function isImporting(kv: Kv): boolean {
  return kv.has(markKey);
}

export class IndexImport {
  #entries = 0;

  private constructor(private readonly kv: Kv) {}

  /** Marks the store and removes what an interrupted import left. The store holds nothing else. */
  static async begin(kv: Kv): Promise<IndexImport> {
    await kv.write([{ type: 'put', key: markKey, value: new Uint8Array(0) }], { durable: true });
    await removeAll(kv, { gte: utf8('a') });
    return new IndexImport(kv);
  }

  /** Entries of the index so far. */
  get entries(): number {
    return this.#entries;
  }

  /** Adds the entries of a file of the export; call it with the newest file first. */
  async add(entries: readonly ImportedEntry[]): Promise<void> {
    let operations: KvOperation[] = [];
    for (const { key, value } of entries) {
      const deleted = concatBytes(deletedTable, key);
      if (this.kv.has(key) || this.kv.has(deleted)) continue;
      if (value === undefined) operations.push({ type: 'put', key: deleted, value: new Uint8Array(0) });
      else {
        operations.push({ type: 'put', key, value });
        this.#entries++;
      }
      if (operations.length < operationsPerWrite) continue;
      await this.kv.write(operations);
      operations = [];
    }
    if (operations.length > 0) await this.kv.write(operations);
  }

  /** Enters files of the export itself, with the state of the export that releases them. Call before `end`. */
  async adopt(owner: Uint8Array, state: Uint8Array, files: readonly AdoptedFile[]): Promise<void> {
    const operations = files.map(({ fileId, ...file }): KvOperation => {
      const record = { ...adoptedFile, ...file, owner };
      return { type: 'put', key: keys.fileKey(fileId), value: fileRecord.encode(record) };
    });
    await this.kv.write([...operations, { type: 'put', key: exportStateKey(owner), value: state }]);
  }

  /** All files were added. */
  async complete(): Promise<void> {
    await removeAll(this.kv, keys.rangeOf(deletedTable));
  }

  /** The index is whole: a gateway may start over it. */
  async end(): Promise<void> {
    await this.kv.write([{ type: 'delete', key: markKey }], { durable: true });
  }
}

async function removeAll(kv: Kv, range: { readonly gte: Uint8Array; readonly lt?: Uint8Array }): Promise<void> {
  for (;;) {
    const page = [...kv.entries({ ...range, limit: operationsPerWrite })];
    if (page.length === 0) return;
    await kv.write(page.map(([key]) => ({ type: 'delete', key })));
  }
}
