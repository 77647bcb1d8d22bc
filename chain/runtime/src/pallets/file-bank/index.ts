// FileBank: every acknowledged file is recorded here within seconds (STORE, data path §5 and §11).
import type { Context, StorageAccess } from '../../frame/context.js';
import { definePallet } from '../../frame/pallet.js';
import type { FragmentPlace } from '../../shared-types.js';
import { createFileBankCalls } from './calls.js';
import { fileBank } from './declaration.js';
import { buildFileBankGenesis } from './genesis.js';
import { formerReserves } from './hole-deposits.js';
import { createFileBankHooks } from './hooks.js';
import { beginDeparture, loseFragments } from './losses.js';
import type { FileBankNeeds } from './needs.js';
import { deletedAt, fragmentRecord } from './records.js';
import { statusOfFiles } from './status.js';
import { noteTagging, setTaggingDeadline } from './tagging-deadlines.js';

export { MIN_TAGGING_SECONDS } from './genesis.js';
export type { FileBankNeeds } from './needs.js';

/** The pallet, and what others do with it. */
export function createFileBank(needs: FileBankNeeds) {
  return {
    pallet: definePallet(fileBank, {
      calls: createFileBankCalls(needs),
      hooks: createFileBankHooks(needs),
      genesis: buildFileBankGenesis,
    }),
    fragmentRecord,
    formerReserves,
    deletedAt,
    beginDeparture,
    /** Records that a worker tagged a fragment. */
    noteTagging: (ctx: Context) => noteTagging(ctx, needs),
    /** Gives a fragment whose tags were removed a new tagging deadline. */
    becameUntagged: (ctx: Context, { fileId, segment }: FragmentPlace) =>
      setTaggingDeadline(ctx, needs, fileId, segment),
    /** Removes the provider as the holder of fragments that failed an audit; returns the refunds that are due. */
    loseFailed: (ctx: Context, provider: number, places: readonly FragmentPlace[]) =>
      loseFragments(ctx, needs, provider, places, 'Failed'),
    statusOfFiles: (at: StorageAccess, ids: readonly Uint8Array[]) => statusOfFiles(at, needs, ids),
  };
}
