// Runs a batch of transactions in one transaction of the database, up to its commit.
import { CessError, type Deferred, present } from '@cess/primitives';
import type { Fence, Transaction } from '../index-backend.js';
import { type Change, ViewOverlay } from '../overlay.js';
import { isGenerator, Turn } from '../turns.js';
import { BatchNumbers } from './batch-numbers.js';
import type { Session } from './database.js';
import { PendingReads } from './pending-reads.js';

export interface PendingCommit {
  readonly run: Transaction<unknown>;
  readonly fence: Fence | undefined;
  readonly deferred: Deferred<unknown>;
}

/** A batch that only has to be committed. */
export interface PreparedBatch {
  /** Greater than those of earlier batches. */
  readonly number: number;
  /** Answers those who wait. Call it once the batch is durable. */
  settle(): void;
}

/** The transactions took more numbers than there were: they run again with as many blocks. */
interface NumbersMissing {
  readonly neededBlocks: number;
}

const accountPrefix = Buffer.from('iam/').toString('hex');
const begin = (blocks: number) =>
  `BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT nextval('cess_batches')::float8 AS n FROM generate_series(1, ${blocks})`;
const holdLease = {
  name: 'hold-lease',
  text: 'SELECT 1 AS held FROM cess_leases WHERE lease = $1 AND token = $2 FOR KEY SHARE',
};
const write = {
  name: 'write',
  text: `WITH removed AS (DELETE FROM cess_index WHERE k = ANY($3::bytea[])),
  kept AS (
    INSERT INTO cess_index (k, v) SELECT * FROM unnest($4::bytea[], $5::bytea[])
    ON CONFLICT (k) DO UPDATE SET v = excluded.v
  ),
  accounts AS (UPDATE cess_account_changes SET batch = $2 WHERE $6)
  UPDATE cess_commits SET batch = $2 WHERE member = $1`,
};

/** Leaves the transaction of the session open. */
export async function prepareBatch(
  session: Session,
  member: string,
  batch: readonly PendingCommit[],
  blocks = 1,
): Promise<PreparedBatch | NumbersMissing> {
  const rows = await session.script<{ n: number }>(begin(blocks));
  const reads = new PendingReads();
  const numbers = new BatchNumbers(
    rows.map(({ n }) => n),
    reads,
  );
  const changes = new Map<string, Change>();
  const outcomes: (() => void)[] = [];
  const turn = new Turn();
  for (const { run, fence, deferred } of batch) {
    if (turn.isOver) await turn.next();
    const own = new Map<string, Change>();
    try {
      if (fence !== undefined) await assertHeld(session, fence);
      const view = new ViewOverlay(reads, changes, own);
      const value = await runOne(run(view, numbers), { reads, session, turn });
      for (const [name, change] of own) changes.set(name, change);
      outcomes.push(() => deferred.resolve(value));
    } catch (error) {
      if (error instanceof SessionFailure) throw error.cause;
      // A rejection may depend on an earlier change of this batch, so it is reported only when that is durable.
      outcomes.push(() => deferred.reject(error));
    }
  }
  if (numbers.isExhausted) return { neededBlocks: numbers.neededBlocks };
  const number = present(rows[0], 'a block of numbers').n;
  if (changes.size > 0) await writeChanges(session, { member, number, changes });
  return {
    number,
    settle: () => {
      for (const settle of outcomes) settle();
    },
  };
}

/** A failure of the session, and not of the transaction that met it. */
class SessionFailure extends Error {}

/** Runs a body that pauses for its reads. */
export async function runOne(
  outcome: unknown,
  { reads, session, turn }: { readonly reads: PendingReads; readonly session: Session; readonly turn: Turn },
): Promise<unknown> {
  if (!isGenerator(outcome)) return outcome;
  for (;;) {
    const { done, value } = outcome.next();
    if (done) return value;
    if (reads.statements > 0) await onSession(() => reads.fetch(session));
    else if (turn.isOver) await turn.next();
  }
}

async function assertHeld(session: Session, fence: Fence): Promise<void> {
  const { lease, token } = fence.token();
  const held = await onSession(() => session.run(holdLease, [lease, token]));
  if (held.length === 0)
    throw new CessError('GATEWAY_LEASE_LOST', `Another gateway has taken over the lease "${lease}".`);
}

async function onSession<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new SessionFailure('the session failed', { cause });
  }
}

/** In the order of keys: two batches that write the same records wait for each other instead of being deadlocked. */
async function writeChanges(
  session: Session,
  { member, number, changes }: { member: string; number: number; changes: ReadonlyMap<string, Change> },
): Promise<void> {
  const sorted = [...changes].sort(([a], [b]) => (a < b ? -1 : 1));
  const removed: Buffer[] = [];
  const [keys, values]: [Buffer[], Buffer[]] = [[], []];
  for (const [, { key, value }] of sorted) {
    if (value === undefined) removed.push(Buffer.from(key));
    else {
      keys.push(Buffer.from(key));
      values.push(Buffer.from(value));
    }
  }
  const changesAccounts = sorted.some(([name]) => name.startsWith(accountPrefix));
  await session.run(write, [member, number, removed, keys, values, changesAccounts]);
}
