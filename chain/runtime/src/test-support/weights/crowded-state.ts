// The state of a chain with many others: accounts, providers with rounds, and files. What a call or a hook costs depends on how
// deep its entries lie in the trie, so samples are measured among them, in the database that nodes use.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emptyRoot } from '@cess/state';
import { openLmdb } from '@cess/store';
import type { MemoryExternalities } from '../memory-externalities.js';
import { StorageScenario } from '../storage-scenario.js';
import { others } from './long-queues.js';
import { type StoredState, storeOver } from './measure.js';

/** An empty store on disk, which is removed when the process ends. */
export function emptyStore(): StoredState {
  const path = mkdtempSync(join(tmpdir(), 'cess-weights-'));
  process.once('exit', () => rmSync(path, { recursive: true, force: true }));
  return { kv: openLmdb({ path, mapSizeBytes: 1 << 30 }), root: emptyRoot };
}

let crowd: Promise<StoredState> | undefined;

/** The state of the scenario among the others. */
export async function stored(ext: MemoryExternalities): Promise<StoredState> {
  crowd ??= storeOver(emptyStore(), others(new StorageScenario(16, 100, 6000)));
  return storeOver(await crowd, [...ext.entries()]);
}
