// Failures of disk and LMDB as coded errors that tell a person what to do next.
import { CessError, messageOf } from '@cess/primitives';

const lmdbMapFull = -30792;
const lmdbReadersFull = -30790;
const lmdbCorrupted = -30796;
const lmdbVersionMismatch = -30794;
const lmdbInvalid = -30793;

type StorageErrorCode = 'KV_DISK_FULL' | 'KV_PERMISSION' | 'KV_LOCKED' | 'KV_CORRUPT' | 'KV_IO';

/** A `CessError` for whatever a storage library threw; a `CessError` passes unchanged. */
export function mapStorageError(thrown: unknown, path: string): CessError {
  if (thrown instanceof CessError) return thrown;
  const code = codeOf(thrown);
  const text = messageOf(thrown);
  const make = (name: StorageErrorCode, message: string) =>
    new CessError(name, message, { path, reason: text }, { cause: thrown });
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 28 || code === 122 || code === lmdbMapFull) {
    return make('KV_DISK_FULL', `No space left for ${path}. Free disk space and start again; nothing stored is lost.`);
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 1 || code === 13 || code === 30) {
    return make('KV_PERMISSION', `No permission to write ${path}. Give this user read and write access to it.`);
  }
  if (code === 'EAGAIN' || code === 11 || code === lmdbReadersFull) {
    return make('KV_LOCKED', `${path} is in use by another process. Stop that process first.`);
  }
  if (code === lmdbCorrupted || code === lmdbVersionMismatch || code === lmdbInvalid) {
    return make('KV_CORRUPT', `${path} is not a readable database. Restore it from a backup or resynchronise.`);
  }
  return make('KV_IO', `Reading or writing ${path} failed: ${text}`);
}

/**
 * LMDB failed to write a meta page: the outcome of that commit is unknown, and the environment must be opened again.
 * lmdb-js reports it with the code of another error.
 */
export function isPanic(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.message.includes('MDB_PANIC');
}

function codeOf(thrown: unknown): string | number | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined;
  const { code } = thrown;
  return typeof code === 'string' || typeof code === 'number' ? code : undefined;
}
