// Opening of LMDB environments. Every commit is synchronised before anybody sees it (ADR 52, "Unknown
// outcomes"): lmdb-js would show it first and synchronise it afterwards, so that a failed synchronisation could neither be
// taken back nor be repeated.
import { closeSync, existsSync, mkdirSync, openSync, readSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CessError, handledElsewhere, InvariantError, messageOf } from '@cess/primitives';
import { open, type RootDatabase } from 'lmdb';
import { mapStorageError } from './storage-error.js';

export type LmdbDatabase = RootDatabase<Uint8Array, Uint8Array>;

export interface LmdbOptions {
  /** Directory of the environment; created when missing. */
  readonly path: string;
  /** Initial address space. LMDB grows the map when needed, so this is only a hint. */
  readonly mapSizeBytes?: number;
  readonly readOnly?: boolean;
}

/** A disk with less free space counts as full. Commits add at most a few pages for each change. */
const leastFreeBytes = 8 * 1_048_576;

const bufferBytes = 104;

/** Two meta pages of the smallest page size. */
const leastFileBytes = 8192;
const metaMagicOffset = 24;
const metaMagic = 0xbeefc0de;

/** Throws `KV_PERMISSION`, `KV_DISK_FULL`, `KV_LOCKED`, `KV_CORRUPT` or `KV_IO`. */
export function openEnvironment(options: LmdbOptions): LmdbDatabase {
  const { path, mapSizeBytes, readOnly = false } = options;
  try {
    if (!readOnly) mkdirSync(path, { recursive: true });
    const file = join(path, 'data.mdb');
    if (!readOnly) for (const name of [file, join(path, 'lock.mdb')]) assertWritable(name);
    assertEnvironment(file);
    const format = { path, noSubdir: false, encoding: 'binary', keyEncoding: 'binary' } as const;
    // Earlier versions showed commits before they synchronised them. Only in that mode LMDB drops, after a power cut, what
    // they had not synchronised.
    if (!readOnly && existsSync(file)) handledElsewhere(open(format).close());
    return open<Uint8Array, Uint8Array>({
      ...format,
      overlappingSync: false,
      separateFlushed: true,
      // Every write is one batch. Batches of event turns would have a promise of their own that nobody can handle.
      eventTurnBatching: false,
      ...(mapSizeBytes ? { mapSize: mapSizeBytes } : {}),
      ...(readOnly ? { readOnly: true } : {}),
    });
  } catch (thrown) {
    throw mapStorageError(thrown, path);
  }
}

/** lmdb-js dies if it cannot open one of its files. */
function assertWritable(file: string): void {
  if (existsSync(file)) closeSync(openSync(file, 'r+'));
}

/** LMDB maps a file without looking at it and dies on a foreign one: the first meta page must begin as its own does. */
function assertEnvironment(file: string): void {
  if (!existsSync(file)) return;
  const size = statSync(file).size;
  if (size === 0) return;
  const magic = new Uint8Array(4);
  const descriptor = openSync(file, 'r');
  try {
    readSync(descriptor, magic, 0, magic.length, metaMagicOffset);
  } finally {
    closeSync(descriptor);
  }
  if (size >= leastFileBytes && new DataView(magic.buffer).getUint32(0, true) === metaMagic) return;
  throw new CessError('KV_CORRUPT', `${file} is not a database. Restore it from a backup or resynchronise.`, { file });
}

/** The coded error of a failed commit. lmdb-js puts the error of the system into a promise that rejects with it. */
export async function commitError(thrown: unknown, path: string): Promise<CessError> {
  let cause = thrown;
  if (thrown instanceof Error && 'commitError' in thrown) {
    const [{ status, ...outcome }] = await Promise.allSettled([thrown.commitError]);
    if (status === 'rejected' && 'reason' in outcome) cause = outcome.reason;
  }
  assertBufferHeld(cause);
  const error = mapStorageError(cause, path);
  // LMDB reports a write that the disk takes in part only, as a full one does, as an input/output error.
  return error.code === 'KV_IO' && isFull(path) ? diskFull(path) : error;
}

/**
 * Throws `KV_DISK_FULL` before LMDB meets a full disk: reporting that may damage the memory of the process (see
 * `assertBufferHeld`).
 */
export function assertSpace(path: string): void {
  if (isFull(path)) throw diskFull(path);
}

function isFull(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize < leastFreeBytes;
  } catch (thrown) {
    throw mapStorageError(thrown, path);
  }
}

function diskFull(path: string): CessError {
  return mapStorageError(Object.assign(new Error('no space left'), { code: 'ENOSPC' }), path);
}

/**
 * lmdb-js 3.5 formats the error of a failed write of pages into 100 bytes of memory, whatever its length (mdb_page_flush). The
 * allocator grants 104. After a longer text the memory of the process is damaged, so it must end.
 */
function assertBufferHeld(cause: unknown): void {
  const [, text] = /(Attempting to write page at .*)$/.exec(messageOf(cause)) ?? [];
  if (text === undefined || text.length < bufferBytes) return;
  setImmediate(() => {
    throw new InvariantError(`the database library damaged the memory of the process at a failed write: ${text}`);
  });
}
