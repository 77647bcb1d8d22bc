// How the index reads and writes its tables (ADR 54). A body is a generator function that reads with `yield*`. LMDB answers a
// read at once; a view over a server would yield the read and continue when the answer is there, with the same bodies. A body
// also yields between small portions of its work, so that the event loop runs.
import type { Kv, KvEntry, KvRange } from '@cess/store';

/** Work in small portions. */
export type Portions<T = void> = Generator<undefined, T, undefined>;

/** A part of a table, ascending, that is read as a whole: nothing stays open while a body pauses. */
export interface PageRange extends Omit<KvRange, 'reverse' | 'limit'> {
  readonly limit: number;
}

/** A read, for `yield*`. */
export type Read<T> = Iterable<undefined, T, undefined>;

export interface ReadView {
  get(key: Uint8Array): Read<Uint8Array | undefined>;
  page(range: PageRange): Read<readonly KvEntry[]>;
}

/** Reads and writes inside one transaction. Reads see the writes of the transaction. */
export interface IndexView extends ReadView {
  put(key: Uint8Array, value: Uint8Array): void;
  delete(key: Uint8Array): void;
}

/** Runs a body that only reads, over one state of the index. */
export function readFrom<T>(kv: Kv, body: (view: ReadView) => Portions<T>): T {
  const running = body(viewOf(kv));
  for (;;) {
    const { done, value } = running.next();
    if (done) return value;
  }
}

/** A body that reads one key. */
export function* readKey(view: ReadView, key: Uint8Array): Portions<Uint8Array | undefined> {
  return yield* view.get(key);
}

/** A read whose answer is there. */
export function answered<T>(value: T): Read<T> {
  return new Answer(value);
}

/** One object for each read: there are several reads in every request. */
class Answer<T> implements Iterator<undefined, T, undefined> {
  readonly done = true;

  constructor(readonly value: T) {}

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorReturnResult<T> {
    return this;
  }
}

function viewOf(kv: Kv): ReadView {
  return {
    get: (key) => answered(kv.get(key)),
    page: ({ limit, ...range }) => answered([...kv.entries({ ...range, limit })]),
  };
}
