// The processes of a network that runs every role as a process of its own, found by the LOCK that each role keeps in its
// folder; the enclave of the TEE worker by its parent (Linux).

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@cess/primitives/testing';

import { childrenOf, isAlive } from './processes.js';

/** Folder of the TEE worker in the home. */
export const teeFolder = join('tee', 'tee-01');

export const providerFolder = (name: string): string => join('providers', name);

/** Names of all providers. */
export function providerNames(home: string): string[] {
  return readdirSync(join(home, 'providers')).sort();
}

/** Folders that a role process holds, each with its LOCK. */
export function roleFolders(home: string): string[] {
  return ['chain', 'gateway', teeFolder, ...providerNames(home).map(providerFolder)];
}

/** Process that holds a folder of the home; undefined when none does. */
export function holderOf(home: string, folder: string): number | undefined {
  try {
    return Number(readFileSync(join(home, folder, 'LOCK'), 'utf8').split(' ')[0]);
  } catch (error) {
    // A process that starts removes the lock of the one before.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Process of the enclave of the TEE worker that runs now; undefined while there is none. */
export function enclaveOf(home: string): number | undefined {
  const worker = holderOf(home, teeFolder);
  return worker === undefined ? undefined : childrenOf(worker)[0];
}

/** Waits until `find` returns another process than `before`. */
export function replaced(find: () => number | undefined, before: number, what: string): Promise<number> {
  return eventually(async () => {
    const pid = find();
    return pid !== undefined && pid !== before && isAlive(pid) ? pid : undefined;
  }, `${what} is there again as a new process`);
}
