// Serial transactions over LMDB with group commit: each transaction is a function over a view of the index that already shows the
// transactions before it; all that wait together are written in one durable batch. So two requests
// never interleave, a precondition holds until its write, and many small writes share one disk synchronisation.
//
// Crash order: a transaction's promise resolves only after the batch that contains it is durable; a batch is atomic,
// so a crash loses whole unacknowledged transactions and nothing else.
import { CessError, compareBytes, createDeferred, type Deferred, elementAt, toHex } from '@cess/primitives';
import type { Kv, KvEntry, KvOperation } from '@cess/store';
import { answered, type IndexView, type PageRange, type Portions, type Read } from './index-view.js';
import type { Journal } from './journal/journal.js';

/**
 * A transaction: a function over the index, or a generator function that yields between small portions of its work. Between
 * two portions the event loop runs, so that a transaction over many records delays nobody. No other transaction runs then.
 */
export type Transaction<T> = (view: IndexView) => T | Portions<T>;

interface Pending {
  readonly run: Transaction<unknown>;
  readonly deferred: Deferred<unknown>;
}

interface Change {
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

/** Time after which transactions let the event loop run. */
const portionMs = 5;
/** Most transactions that may wait; beyond it the gateway is overloaded and says so. */
const maxPending = 10_000;

export class GroupCommit {
  readonly #queue: Pending[] = [];
  #draining = false;

  /** With a journal, each batch also writes what it changes there. */
  constructor(
    private readonly kv: Kv,
    private readonly journal?: Pick<Journal, 'record'>,
  ) {}

  /** Runs `transaction` alone and resolves with its result once it is durable. What it throws undoes it whole. */
  commit<T>(transaction: Transaction<T>): Promise<T> {
    if (this.#queue.length >= maxPending) {
      const message = 'Too many index updates are waiting for the disk; try again later.';
      return Promise.reject(new CessError('INDEX_OVERLOADED', message));
    }
    const deferred = createDeferred<unknown>();
    this.#queue.push({ run: transaction, deferred });
    if (!this.#draining) {
      this.#draining = true;
      void this.#drain();
    }
    return deferred.promise as Promise<T>;
  }

  async #drain(): Promise<void> {
    // Let transactions of the same turn join the first batch.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, 1024);
      const changes = new Map<string, Change>();
      const outcomes: { readonly deferred: Deferred<unknown>; readonly settle: () => void }[] = [];
      const turn = new Turn();
      for (const { run, deferred } of batch) {
        if (turn.isOver) await turn.next();
        const own = new Map<string, Change>();
        try {
          const value = await inPortions(run(new OverlayView(this.kv, changes, own)), turn);
          for (const [name, change] of own) changes.set(name, change);
          outcomes.push({ deferred, settle: () => deferred.resolve(value) });
        } catch (error) {
          // A rejection may depend on an earlier change of this batch, so it is reported only when that is durable.
          outcomes.push({ deferred, settle: () => deferred.reject(error) });
        }
      }
      try {
        if (changes.size > 0) await this.kv.write(this.#operations([...changes.values()]), { durable: true });
        for (const { settle } of outcomes) settle();
      } catch (error) {
        for (const { deferred } of outcomes) deferred.reject(error);
      }
    }
    this.#draining = false;
  }

  #operations(changes: readonly Change[]): KvOperation[] {
    return [...changes.map(toOperation), ...(this.journal?.record(changes) ?? [])];
  }
}

/** The time that one turn of the event loop gives to transactions. */
class Turn {
  #startedMs = performance.now();

  get isOver(): boolean {
    return performance.now() - this.#startedMs >= portionMs;
  }

  /** Lets the event loop run. */
  async next(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#startedMs = performance.now();
  }
}

async function inPortions(outcome: unknown, turn: Turn): Promise<unknown> {
  if (!isGenerator(outcome)) return outcome;
  for (;;) {
    const { done, value } = outcome.next();
    if (done) return value;
    if (turn.isOver) await turn.next();
  }
}

function isGenerator(value: unknown): value is Generator<undefined, unknown, undefined> {
  return Object.prototype.toString.call(value) === '[object Generator]';
}

function toOperation({ key, value }: Change): KvOperation {
  return value === undefined ? { type: 'delete', key } : { type: 'put', key, value };
}

/** The KV with the changes of the batch and, on top, those of the running transaction. */
class OverlayView implements IndexView {
  constructor(
    private readonly kv: Kv,
    private readonly earlier: ReadonlyMap<string, Change>,
    private readonly own: Map<string, Change>,
  ) {}

  get(key: Uint8Array): Read<Uint8Array | undefined> {
    const name = toHex(key);
    const change = this.own.get(name) ?? this.earlier.get(name);
    return answered(change === undefined ? this.kv.get(key) : change.value);
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.own.set(toHex(key), { key, value });
  }

  delete(key: Uint8Array): void {
    this.own.set(toHex(key), { key, value: undefined });
  }

  page(range: PageRange): Read<readonly KvEntry[]> {
    return answered([...this.#entries(range)]);
  }

  *#entries({ limit, ...range }: PageRange): IterableIterator<KvEntry> {
    const changed = [...new Map([...this.earlier, ...this.own]).values()]
      .filter(({ key }) => inRange(key, range))
      .sort((a, b) => compareBytes(a.key, b.key));
    let next = 0;
    let left = limit;
    for (const [key, value] of this.kv.entries(range)) {
      while (next < changed.length && compareBytes(elementAt(changed, next).key, key) < 0) {
        const change = elementAt(changed, next++);
        if (change.value !== undefined && left-- > 0) yield [change.key, change.value];
      }
      if (left <= 0) return;
      const change = changed[next];
      if (change !== undefined && compareBytes(change.key, key) === 0) {
        next++;
        if (change.value !== undefined && left-- > 0) yield [key, change.value];
      } else if (left-- > 0) yield [key, value];
      if (left <= 0) return;
    }
    for (; next < changed.length && left > 0; next++) {
      const change = elementAt(changed, next);
      if (change.value === undefined) continue;
      left--;
      yield [change.key, change.value];
    }
  }
}

function inRange(key: Uint8Array, { gte, lt }: Omit<PageRange, 'limit'>): boolean {
  return (gte === undefined || compareBytes(key, gte) >= 0) && (lt === undefined || compareBytes(key, lt) < 0);
}
