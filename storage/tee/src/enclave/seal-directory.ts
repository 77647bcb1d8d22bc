// The directory of the sealed files. A new file is written to a temporary name, synced, and linked to its final name, which
// fails if that exists. So only one of two processes creates it, and a crash leaves a complete file or none.
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { CessError } from '@cess/primitives';
import type { SealStore } from './sealed-state.js';

/** Throws `ENCLAVE_SEAL_EXPOSED` when others may read a file. */
export function openSealDirectory(dir: string): SealStore {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  // The link of an earlier attempt may be visible although syncing it failed. Keys are used only when a crash keeps them.
  syncDirectory(dir);
  for (const name of readdirSync(dir)) if (name.endsWith('.tmp')) rmSync(join(dir, name), { force: true });
  return {
    read: (name) => {
      const path = join(dir, name);
      const mode = statSync(path, { throwIfNoEntry: false })?.mode;
      if (mode === undefined) return undefined;
      if ((mode & 0o077) !== 0) {
        throw new CessError(
          'ENCLAVE_SEAL_EXPOSED',
          `Users other than its owner can read ${path}. Run: chmod 600 ${path}`,
        );
      }
      return new Uint8Array(readFileSync(path));
    },
    create: (name, bytes) => {
      const path = join(dir, name);
      const temporary = `${path}.${process.pid}.tmp`;
      try {
        writeFileSync(temporary, bytes, { mode: 0o600, flush: true });
        linkSync(temporary, path);
        syncDirectory(dir);
        return true;
      } catch (thrown) {
        if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST') return false;
        throw thrown;
      } finally {
        rmSync(temporary, { force: true });
      }
    },
  };
}

function syncDirectory(dir: string): void {
  const handle = openSync(dir, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
