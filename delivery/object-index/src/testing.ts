// @cess/object-index/testing: a PostgreSQL server of a test, from the binaries of Debian, on a free port of the loopback interface, in
// a folder that is removed.
// The server refuses to run as root, so it runs as the user `nobody` then.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '@cess/primitives/testing';
import pg from 'pg';

const run = promisify(execFile);
const installations = '/usr/lib/postgresql';
const nobody = 65_534;

export interface PostgresCluster {
  readonly port: number;
  /** Creates an empty database and gives its URL. */
  createDatabase(): Promise<string>;
  /** Runs a statement in a database. */
  query(url: string, sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** The server ends at once, as in a crash. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** The folder with the programs of the server; undefined where it is not installed. */
function postgresBinaries(): string | undefined {
  if (!existsSync(installations)) return undefined;
  const versions = readdirSync(installations).sort((a, b) => Number(b) - Number(a));
  return versions.map((version) => join(installations, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb')));
}

/** Why tests with a server are skipped; false where it is installed. */
export const skipWithoutPostgres: string | false =
  postgresBinaries() === undefined && 'PostgreSQL is not installed (Debian package postgresql)';

/** Settings that tests change, as `-c` options of the server. */
export async function startPostgres(settings: readonly string[] = []): Promise<PostgresCluster> {
  const bin = postgresBinaries();
  if (bin === undefined) throw new Error('PostgreSQL is not installed');
  const folder = mkdtempSync(join(tmpdir(), 'cess-postgres-'));
  const isRoot = process.getuid?.() === 0;
  const user = isRoot ? { uid: nobody, gid: nobody } : {};
  if (isRoot) chownSync(folder, nobody, nobody);
  const data = join(folder, 'data');
  const env = { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8' };
  const options = { ...user, env, cwd: folder };
  await run(join(bin, 'initdb'), ['-D', data, '-U', 'cess', '-A', 'trust', '-E', 'UTF8'], options);
  const port = await freePort();
  let server: ChildProcess | undefined;
  let databases = 0;
  const url = (name: string) => `postgres://cess@127.0.0.1:${port}/${name}`;
  const start = async () => {
    const network = ['-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='];
    const extra = settings.flatMap((setting) => ['-c', setting]);
    const arguments_ = ['-D', data, ...network, ...extra];
    const started = spawn(join(bin, 'postgres'), arguments_, { ...options, stdio: 'ignore' });
    server = started;
    await eventually(async () => {
      if (started.exitCode !== null) throw new Error(`the server ended with ${started.exitCode}`);
      return answers(url('postgres'));
    }, 'the server answers');
  };
  const end = async (signal: NodeJS.Signals) => {
    const ending = server;
    server = undefined;
    if (ending === undefined || ending.exitCode !== null) return;
    const ended = new Promise((resolve) => ending.once('exit', resolve));
    ending.kill(signal);
    await ended;
  };
  await start();
  return {
    port,
    async createDatabase() {
      const name = `test${++databases}`;
      await execute(url('postgres'), `CREATE DATABASE ${name}`);
      return url(name);
    },
    query: execute,
    // SIGQUIT ends all sessions without a checkpoint.
    kill: () => end('SIGQUIT'),
    start,
    async stop() {
      await end('SIGQUIT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Runs statements at a server. */
async function execute(url: string, sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql);
    return rows;
  } finally {
    await client.end();
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    await execute(url, 'SELECT 1');
    return true;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
