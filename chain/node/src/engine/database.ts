// The one LMDB environment of a chain node: blocks under 'c', states under 's', the format stamp beside them. Blocks and
// states share it so that a block and its state become durable in one transaction.

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { utf8 } from '@cess/primitives';
import { StateReader } from '@cess/state';
import { type Kv, openLmdb, prefixed } from '@cess/store';
import { BlockStore } from './block-store.js';

export const databaseFormat = 'cess-chain';
export const databaseVersion = 1;

export const blockPrefix = utf8('c');
export const statePrefix = utf8('s');

export function openDatabase(dataDir: string): Kv {
  return openLmdb({ path: join(dataDir, 'chain') });
}

/** Size of the database's file; undefined when it cannot be read. */
export function databaseBytes(dataDir: string): number | undefined {
  return statSync(join(dataDir, 'chain', 'data.mdb'), { throwIfNoEntry: false })?.size;
}

/** Read access for a thread that serves: its own handle and caches, never the engine's. */
export interface ChainReader {
  readonly blocks: BlockStore;
  readonly state: StateReader;
  close(): Promise<void>;
}

const readerCacheBytes = 8 * 1024 * 1024;

export function openChainReader(dataDir: string): ChainReader {
  const kv = openDatabase(dataDir);
  return {
    blocks: new BlockStore(prefixed(kv, blockPrefix)),
    state: new StateReader(prefixed(kv, statePrefix), readerCacheBytes),
    close: () => kv.close(),
  };
}
