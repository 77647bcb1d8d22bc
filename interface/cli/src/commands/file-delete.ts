// cess file delete: an owner deletes files by their ids on the chain, for example those of an index that is lost. Every deletion is
// a call of the chain, which frees the space of the territory at once; providers delete the bytes when it is final.
import { type ChainClient, query, tx } from '@cess/client';
import { CessError, equalBytes, formatBytes, toHex0x } from '@cess/primitives';
import { isIndexOrder } from '@cess/types';
import type { CliContext } from '../context.js';
import { note, print } from '../output.js';
import { filesOf, type OwnedFile, parseFileId } from '../owned-files.js';
import { actAsOwner, type OwnerActions } from './account.js';

export interface DeleteFilesOptions {
  readonly ownerFiles?: boolean;
  /** With `ownerFiles`: files of an exported index, too. */
  readonly withIndex?: boolean;
  readonly yes?: boolean;
}

/** Files of one call: as many as fit into a block with slots of 1 s. */
export const maxBatchFiles = 256;

/** Throws `FILE_SELECTION_INVALID`, `FILE_ID_MALFORMED`, `FILE_FOREIGN`, `FILE_NOT_ON_CHAIN`, `FILE_DELETION_UNCONFIRMED`. */
export async function deleteFiles(
  context: CliContext,
  ids: readonly string[],
  { ownerFiles = false, withIndex = false, yes = false }: DeleteFilesOptions,
): Promise<void> {
  if (ownerFiles === ids.length > 0 || (withIndex && !ownerFiles)) {
    throw new CessError(
      'FILE_SELECTION_INVALID',
      'Pass the ids of files, or --owner-files for all files of the owner (--with-index for those of an exported index, too).',
    );
  }
  const wanted = ids.map(parseFileId);
  const deleted = await actAsOwner(context, async (actions) => {
    const { client, owner } = actions;
    const named = ownerFiles ? undefined : await ownFiles(client, owner, wanted);
    if (!yes) throw unconfirmed(await measure(named ?? ownerFilesOf(actions, withIndex)));
    return deleteBatches(actions, named === undefined ? batchesOfOwner(actions, withIndex) : batchesOf(named));
  });
  print(context.json ? JSON.stringify({ deleted }) : `${deleted} files deleted.`);
}

/** The named files. Refuses all of them when one is missing or belongs to somebody else. */
async function ownFiles(client: ChainClient, owner: Uint8Array, ids: readonly Uint8Array[]): Promise<OwnedFile[]> {
  const at = await client.finalizedHash();
  const found = new Map<string, OwnedFile>();
  for (const id of ids) {
    const info = await client.entry(query.FileBank.Files, [id], at);
    if (info === undefined) {
      throw new CessError('FILE_NOT_ON_CHAIN', `The chain has no file ${toHex0x(id)}. No file was deleted.`);
    }
    if (!equalBytes(info.owner, owner)) {
      throw new CessError('FILE_FOREIGN', `File ${toHex0x(id)} belongs to another account. No file was deleted.`);
    }
    found.set(toHex0x(id), { id, info });
  }
  return [...found.values()];
}

interface Measured {
  readonly files: number;
  readonly storedBytes: number;
}

async function measure(files: AsyncIterable<OwnedFile> | Iterable<OwnedFile>): Promise<Measured> {
  let count = 0;
  let storedBytes = 0;
  for await (const { info } of files) {
    count++;
    storedBytes += Number(info.stored_bytes);
  }
  return { files: count, storedBytes };
}

function unconfirmed({ files, storedBytes }: Measured): CessError {
  return new CessError(
    'FILE_DELETION_UNCONFIRMED',
    `This deletes ${files} files (${formatBytes(storedBytes)} stored) permanently, and objects of gateways that use them. Repeat the command with --yes.`,
  );
}

function* batchesOf(files: readonly OwnedFile[]): Generator<readonly Uint8Array[]> {
  for (let at = 0; at < files.length; at += maxBatchFiles) {
    yield files.slice(at, at + maxBatchFiles).map(({ id }) => id);
  }
}

/** All files of the owner behind `behind`. */
async function* ownerFilesOf(
  { client, owner }: Pick<OwnerActions, 'client' | 'owner'>,
  withIndex: boolean,
  behind?: Uint8Array,
): AsyncGenerator<OwnedFile> {
  for await (const file of filesOf(client, owner, behind)) {
    if (withIndex || !isIndexOrder(file.info.order_id)) yield file;
  }
}

/** Reads each batch from a new finalized state: the deletion of many files takes longer than nodes keep a state. */
async function* batchesOfOwner(actions: OwnerActions, withIndex: boolean): AsyncGenerator<readonly Uint8Array[]> {
  let behind: Uint8Array | undefined;
  for (;;) {
    const batch: Uint8Array[] = [];
    for await (const { id } of ownerFilesOf(actions, withIndex, behind)) {
      batch.push(id);
      if (batch.length === maxBatchFiles) break;
    }
    if (batch.length === 0) return;
    yield batch;
    behind = batch.at(-1);
  }
}

/** Returns the number of deleted files. After an interruption, the next run finds those that are left. */
async function deleteBatches(
  { owner, submit }: OwnerActions,
  batches: AsyncIterable<readonly Uint8Array[]> | Iterable<readonly Uint8Array[]>,
): Promise<number> {
  let deleted = 0;
  for await (const batch of batches) {
    await submit(tx.FileBank.delete_files({ owner, file_ids: [...batch] }));
    deleted += batch.length;
    note(`${deleted} files deleted so far`);
  }
  return deleted;
}
