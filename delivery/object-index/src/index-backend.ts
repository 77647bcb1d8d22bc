// Where the index lives (ADR 54, ADR 74): a store of this process (local-backend.ts) or a database server that several gateways
// share (postgres/). Both run the same bodies.
import type { KvOperation, KvWriteOptions } from '@cess/store';
import type { IndexView, Portions, Read, ReadView } from './index-view.js';

/** Numbers that transactions take. They grow and may have gaps. */
export interface Numbers {
  /** The next place in the outbox. */
  nextOutbox(): number;
  /** The sequence of the next message. It grows also when the clock goes back. */
  nextMessage(nowMs: number): bigint;
  /** The number of a completed upload: one more than that of the one before it, but for gaps of failed transactions. */
  nextCompletion(): Read<number>;
}

/**
 * A transaction: a function over the index, or a generator function that yields between small portions of its work. It may run
 * several times, so it has no effect but its writes and the numbers that it takes.
 */
export type Transaction<T> = (view: IndexView, numbers: Numbers) => T | Portions<T>;

/** A right that another gateway may take over. A transaction under a fence is rejected once the right is lost. */
export interface Fence {
  /** The lease, and the number of times that it has changed its holder. Throws `GATEWAY_LEASE_LOST` without it. */
  token(): { readonly lease: string; readonly token: number };
}

export interface CommitOptions {
  readonly fence?: Fence | undefined;
}

export interface IndexBackend {
  /** Runs a body that only reads, over one state that holds all that was acknowledged before the call. It may run twice. */
  read<T>(body: (view: ReadView) => Portions<T>): Promise<T>;
  /** Runs a transaction alone and resolves with its result once it is durable. What it throws undoes it whole. */
  commit<T>(transaction: Transaction<T>, options?: CommitOptions): Promise<T>;
  /** Writes that no decision depends on. Without `durable`, a crash may lose the newest of them. */
  write(operations: readonly KvOperation[], options?: KvWriteOptions): Promise<void>;
  /** The sequence of a message outside of all transactions. */
  nextMessage(nowMs: number): bigint;
}
