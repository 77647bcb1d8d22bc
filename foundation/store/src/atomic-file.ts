// Small files that are replaced as a whole: keys, credentials, configurations, stamps.
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { mapStorageError } from './storage-error.js';

/**
 * Replaces a file so that readers and crashes find the old or the new content. Order: write and sync a temporary file, rename
 * it, sync the directory. Throws the codes of `mapStorageError`; if syncing the directory failed, either content may be there.
 */
export function writeFileAtomically(file: string, content: string, mode = 0o644): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, content, { mode, flush: true });
    renameSync(temporary, file);
    syncDirectory(dirname(file));
  } catch (thrown) {
    rmSync(temporary, { force: true });
    throw mapStorageError(thrown, file);
  }
}

function syncDirectory(directory: string): void {
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
