// Serial transactions over LMDB with group commit: each transaction is a function over a view of the index that already shows the
// transactions before it; all that wait together are written in one durable batch. So two requests
// never interleave, a precondition holds until its write, and many small writes share one disk synchronisation.
//
// Crash order: a transaction's promise resolves only after the batch that contains it is durable; a batch is atomic,
// so a crash loses whole unacknowledged transactions and nothing else.
import { CessError, createDeferred, type Deferred } from '@cess/primitives';
import type { Kv, KvOperation } from '@cess/store';
import type { IndexView, Portions } from './index-view.js';
import type { Journal } from './journal/journal.js';
import { type Change, StoreOverlay, toOperation } from './overlay.js';
import { inPortions, Turn } from './turns.js';

/** A transaction without numbers. Between two portions the event loop runs; no other transaction runs then. */
type LocalTransaction<T> = (view: IndexView) => T | Portions<T>;

interface Pending {
  readonly run: LocalTransaction<unknown>;
  readonly deferred: Deferred<unknown>;
}

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
  commit<T>(transaction: LocalTransaction<T>): Promise<T> {
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
          const value = await inPortions(run(new StoreOverlay(this.kv, changes, own)), turn);
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
