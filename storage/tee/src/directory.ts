// The worker's directory, locked by one process and stamped with network and account. The stamp is written once, atomically,
// before anything else.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CessError, toHex } from '@cess/primitives';
import { type DirectoryLock, lockDirectory, writeFileAtomically } from '@cess/store';

const format = 'cess-tee-worker';
const version = 1;

export interface DirectoryOwner {
  readonly genesis: Uint8Array;
  readonly account: Uint8Array;
}

/** Locks the directory. Throws `TEE_DIRECTORY` for that of another worker, `KV_LOCKED` while another process uses it. */
export function takeDirectory(dir: string, owner: DirectoryOwner): DirectoryLock {
  const lock = lockDirectory(dir);
  try {
    checkStamp(dir, owner);
    return lock;
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Directory of the enclave's sealed files. */
export function enclaveDirectory(dir: string): string {
  return join(dir, 'enclave');
}

function checkStamp(dir: string, { genesis, account }: DirectoryOwner): void {
  const path = join(dir, 'worker.json');
  const refuse = (message: string, cause?: unknown) =>
    new CessError('TEE_DIRECTORY', `${dir} ${message}`, { dir }, { cause });
  if (!existsSync(path)) {
    mkdirSync(dir, { recursive: true });
    const stamp = { format, version, genesis: toHex(genesis), account: toHex(account) };
    writeFileAtomically(path, `${JSON.stringify(stamp, null, 2)}\n`);
    return;
  }
  let stamp: Record<string, unknown>;
  try {
    stamp = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  } catch (cause) {
    throw refuse('has a damaged worker.json. Restore it from a backup.', cause);
  }
  if (stamp['format'] !== format || stamp['version'] !== version)
    throw refuse('was written by another version. Update the program.');
  if (stamp['genesis'] !== toHex(genesis))
    throw refuse('belongs to another network. Use another directory for this one.');
  if (stamp['account'] !== toHex(account))
    throw refuse('belongs to another worker. Use another directory for this one.');
}
