// The one LMDB environment of a chain node: blocks under 'c', states under 's', the format stamp beside them. Blocks and
// states share it so that a block and its state become durable in one transaction.

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { concatBytes, utf8 } from '@cess/primitives';
import { StateReader, stateRecordTables } from '@cess/state';
import { addRecordVersions, type Kv, openLmdb, openVersioned, prefixed, readFormatStamp } from '@cess/store';
import { BlockStore, blockRecordTables } from './block-store.js';

const format = 'cess-chain';
/** 1 records without versions, 2 every record starts with its version. */
const version = 2;

export const blockPrefix = utf8('c');
export const statePrefix = utf8('s');

/**
 * Checks the format of the database and upgrades an older one. Throws what `openVersioned` throws. The stamp of a new
 * database names its genesis; whether an existing one belongs to the specification, `assertSameNetwork` decides.
 */
export async function openChainFormat(kv: Kv, newGenesis: () => Uint8Array): Promise<void> {
  const networkId = readFormatStamp(kv)?.networkId ?? newGenesis();
  const tables = [
    ...blockRecordTables.map((table) => concatBytes(blockPrefix, table)),
    ...stateRecordTables.map((table) => concatBytes(statePrefix, table)),
  ];
  const upgrade = (store: Kv): Promise<void> => addRecordVersions(store, { tables });
  await openVersioned(kv, { format, version, networkId, upgrade });
}

export function openDatabase(dataDir: string): Kv {
  return openLmdb({ path: join(dataDir, 'chain') });
}

/** Size of the database's file; undefined when it cannot be read. */
export function databaseBytes(dataDir: string): number | undefined {
  return statSync(join(dataDir, 'chain', 'data.mdb'), { throwIfNoEntry: false })?.size;
}

/** Read access for an RPC thread, with its own handle and caches instead of the engine's. */
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
