// The gateways of a fleet as the database of the index sees them, and the lease of what only one of them may do. The database has the
// clock: a lease expires there. Its token grows with every change of the holder, so that writes under an older token are rejected.
import type { Database } from './database.js';

/** What the database says to a sign of life. */
export interface Beat {
  /** Gateways that gave one lately, this one included. */
  readonly members: readonly string[];
  /** Grows with every change of accounts. */
  readonly accountChanges: number;
}

/** How long a gateway counts as a member after its last sign of life. */
const memberSeconds = 15;
/** A gateway without a sign of life for so long is forgotten. */
const forgottenAfter = '1 day';

const join = {
  name: 'join',
  text: `WITH old AS (DELETE FROM cess_members WHERE seen_at < clock_timestamp() - interval '${forgottenAfter}' RETURNING member),
  commits AS (DELETE FROM cess_commits WHERE member IN (SELECT member FROM old))
  INSERT INTO cess_members (member, name, started_at, seen_at) VALUES ($1, $2, clock_timestamp(), clock_timestamp())`,
};
const beat = {
  name: 'beat',
  text: `WITH seen AS (UPDATE cess_members SET seen_at = clock_timestamp() WHERE member = $1)
  SELECT
    (SELECT batch::float8 FROM cess_account_changes) AS changes,
    (SELECT coalesce(array_agg(member::text), '{}') FROM cess_members
      WHERE member = $1 OR seen_at > clock_timestamp() - $2 * interval '1 second') AS members`,
};
const renew = {
  name: 'renew',
  text: `UPDATE cess_leases SET expires_at = clock_timestamp() + $4 * interval '1 millisecond'
  WHERE lease = $1 AND member = $2 AND token = $3 RETURNING token::float8 AS token`,
};
const acquire = {
  name: 'acquire',
  text: `INSERT INTO cess_leases (lease, member, token, expires_at)
  VALUES ($1, $2, 1, clock_timestamp() + $3 * interval '1 millisecond')
  ON CONFLICT (lease) DO UPDATE
  SET member = excluded.member, token = cess_leases.token + 1, expires_at = excluded.expires_at
  WHERE cess_leases.expires_at < clock_timestamp()
  RETURNING token::float8 AS token`,
};
const leave = {
  name: 'leave',
  text: `WITH left_member AS (DELETE FROM cess_members WHERE member = $1)
  UPDATE cess_leases SET expires_at = clock_timestamp() - interval '1 second' WHERE member = $1`,
};

export class Membership {
  constructor(
    private readonly database: Database,
    readonly member: string,
  ) {}

  async join(name: string): Promise<void> {
    await this.database.change(join, [this.member, name]);
  }

  /** A sign of life. */
  async beat(): Promise<Beat> {
    const [row] = await this.database.change<{ changes: number; members: string[] }>(beat, [
      this.member,
      memberSeconds,
    ]);
    return { accountChanges: row?.changes ?? 0, members: row?.members ?? [] };
  }

  /** False: another gateway has the lease. */
  async renew(lease: string, token: number, ttlMs: number): Promise<boolean> {
    return (await this.database.change(renew, [lease, this.member, token, ttlMs])).length > 0;
  }

  /** The token of a lease that was free or expired; undefined while another gateway has it. */
  async acquire(lease: string, ttlMs: number): Promise<number | undefined> {
    const [row] = await this.database.change<{ token: number }>(acquire, [lease, this.member, ttlMs]);
    return row?.token;
  }

  /** Gives up all leases, so that another gateway need not wait for their end. */
  async leave(): Promise<void> {
    await this.database.change(leave, [this.member]);
  }
}
