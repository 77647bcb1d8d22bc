// Opens a store. Order: create directories, check the stamp, remove temporary files, replay the logs into the index, compare
// the fragment files with the index. Files without a record move into quarantine (quarantine.ts): they come from an interrupted
// upload or delete, or the log is damaged. Records without a file come from a lost disk and are dropped. Repeating it after a
// crash at any point gives the same result.
import { type Rng, toHex } from '@cess/primitives';
import { AppendLog } from './append-log.js';
import { FragmentFiles } from './fragment-files.js';
import { FragmentIndex } from './fragment-index.js';
import type { FragmentFs } from './fs-port.js';
import type { LogLocation, LogRecord } from './log-record.js';
import { Quarantine } from './quarantine.js';
import { StorePresence } from './store-presence.js';
import { openStamp } from './store-stamp.js';
import type { RecoveryReport } from './types.js';

export interface RecoveryInit {
  readonly fs: FragmentFs;
  readonly dir: string;
  readonly genesis: Uint8Array;
  readonly rng: Rng;
  readonly rotateBytes: number;
  readonly nowSeconds: number;
}

export interface RecoveredStore {
  readonly log: AppendLog;
  readonly files: FragmentFiles;
  readonly index: FragmentIndex;
  readonly quarantine: Quarantine;
  readonly presence: StorePresence;
  readonly report: RecoveryReport;
}

export async function recoverStore(input: RecoveryInit): Promise<RecoveredStore> {
  const { fs, dir, genesis, rng, rotateBytes, nowSeconds } = input;
  for (const name of ['log', 'tmp', 'fragments']) await fs.makeDirectory(`${dir}/${name}`);
  await fs.syncDirectory(dir);
  const temporaryFiles = await removeAll(fs, `${dir}/tmp`);
  const storeId = await openStamp(fs, dir, genesis, rng);
  const index = new FragmentIndex();
  const init = { fs, dir: `${dir}/log`, storeId, rotateBytes };
  const { log, replay } = await AppendLog.open(init, (record, location) => replayRecord(index, record, location));
  const files = new FragmentFiles(fs, dir);
  const needed = new Set<string>();
  for (const holding of index.all()) if (!holding.isInline) needed.add(toHex(holding.root));
  const quarantine = await Quarantine.open(fs, dir, nowSeconds);
  const { found, orphans } = await files.recover((root) => needed.has(root), quarantine);
  const lost = [...index.all()].filter((holding) => !holding.isInline && !found.has(toHex(holding.root)));
  for (const holding of lost) index.remove(holding);
  const quarantinedFiles = quarantine.count;
  const report = { temporaryFiles, orphanFiles: orphans, quarantinedFiles, lostFragments: lost.length, ...replay };
  return { log, files, index, quarantine, presence: new StorePresence({ fs, dir, storeId }), report };
}

function replayRecord(index: FragmentIndex, record: LogRecord, location: LogLocation): void {
  if (record.type === 'put') {
    const { inline, expirySeconds, ...rest } = record.value;
    index.set({ ...rest, expirySeconds: Number(expirySeconds), isInline: inline !== undefined, location });
  } else if (record.type === 'update') {
    const holding = index.get(record.value);
    const { expirySeconds, fileId } = record.value;
    if (holding !== undefined) index.set({ ...holding, expirySeconds: Number(expirySeconds), fileId });
  } else {
    index.remove(record.value);
  }
}

async function removeAll(fs: FragmentFs, dir: string): Promise<number> {
  const entries = await fs.list(dir);
  for (const { name } of entries) await fs.remove(`${dir}/${name}`);
  return entries.length;
}
