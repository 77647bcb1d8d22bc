// A block's changes over the state of its parent: the runtime's Externalities. Nested transactions are undo logs;
// iteration merges changes into the ordered keys of the trie and may continue while the state changes.
// Keys are held as Latin-1 strings, whose order is the order of bytes.
import { elementAt, prefixEnd } from '@cess/primitives';
import { orderedTrieRoot } from './ordered-root.js';
import { SortedKeys } from './sorted-keys.js';
import type { PreparedState, StateChanges } from './state-store.js';
import type { TrieRoot } from './trie-reader.js';

/** What the overlay needs of the state below it. */
export interface OverlayBase {
  get(root: TrieRoot, key: Uint8Array): Uint8Array | undefined;
  keys(root: TrieRoot, prefix: Uint8Array, startAfter?: Uint8Array, limit?: number): IterableIterator<Uint8Array>;
  prepare(root: TrieRoot, changes: StateChanges): PreparedState;
}

/** null: deleted. undefined in an undo log: not changed by this overlay. */
type Change = Uint8Array | null;

const maxCachedReads = 20_000;

export class OverlayState {
  readonly #base: OverlayBase;
  readonly #root: TrieRoot;
  readonly #changes = new Map<string, Change>();
  readonly #undo: [key: string, before: Change | undefined][][] = [];
  readonly #reads = new Map<string, Uint8Array | undefined>();
  /** Changed keys that have a value. */
  readonly #written = new SortedKeys();
  /**
   * Runs of keys of the trie that are all changed, by their first key, with their last one: iteration passes over a run in one
   * step, so that a queue whose head was removed many times is not read again from its start.
   */
  readonly #runs = new Map<string, string>();
  #prepared: PreparedState | undefined;

  constructor(base: OverlayBase, root: TrieRoot) {
    this.#base = base;
    this.#root = root;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const id = toLatin1(key);
    const change = this.#changes.get(id);
    if (change !== undefined) return change === null ? undefined : change.slice();
    if (!this.#reads.has(id)) {
      if (this.#reads.size >= maxCachedReads) this.#reads.clear();
      this.#reads.set(id, this.#base.get(this.#root, key));
    }
    return this.#reads.get(id)?.slice();
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.#change(key, value.slice());
  }

  delete(key: Uint8Array): void {
    this.#change(key, null);
  }

  *keys(prefix: Uint8Array, startAfter?: Uint8Array, limit = Number.POSITIVE_INFINITY): IterableIterator<Uint8Array> {
    const from = toLatin1(prefix);
    const end = prefixEnd(prefix);
    const to = end && toLatin1(end);
    let last = startAfter && toLatin1(startAfter);
    if (last !== undefined && last < from) last = undefined;
    let base = this.#base.keys(this.#root, prefix, startAfter);
    let baseKey = nextKey(base);
    for (let left = limit; left > 0; ) {
      while (baseKey !== undefined) {
        if (this.#changes.has(baseKey)) [base, baseKey] = this.#passRun(prefix, base, baseKey);
        else if (last !== undefined && baseKey <= last) baseKey = nextKey(base);
        else break;
      }
      const changed = this.#nextChanged(last, from, to);
      const next = changed !== undefined && (baseKey === undefined || changed < baseKey) ? changed : baseKey;
      if (next === undefined) return;
      last = next;
      left--;
      yield fromLatin1(next);
    }
  }

  beginTransaction(): void {
    this.#undo.push([]);
  }

  commitTransaction(): void {
    const log = this.#popLog();
    const outer = this.#undo.at(-1);
    if (outer) for (const entry of log) outer.push(entry);
  }

  rollbackTransaction(): void {
    const log = this.#popLog();
    for (let i = log.length - 1; i >= 0; i--) {
      const [key, before] = elementAt(log, i);
      if (before === undefined) this.#changes.delete(key);
      else this.#changes.set(key, before);
      this.#note(key, before);
    }
    if (log.length === 0) return;
    this.#prepared = undefined;
    this.#runs.clear();
  }

  storageRoot(): Uint8Array {
    return this.prepare().root.hash;
  }

  /** The new version of the state with all changes so far. */
  prepare(): PreparedState {
    this.#prepared ??= this.#base.prepare(this.#root, this.#entries());
    return this.#prepared;
  }

  /** What differs from the state below; undefined: deleted. */
  changes(): StateChanges {
    return this.#entries();
  }

  /** Trie root (version 0) over the extrinsics in order. */
  extrinsicsRoot(encodedExtrinsics: readonly Uint8Array[]): Uint8Array {
    return orderedTrieRoot(encodedExtrinsics, 0);
  }

  *#entries(): IterableIterator<readonly [Uint8Array, Uint8Array | undefined]> {
    for (const [key, change] of this.#changes) yield [fromLatin1(key), change ?? undefined];
  }

  #change(key: Uint8Array, change: Change): void {
    const id = toLatin1(key);
    const before = this.#changes.get(id);
    this.#undo.at(-1)?.push([id, before]);
    this.#changes.set(id, change);
    if (!before !== !change) this.#note(id, change);
    this.#prepared = undefined;
  }

  #note(key: string, change: Change | undefined): void {
    if (change) this.#written.add(key);
    else this.#written.remove(key);
  }

  /** Passes over the changed keys of the trie from `first` on; returns the iterator that goes on and the key that it is at. */
  #passRun(
    prefix: Uint8Array,
    from: IterableIterator<Uint8Array>,
    first: string,
  ): [base: IterableIterator<Uint8Array>, key: string | undefined] {
    let base = from;
    let end = first;
    let key: string | undefined = first;
    while (key !== undefined && this.#changes.has(key)) {
      end = this.#runs.get(key) ?? key;
      if (end !== key) base = this.#base.keys(this.#root, prefix, fromLatin1(end));
      key = nextKey(base);
    }
    if (end !== first) this.#runs.set(first, end);
    return [base, key];
  }

  #popLog(): [string, Change | undefined][] {
    const log = this.#undo.pop();
    if (!log) throw new RangeError('no open transaction');
    return log;
  }

  /** Smallest present changed key in [from, to) after `last`. */
  #nextChanged(last: string | undefined, from: string, to: string | undefined): string | undefined {
    const [key] = this.#written.from(last ?? from, { isExclusive: last !== undefined });
    return key === undefined || (to !== undefined && key >= to) ? undefined : key;
  }
}

function nextKey(keys: Iterator<Uint8Array>): string | undefined {
  const next = keys.next();
  return next.done ? undefined : toLatin1(next.value);
}

function toLatin1(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}

function fromLatin1(key: string): Uint8Array {
  return new Uint8Array(Buffer.from(key, 'latin1'));
}
