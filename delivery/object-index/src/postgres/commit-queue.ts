// Transactions that wait for the database, and what becomes of a batch of them that fails:
//  - A conflict with another gateway: it runs again after a pause, first whole and then in halves.
//  - The connection was lost before the commit was sent: nothing took effect, and it runs again.
//  - The connection was lost after that: the number of the batch, which it wrote, tells whether it took effect. The reading of it waits for
//    the end of the transaction at the server, because that holds a lock on the number.
//  - The database is away for too long: the transactions are rejected, and whoever asked may ask again.
import {
  CessError,
  type Counter,
  createDeferred,
  isCessError,
  type Logger,
  type Metrics,
  messageOf,
  type Rng,
  type Timers,
} from '@cess/primitives';
import type { Fence, Transaction } from '../index-backend.js';
import { type PendingCommit, type PreparedBatch, prepareBatch } from './batch.js';
import { type Database, isConflict } from './database.js';

export interface CommitQueueInit {
  readonly database: Pick<Database, 'session' | 'change'>;
  readonly member: string;
  readonly timers: Timers;
  readonly rng: Rng;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Most transactions that may wait. */
const maxPending = 10_000;
const maxBatch = 512;
/** Runs of a batch that conflicts. */
const maxConflicts = 40;
const mostBackOffMs = 200;
/** Runs of a batch whose commit did not take effect. */
const maxLost = 5;
/** How long transactions wait for a database that is away. */
const patienceMs = 8_000;
const retryMs = 100;

const lastBatch = {
  name: 'last-batch',
  text: 'SELECT batch::float8 AS n FROM cess_commits WHERE member = $1 FOR UPDATE',
};

/** Or the answer to the commit was lost. */
type Attempt = 'done' | { readonly prepared: PreparedBatch; readonly error: unknown };

export function declareDatabaseMetrics(metrics: Metrics): {
  readonly conflicts: Counter;
  readonly lost: Counter<'outcome'>;
} {
  return {
    conflicts: metrics.counter({
      name: 'cess_gateway_index_conflicts_total',
      help: 'Runs of index transactions that conflicted with another gateway and were repeated',
    }),
    lost: metrics.counter({
      name: 'cess_gateway_index_lost_commits_total',
      help: 'Commits whose answer was lost with the connection to the database, by what became of them',
      labels: ['outcome'],
    }),
  };
}

export class CommitQueue {
  #queue: PendingCommit[] = [];
  #drain: Promise<void> | undefined;
  /** When the database stopped answering; undefined while it answers. */
  #awaySinceMs: number | undefined;
  readonly #conflicts: Counter;
  readonly #lost: Counter<'outcome'>;

  constructor(private readonly init: CommitQueueInit) {
    const { metrics } = init;
    const { conflicts, lost } = declareDatabaseMetrics(metrics);
    this.#conflicts = conflicts;
    this.#lost = lost;
  }

  commit<T>(transaction: Transaction<T>, fence: Fence | undefined): Promise<T> {
    if (this.#queue.length >= maxPending) {
      const message = 'Too many index updates are waiting for the database; try again later.';
      return Promise.reject(new CessError('INDEX_OVERLOADED', message));
    }
    const deferred = createDeferred<unknown>();
    this.#queue.push({ run: transaction, fence, deferred });
    this.#drain ??= this.#run();
    return deferred.promise as Promise<T>;
  }

  async drained(): Promise<void> {
    while (this.#drain !== undefined) await this.#drain;
  }

  async #run(): Promise<void> {
    // Let transactions of the same turn join the first batch.
    await Promise.resolve();
    while (this.#queue.length > 0) await this.#settle(this.#queue.splice(0, maxBatch));
    this.#drain = undefined;
  }

  async #settle(all: readonly PendingCommit[]): Promise<void> {
    let batch = all;
    let conflicts = 0;
    let lost = 0;
    for (;;) {
      try {
        const attempt = await this.#attempt(batch);
        if (attempt !== 'done') {
          if (!(await this.#tookEffect(attempt.prepared, attempt.error))) {
            if (++lost === maxLost) throw attempt.error;
            continue;
          }
          attempt.prepared.settle();
        }
        this.#awaySinceMs = undefined;
        return;
      } catch (error) {
        if (isConflict(error) && ++conflicts < maxConflicts) {
          this.#awaySinceMs = undefined;
          this.#conflicts.add(1);
          if (conflicts > 1) batch = this.#halved(batch);
          await this.#pause(conflicts);
        } else if (isCessError(error, 'INDEX_UNAVAILABLE') && this.#isPatient()) {
          await this.init.timers.sleep(retryMs);
        } else {
          this.#reject(batch, error);
          return;
        }
      }
    }
  }

  /** Leaves the second half to a later batch: fewer records, fewer conflicts. */
  #halved(batch: readonly PendingCommit[]): readonly PendingCommit[] {
    const half = Math.ceil(batch.length / 2);
    this.#queue = [...batch.slice(half), ...this.#queue];
    return batch.slice(0, half);
  }

  async #attempt(batch: readonly PendingCommit[]): Promise<Attempt> {
    const { database, member } = this.init;
    let prepared: PreparedBatch | undefined;
    let blocks = 1;
    try {
      return await database.session(async (session): Promise<Attempt> => {
        for (;;) {
          const outcome = await prepareBatch(session, member, batch, blocks);
          if ('neededBlocks' in outcome) {
            blocks = outcome.neededBlocks + 1;
            await session.script('ROLLBACK');
            continue;
          }
          prepared = outcome;
          await session.script('COMMIT');
          outcome.settle();
          return 'done';
        }
      });
    } catch (error) {
      if (prepared === undefined || !isCessError(error, 'INDEX_UNAVAILABLE')) throw error;
      return { prepared, error };
    }
  }

  /** Throws `INDEX_OUTCOME_UNKNOWN` when the database does not come back in time. */
  async #tookEffect({ number }: PreparedBatch, cause: unknown): Promise<boolean> {
    const { database, member, timers, logger } = this.init;
    const untilMs = timers.nowMs() + patienceMs;
    for (;;) {
      try {
        const [row] = await database.change<{ n: number }>(lastBatch, [member]);
        const hasTakenEffect = row?.n === number;
        this.#lost.add(1, { outcome: hasTakenEffect ? 'committed' : 'aborted' });
        return hasTakenEffect;
      } catch (error) {
        if (!isCessError(error, 'INDEX_UNAVAILABLE', 'INDEX_CONFLICT') || timers.nowMs() >= untilMs) {
          this.#lost.add(1, { outcome: 'unknown' });
          logger.warn({ cause: messageOf(error) }, 'the outcome of a commit to the index is unknown');
          const message = 'The connection to the database was lost during a commit; read again before you act on it.';
          throw new CessError('INDEX_OUTCOME_UNKNOWN', message, {}, { cause });
        }
        await timers.sleep(retryMs);
      }
    }
  }

  #isPatient(): boolean {
    const nowMs = this.init.timers.nowMs();
    this.#awaySinceMs ??= nowMs;
    return nowMs - this.#awaySinceMs < patienceMs;
  }

  async #pause(conflicts: number): Promise<void> {
    const { rng, timers } = this.init;
    const [random = 0] = rng.bytes(1);
    const mostMs = Math.min(mostBackOffMs, 2 ** Math.min(conflicts, 10));
    await timers.sleep((mostMs * random) / 255);
  }

  #reject(batch: readonly PendingCommit[], error: unknown): void {
    for (const { deferred } of batch) deferred.reject(error);
  }
}
