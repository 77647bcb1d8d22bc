// The tables of an index in PostgreSQL (ADR 74). The schema has a version of its own beside that of the records.
import { CessError, equalBytes, toHex } from '@cess/primitives';
import { indexFormatVersion } from '../index-format.js';
import type { Database, Session } from './database.js';

const schemaVersion = 1;
/** Serialises the creation of the tables. */
const creationLock = 0x63_65_73_73;

const tables = `
CREATE TABLE cess_schema (
  version integer NOT NULL,
  records integer NOT NULL,
  network bytea NOT NULL,
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row)
);
-- All tables of the index: the order of keys is the order of bytes.
CREATE TABLE cess_index (k bytea PRIMARY KEY, v bytea NOT NULL);
-- Every batch of transactions takes one number, from which its outbox entries and messages have theirs.
CREATE SEQUENCE cess_batches;
CREATE SEQUENCE cess_completions;
CREATE TABLE cess_members (
  member uuid PRIMARY KEY,
  name text NOT NULL,
  started_at timestamptz NOT NULL,
  seen_at timestamptz NOT NULL
);
-- The newest batch of each gateway: tells whether a commit took effect whose answer was lost.
CREATE TABLE cess_commits (member uuid PRIMARY KEY, batch bigint NOT NULL);
-- The token is part of a unique key, so that a change of the holder waits for transactions that hold it.
CREATE TABLE cess_leases (
  lease text PRIMARY KEY,
  member uuid NOT NULL,
  token bigint NOT NULL,
  expires_at timestamptz NOT NULL,
  UNIQUE (lease, token)
);
-- The newest batch that changed accounts.
CREATE TABLE cess_account_changes (only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row), batch bigint NOT NULL);
INSERT INTO cess_account_changes (batch) VALUES (0);
`;

interface SchemaRow {
  readonly version: number;
  readonly records: number;
  readonly network: Uint8Array;
}

/**
 * Creates the tables in an empty database. Throws `KV_FORMAT_NEWER`, `KV_FORMAT_OLDER` and `KV_NETWORK_MISMATCH` for tables of another
 * version or network.
 */
export function openSchema(database: Database, network: Uint8Array): Promise<void> {
  return database.session(async (session) => {
    await session.script(`BEGIN; SELECT pg_advisory_xact_lock(${creationLock})`);
    const [found] = await session.script<{ exists: boolean }>(
      "SELECT to_regclass('cess_schema') IS NOT NULL AS exists",
    );
    if (found?.exists === true) assertUsable(await readSchema(session), network);
    else {
      await session.script(tables);
      const create = 'INSERT INTO cess_schema (version, records, network) VALUES ($1, $2, $3)';
      await session.run({ name: 'create', text: create }, [schemaVersion, indexFormatVersion, Buffer.from(network)]);
    }
    await session.script('COMMIT');
  });
}

async function readSchema(session: Session): Promise<SchemaRow | undefined> {
  const [row] = await session.script<SchemaRow>('SELECT version, records, network FROM cess_schema');
  return row;
}

function assertUsable(row: SchemaRow | undefined, network: Uint8Array): void {
  if (row === undefined)
    throw new CessError('KV_CORRUPT', 'The database of the index has lost the version of its tables.');
  if (!equalBytes(row.network, network))
    throw new CessError(
      'KV_NETWORK_MISMATCH',
      'The database of the index belongs to another network (genesis). Use another database, or the chain specification it was made with.',
      { found: toHex(row.network), expected: toHex(network) },
    );
  assertVersion('schema', row.version, schemaVersion);
  assertVersion('records', row.records, indexFormatVersion);
}

function assertVersion(what: string, found: number, expected: number): void {
  if (found > expected)
    throw new CessError(
      'KV_FORMAT_NEWER',
      `A newer version wrote the database of the index (${what} ${found}, this program reads ${expected}). Update the program.`,
      { found, expected },
    );
  if (found < expected)
    throw new CessError(
      'KV_FORMAT_OLDER',
      `The database of the index has ${what} of version ${found}, which this program no longer reads.`,
    );
}
