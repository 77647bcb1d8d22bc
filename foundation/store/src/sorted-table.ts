// Sorted key-value table in memory: the model behind the memory and the faulty backend.
// Invariant: `#rows` is strictly ascending by key; rows are never mutated, so a snapshot is a shared array.
import { compareBytes, elementAt } from '@cess/primitives';
import type { KvEntry, KvOperation, KvRange } from './kv.js';

export class SortedTable {
  #rows: KvEntry[];
  #shared = false;

  constructor(rows: KvEntry[] = []) {
    this.#rows = rows;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const at = lowerBound(this.#rows, key);
    const row = this.#rows[at];
    return row && compareBytes(row[0], key) === 0 ? row[1].slice() : undefined;
  }

  apply(operations: readonly KvOperation[]): void {
    if (this.#shared) {
      this.#rows = this.#rows.slice();
      this.#shared = false;
    }
    for (const operation of operations) {
      const at = lowerBound(this.#rows, operation.key);
      const row = this.#rows[at];
      const found = row !== undefined && compareBytes(row[0], operation.key) === 0;
      if (operation.type === 'put') {
        this.#rows.splice(at, found ? 1 : 0, [operation.key.slice(), operation.value.slice()]);
      } else if (found) {
        this.#rows.splice(at, 1);
      }
    }
  }

  /** A second table with the same content; neither sees the other's later changes. */
  fork(): SortedTable {
    return new SortedTable(this.#rows.slice());
  }

  *entries(range: KvRange = {}): IterableIterator<KvEntry> {
    this.#shared = true;
    const rows = this.#rows;
    const from = range.gte ? lowerBound(rows, range.gte) : 0;
    const to = range.lt ? lowerBound(rows, range.lt) : rows.length;
    let left = range.limit ?? Number.POSITIVE_INFINITY;
    for (let i = 0; i < to - from && left > 0; i++, left--) {
      const [key, value] = elementAt(rows, range.reverse ? to - 1 - i : from + i);
      yield [key.slice(), value.slice()];
    }
  }
}

/** Index of the first row whose key is not below `key`. */
function lowerBound(rows: readonly KvEntry[], key: Uint8Array): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareBytes(elementAt(rows, middle)[0], key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
