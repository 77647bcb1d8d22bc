// Fills an empty store with the index of a gateway, from the chain and the providers alone (ADR 73). Order: a mark; the entries of every
// owner, the newest first; what follows from them; the state of the export, so that it goes on; the end of the mark. Whoever is
// interrupted begins again.
import type { X25519Pair } from '@cess/crypto';
import { type AdoptedFile, IndexImport, type RebuildCounts, rebuildDerived } from '@cess/object-index';
import { equalBytes } from '@cess/primitives';
import type { Kv } from '@cess/store';
import type { ExportEntry } from '../export-file.js';
import { newStream, streamStateRecord } from '../stream-state.js';
import type { NetworkFileParts } from './network-file.js';
import type { IndexAnchor, RecoveryChain } from './recovery-ports.js';
import { readStream } from './stream-reader.js';

export interface RecoverIndexInit extends Omit<NetworkFileParts, 'chain'> {
  readonly chain: RecoveryChain;
  /** Of the index; a gateway has not run over it. */
  readonly kv: Kv;
  /** Exports to recover, one for each owner. */
  readonly anchors: readonly IndexAnchor[];
  /** Keys of owners or gateways, one of which opens each export. */
  readonly pairs: readonly X25519Pair[];
  /** Account of the gateway that will run over the index: it goes on with its own exports. */
  readonly account: Uint8Array;
  /** Enters the users, roles and policies of an owner's account. */
  readonly restoreAccount: (owner: Uint8Array, entries: readonly ExportEntry[]) => Promise<void>;
  /**
   * Runs before the index counts as whole, with the files of the exports that were read. Gives further files of the exports, which
   * the anchored ones do not name: they are released with the others.
   */
  readonly beforeEnd: (exportFiles: readonly Uint8Array[]) => Promise<readonly StrayFile[]>;
  readonly onProgress: (progress: RecoveryProgress) => void;
  readonly signal: AbortSignal;
}

export interface RecoveryProgress {
  readonly owner: Uint8Array;
  readonly file: number;
  readonly files: number;
  /** Entries of the index so far, of all owners. */
  readonly entries: number;
}

interface RecoveredOwner {
  readonly owner: Uint8Array;
  readonly gateway: Uint8Array;
  /** When the newest file of the export was made. */
  readonly madeAtMs: number;
  readonly files: number;
}

export interface RecoveredIndex {
  readonly owners: readonly RecoveredOwner[];
  readonly entries: number;
  readonly rebuilt: RebuildCounts;
}

/** A file of an export of the gateway, on the chain, that no anchored file names. */
export interface StrayFile {
  readonly fileId: Uint8Array;
  readonly owner: Uint8Array;
}

/** An export that was read, and its files. */
interface ReadExport extends IndexAnchor {
  readonly files: readonly Uint8Array[];
}

export async function recoverIndex(init: RecoverIndexInit): Promise<RecoveredIndex> {
  const { kv, anchors } = init;
  const target = await IndexImport.begin(kv);
  const owners: RecoveredOwner[] = [];
  const read: ReadExport[] = [];
  for (const anchor of anchors) {
    const { owner, files } = await recoverOwner(init, anchor, target);
    owners.push(owner);
    read.push({ ...anchor, files });
  }
  await target.complete();
  const rebuilt = await rebuildDerived(kv);
  const strays = await init.beforeEnd(read.flatMap(({ files }) => files));
  for (const { files, ...anchor } of read) {
    const more = strays.filter(({ owner }) => equalBytes(owner, anchor.owner)).map(({ fileId }) => fileId);
    if (!equalBytes(anchor.gateway, init.account)) continue;
    await adopt(init.chain, { ...anchor, files: [...files, ...more] }, target);
  }
  await target.end();
  return { owners, entries: target.entries, rebuilt };
}

async function recoverOwner(
  init: RecoverIndexInit,
  anchor: IndexAnchor,
  target: IndexImport,
): Promise<{ readonly owner: RecoveredOwner; readonly files: readonly Uint8Array[] }> {
  const files: Uint8Array[] = [];
  let madeAtMs = 0;
  let hasAccount = false;
  for await (const { fileId, body, position, count } of readStream(init, anchor, init.pairs, init.signal)) {
    files.push(fileId);
    madeAtMs = Math.max(madeAtMs, body.madeAtMs);
    await target.add(body.entries);
    if (body.account !== undefined && !hasAccount) {
      await init.restoreAccount(anchor.owner, body.account);
      hasAccount = true;
    }
    init.onProgress({ owner: anchor.owner, file: position + 1, files: count, entries: target.entries });
  }
  return { owner: { owner: anchor.owner, gateway: anchor.gateway, madeAtMs, files: files.length }, files };
}

/** The files of the former export are deleted when the first of the new one is anchored. */
async function adopt(chain: RecoveryChain, { owner, number, files }: ReadExport, target: IndexImport): Promise<void> {
  const adopted: AdoptedFile[] = [];
  for (const fileId of files) {
    const { territory, orderId, storedBytes } = (await chain.fileRecord(fileId)) ?? {};
    if (territory === undefined || orderId === undefined || storedBytes === undefined) continue;
    adopted.push({ fileId, territory, orderId, storedBytes });
  }
  const superseded = adopted.map(({ fileId }) => fileId);
  await target.adopt(owner, streamStateRecord.encode({ ...newStream, number, superseded }), adopted);
}
