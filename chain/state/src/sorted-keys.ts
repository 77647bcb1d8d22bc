// A set of keys in ascending order: chunks of bounded length. A change moves keys within one chunk only, so that callers may
// change and search in turn, however many keys there are.
import { elementAt } from '@cess/primitives';

const maxChunk = 512;

export class SortedKeys {
  /** No chunk is empty but the only one; all keys of a chunk are below those of the next. */
  readonly #chunks: string[][] = [[]];

  add(key: string): void {
    const at = this.#chunkOf(key);
    const chunk = elementAt(this.#chunks, at);
    const position = lowerBound(chunk, key);
    if (chunk[position] === key) return;
    chunk.splice(position, 0, key);
    if (chunk.length > maxChunk) this.#chunks.splice(at + 1, 0, chunk.splice(chunk.length >>> 1));
  }

  remove(key: string): void {
    const at = this.#chunkOf(key);
    const chunk = elementAt(this.#chunks, at);
    const position = lowerBound(chunk, key);
    if (chunk[position] !== key) return;
    chunk.splice(position, 1);
    if (chunk.length === 0 && this.#chunks.length > 1) this.#chunks.splice(at, 1);
  }

  /** The keys from `key` on, or those after it. */
  *from(key: string, { isExclusive = false } = {}): IterableIterator<string> {
    let at = this.#chunkOf(key);
    let position = lowerBound(elementAt(this.#chunks, at), key);
    if (isExclusive && this.#chunks[at]?.[position] === key) position++;
    for (; at < this.#chunks.length; at++) {
      const chunk = elementAt(this.#chunks, at);
      for (; position < chunk.length; position++) yield elementAt(chunk, position);
      position = 0;
    }
  }

  /** The chunk that holds the key or would hold it: the last one that begins at or below it. */
  #chunkOf(key: string): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      const [first] = elementAt(this.#chunks, middle);
      if (first !== undefined && first <= key) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** Index of the first key that is not below `key`. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (elementAt(keys, middle) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
