// Connections to the PostgreSQL server of an index. Every failure becomes one of three: a conflict, after which the transaction runs
// again; a server that cannot be used now (`INDEX_UNAVAILABLE`); a mistake of configuration (`INDEX_DATABASE_REJECTED`).
import { CessError, isCessError, type Logger, messageOf } from '@cess/primitives';
import pg from 'pg';

export interface DatabaseConfig {
  /** `postgres://user@host:port/database`; options of libpq as parameters. */
  readonly url: string;
  /** None: from the URL, or the server asks for none. */
  readonly password?: string | undefined;
  /** Connections for reads; there are four more for everything else. Default 16. */
  readonly maxConnections?: number | undefined;
}

export interface Statement {
  /** Prepared once per connection. */
  readonly name: string;
  readonly text: string;
}

/** A connection with an open transaction. */
export interface Session {
  run<Row extends object>(statement: Statement, values: readonly unknown[]): Promise<readonly Row[]>;
  /** Statements without parameters; the rows of the last one. */
  script<Row extends object>(text: string): Promise<readonly Row[]>;
}

const connectTimeoutMs = 3_000;
/** Of one statement at the server, and of the wait for a lock. */
const statementTimeoutMs = 8_000;
const lockTimeoutMs = 4_000;
/** A gateway that stalls in the middle of a transaction does not keep its locks longer. */
const idleInTransactionMs = 4_000;
/** Until an answer that does not come counts as a lost connection. */
const answerTimeoutMs = 9_000;
const defaultMaxConnections = 16;
const writeConnections = 4;

/** Two transactions touched the same records: one of them runs again. */
const conflictStates: ReadonlySet<string> = new Set(['40001', '40P01']);
/** Name or password is wrong, the database or a right is missing. */
const rejectedStates = /^(28...|3D000|3F000|42501)$/;
/** The server ended the statement, the session or itself, is out of resources, or is a replica. */
const unavailableStates = /^(08...|53...|57...|58...|25006|25P03|55P03|XX...)$/;

export class Database {
  /** Apart, so that many reads do not keep transactions and heartbeats waiting for a connection. */
  readonly #reads: pg.Pool;
  readonly #writes: pg.Pool;

  constructor(config: DatabaseConfig, logger: Logger) {
    const pool = (max: number) => {
      const created = new pg.Pool({ ...settingsOf(config), max });
      created.on('error', (error) => {
        logger.debug({ cause: messageOf(error) }, 'a connection to the database of the index was lost');
      });
      return created;
    };
    this.#reads = pool(config.maxConnections ?? defaultMaxConnections);
    this.#writes = pool(writeConnections);
  }

  /** One read in a transaction of its own. */
  run<Row extends object>(statement: Statement, values: readonly unknown[]): Promise<readonly Row[]> {
    return runOn(this.#reads, statement, values);
  }

  /** One statement in a transaction of its own. */
  change<Row extends object>(statement: Statement, values: readonly unknown[]): Promise<readonly Row[]> {
    return runOn(this.#writes, statement, values);
  }

  /** Gives a connection to `work`. A connection that met an error other than a conflict is closed, which ends its transaction. */
  session<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return sessionOn(this.#writes, work);
  }

  /** The same for reads. */
  snapshot<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return sessionOn(this.#reads, work);
  }

  async close(): Promise<void> {
    await Promise.all([this.#reads.end(), this.#writes.end()]);
  }
}

function settingsOf({ url, password }: DatabaseConfig): pg.PoolConfig {
  return {
    connectionString: url,
    ...(password === undefined ? {} : { password }),
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: 60_000,
    query_timeout: answerTimeoutMs,
    statement_timeout: statementTimeoutMs,
    lock_timeout: lockTimeoutMs,
    idle_in_transaction_session_timeout: idleInTransactionMs,
    keepAlive: true,
    application_name: 'cess-gateway',
    // A scan of the table would lock all of it against concurrent transactions, and the planner prefers it while the table is small.
    options: '-c enable_seqscan=off -c synchronous_commit=on',
  };
}

async function runOn<Row extends object>(
  to: Pick<pg.Pool | pg.PoolClient, 'query'>,
  statement: Statement,
  values: readonly unknown[],
): Promise<readonly Row[]> {
  try {
    const { rows } = await to.query<Row>({ ...statement, values: [...values] });
    return rows;
  } catch (error) {
    throw databaseError(error);
  }
}

async function sessionOn<T>(pool: pg.Pool, work: (session: Session) => Promise<T>): Promise<T> {
  let client: pg.PoolClient;
  try {
    client = await pool.connect();
  } catch (error) {
    throw databaseError(error);
  }
  // The statement under way reports the loss.
  const onLost = () => {};
  client.on('error', onLost);
  let isBroken = true;
  try {
    const result = await work(sessionOf(client));
    isBroken = false;
    return result;
  } catch (error) {
    if (isConflict(error)) isBroken = !(await hasRolledBack(client));
    throw error;
  } finally {
    client.off('error', onLost);
    client.release(isBroken);
  }
}

function sessionOf(client: pg.PoolClient): Session {
  return {
    run: (statement, values) => runOn(client, statement, values),
    async script<Row extends object>(text: string): Promise<readonly Row[]> {
      try {
        const results: pg.QueryResult<Row> | pg.QueryResult<Row>[] = await client.query<Row>(text);
        return (Array.isArray(results) ? results.at(-1) : results)?.rows ?? [];
      } catch (error) {
        throw databaseError(error);
      }
    },
  };
}

async function hasRolledBack(client: pg.PoolClient): Promise<boolean> {
  try {
    await client.query('ROLLBACK');
    return true;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

/** Whether the transaction may succeed when it runs again. */
export function isConflict(error: unknown): boolean {
  return isCessError(error, 'INDEX_CONFLICT');
}

function databaseError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const cause = error;
  if (!(error instanceof pg.DatabaseError)) return unavailable(error.message, cause);
  const { code = '', message } = error;
  if (conflictStates.has(code)) return new CessError('INDEX_CONFLICT', message, {}, { cause });
  if (rejectedStates.test(code))
    return new CessError(
      'INDEX_DATABASE_REJECTED',
      `The database of the index rejects the gateway: ${message}. Correct "index.postgres" or the rights of its user.`,
      {},
      { cause },
    );
  return unavailableStates.test(code) ? unavailable(message, cause) : error;
}

function unavailable(reason: string, cause: unknown): CessError {
  return new CessError('INDEX_UNAVAILABLE', `The database of the index cannot be used now: ${reason}.`, {}, { cause });
}
