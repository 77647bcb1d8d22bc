// The index in a PostgreSQL database that several gateways share (ADR 74). Transactions that wait together run one after the other in
// one transaction of the database, at the level SERIALIZABLE: group commit, as in the local store. When it conflicts with one of another
// gateway, all of them run again. A body that only reads needs one statement, or a snapshot if it reads more than once.
import { randomUUID } from 'node:crypto';
import { isCessError, type Logger, type Metrics, noMetrics, type Rng, type Timers } from '@cess/primitives';
import type { KvOperation } from '@cess/store';
import type { CommitOptions, IndexBackend, Transaction } from '../index-backend.js';
import type { Portions, ReadView } from '../index-view.js';
import { ordinalAt } from '../records.js';
import { Turn } from '../turns.js';
import { runOne } from './batch.js';
import { CommitQueue } from './commit-queue.js';
import { Database, type DatabaseConfig } from './database.js';
import { PendingReads } from './pending-reads.js';
import { openSchema } from './schema.js';

const addMember = { name: 'add-member', text: 'INSERT INTO cess_commits (member, batch) VALUES ($1, 0)' };

export interface PostgresInit extends DatabaseConfig {
  /** Genesis hash. */
  readonly network: Uint8Array;
  readonly timers: Timers;
  readonly rng: Rng;
  readonly logger: Logger;
  readonly metrics?: Metrics;
}

export class PostgresBackend implements IndexBackend {
  readonly #commits: CommitQueue;

  private constructor(
    /** For what belongs to the fleet and not to the index. */
    readonly database: Database,
    /** This process. */
    readonly member: string,
    { timers, rng, logger, metrics = noMetrics }: PostgresInit,
  ) {
    this.#commits = new CommitQueue({ database, member, timers, rng, logger, metrics });
  }

  /**
   * Connects, and creates the tables in an empty database. Throws `INDEX_UNAVAILABLE`, `INDEX_DATABASE_REJECTED`, `KV_FORMAT_NEWER`,
   * `KV_FORMAT_OLDER` and `KV_NETWORK_MISMATCH`.
   */
  static async open(init: PostgresInit): Promise<PostgresBackend> {
    const database = new Database(init, init.logger);
    const member = randomUUID();
    try {
      await openSchema(database, init.network);
      // There from the first commit on: a lost commit is found out by its lock.
      await database.change(addMember, [member]);
    } catch (error) {
      await database.close();
      throw error;
    }
    return new PostgresBackend(database, member, init);
  }

  /** Once more if the connection was lost: it may have been idle for long. */
  async read<T>(body: (view: ReadView) => Portions<T>): Promise<T> {
    try {
      return await this.#read(body);
    } catch (error) {
      if (!isCessError(error, 'INDEX_UNAVAILABLE')) throw error;
      return this.#read(body);
    }
  }

  async #read<T>(body: (view: ReadView) => Portions<T>): Promise<T> {
    const reads = new PendingReads();
    const running = body(reads);
    let step = running.next();
    while (step.done !== true && reads.statements === 0) step = running.next();
    if (step.done === true) return step.value;
    if (reads.statements > 1) return this.#readSnapshot(body);
    await reads.fetch(this.database);
    do step = running.next();
    while (step.done !== true && reads.statements === 0);
    // It reads more than once: everything has to be of one state.
    return step.done === true ? step.value : this.#readSnapshot(body);
  }

  #readSnapshot<T>(body: (view: ReadView) => Portions<T>): Promise<T> {
    return this.database.snapshot(async (session) => {
      await session.script('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      const reads = new PendingReads();
      const result = await runOne(body(reads), { reads, session, turn: new Turn() });
      await session.script('COMMIT');
      return result as T;
    });
  }

  commit<T>(transaction: Transaction<T>, { fence }: CommitOptions = {}): Promise<T> {
    return this.#commits.commit(transaction, fence);
  }

  /** Durable in any case. */
  write(operations: readonly KvOperation[]): Promise<void> {
    return this.#commits.commit((view) => {
      for (const operation of operations) {
        if (operation.type === 'put') view.put(operation.key, operation.value);
        else view.delete(operation.key);
      }
    }, undefined);
  }

  nextMessage(nowMs: number): bigint {
    return ordinalAt(nowMs);
  }

  /** Waits for pending transactions. */
  async close(): Promise<void> {
    await this.#commits.drained();
    await this.database.close();
  }
}
