// Memory backend: for tests and for state that may vanish. Holds the whole contract but surviving the process.
import type { Kv, KvEntry, KvOperation, KvRange } from './kv.js';
import { assertKey, assertOperations, closedError } from './kv-checks.js';
import { SortedTable } from './sorted-table.js';

/** A store that lives as long as the object. */
export function createMemoryKv(): Kv {
  const table = new SortedTable();
  let closed = false;
  const open = (): SortedTable => {
    if (closed) throw closedError();
    return table;
  };
  return {
    get(key: Uint8Array): Uint8Array | undefined {
      assertKey(key);
      return open().get(key);
    },
    has(key: Uint8Array): boolean {
      assertKey(key);
      return open().get(key) !== undefined;
    },
    entries: (range?: KvRange): IterableIterator<KvEntry> => open().entries(range),
    async write(operations: readonly KvOperation[]): Promise<void> {
      assertOperations(operations);
      open().apply(operations);
    },
    async close(): Promise<void> {
      closed = true;
    },
  };
}
