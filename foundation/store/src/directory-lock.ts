// One process per data directory, or per file. The lock file names the process by id and start time, so that a lock left behind
// by kill -9 is recognised as stale even when the id was given to another process.
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CessError } from '@cess/primitives';
import { mapStorageError } from './storage-error.js';

export interface DirectoryLock {
  /** Gives the directory or file up. Idempotent. */
  release(): void;
}

/** Takes `directory` for this process. Throws `KV_LOCKED` while another holder lives. Creates the directory. */
export function lockDirectory(directory: string): DirectoryLock {
  return lock(directory, directory, 'LOCK');
}

/** The same for a file, by `<file>.lock` beside it. The file need not exist. */
export function lockFile(file: string): DirectoryLock {
  return lock(file, dirname(file), `${basename(file)}.lock`);
}

function lock(subject: string, directory: string, name: string): DirectoryLock {
  const path = join(directory, name);
  const mine = `${process.pid} ${startTimeOf(process.pid) ?? '-'}`;
  const candidate = join(directory, `${name}.${process.pid}.${Math.random().toString(36).slice(2)}`);
  try {
    mkdirSync(directory, { recursive: true });
    writeFileSync(candidate, mine);
    for (let attempt = 0; attempt < 3; attempt++) {
      if (tryLink(candidate, path)) return createHandle(path);
      const holder = tryRead(path);
      if (holder !== undefined && isAlive(holder)) {
        throw new CessError('KV_LOCKED', `${subject} is in use by process ${holder.split(' ')[0]}. Stop it first.`);
      }
      rmSync(path, { force: true });
    }
    throw new CessError('KV_LOCKED', `${subject} is being taken by another process.`);
  } catch (thrown) {
    throw mapStorageError(thrown, subject);
  } finally {
    rmSync(candidate, { force: true });
  }
}

function createHandle(path: string): DirectoryLock {
  let held = true;
  return {
    release: () => {
      if (held) rmSync(path, { force: true });
      held = false;
    },
  };
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST') return false;
    throw thrown;
  }
}

function tryRead(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function isAlive(holder: string): boolean {
  const [idText, startedAt] = holder.split(' ');
  const id = Number(idText);
  if (!Number.isSafeInteger(id) || id <= 0) return false;
  try {
    process.kill(id, 0);
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ESRCH') return false;
  }
  const current = startTimeOf(id);
  return current === undefined || startedAt === '-' || current === startedAt;
}

/** Start time of a process in clock ticks after boot; undefined where /proc does not exist. */
function startTimeOf(id: number): string | undefined {
  const text = tryRead(`/proc/${id}/stat`);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19];
}
