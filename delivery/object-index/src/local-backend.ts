// The index in a store of this process, which no other process uses. Reads are answered at once, numbers are kept in memory.
import type { Kv, KvOperation, KvWriteOptions } from '@cess/store';
import { GroupCommit } from './group-commit.js';
import type { IndexBackend, Transaction } from './index-backend.js';
import { answered, type Portions, type ReadView, readFrom } from './index-view.js';
import type { Journal } from './journal/journal.js';
import * as keys from './keys.js';
import { messageSequenceKey, storedMessageSequence } from './message-keys.js';
import { ordinalAt } from './records.js';
import { ordinalValue } from './version-keys.js';

export class LocalBackend implements IndexBackend {
  readonly #commits: GroupCommit;
  #nextOutbox: number;
  #nextCompletion: number;
  #message: bigint;

  constructor(
    private readonly kv: Kv,
    journal?: Journal,
  ) {
    this.#commits = new GroupCommit(kv, journal);
    const [last] = kv.entries({ ...keys.rangeOf(keys.outboxPrefix), reverse: true, limit: 1 });
    this.#nextOutbox = last === undefined ? 1 : keys.sequenceOfKey(last[0]) + 1;
    const [newest] = kv.entries({ ...keys.rangeOf(keys.completionOrderPrefix), reverse: true, limit: 1 });
    this.#nextCompletion = newest === undefined ? 1 : keys.sequenceOfCompletionOrder(newest[0]) + 1;
    this.#message = storedMessageSequence(kv.get(messageSequenceKey));
  }

  async read<T>(body: (view: ReadView) => Portions<T>): Promise<T> {
    return readFrom(this.kv, body);
  }

  /** Nothing fences a process that has the index for itself. */
  commit<T>(transaction: Transaction<T>): Promise<T> {
    return this.#commits.commit((view) =>
      transaction(view, {
        nextOutbox: () => this.#nextOutbox++,
        nextMessage: (nowMs) => {
          const sequence = this.nextMessage(nowMs);
          view.put(messageSequenceKey, ordinalValue(sequence));
          return sequence;
        },
        nextCompletion: () => answered(this.#nextCompletion++),
      }),
    );
  }

  write(operations: readonly KvOperation[], options?: KvWriteOptions): Promise<void> {
    return this.kv.write(operations, options);
  }

  nextMessage(nowMs: number): bigint {
    const least = ordinalAt(nowMs);
    this.#message = this.#message < least ? least : this.#message + 1n;
    return this.#message;
  }
}
