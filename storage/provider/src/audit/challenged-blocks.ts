// Reads the challenged blocks and their tags from the disk.
import type { FragmentPlace, SlotInfo } from '@cess/client';
import type { FragmentStore } from '@cess/fragment-store';
import { CessError, elementAt, equalBytes } from '@cess/primitives';
import { blockSizeBytes, type Challenge, tagSizeBytes } from '@cess/proofs';
import type { DeclaredFiles } from '../holdings/declared-files.js';
import type { BlockBatch } from '../proof-worker/proof-tasks.js';
import type { TagStore } from '../tagging/tag-store.js';

/** About 1 MiB. */
const batchBlocks = 32;

export interface BlockSources {
  readonly store: FragmentStore;
  readonly declaredFiles: DeclaredFiles;
  readonly tags: TagStore;
}

export function placeOfSlot({ file_id: fileId, segment, fragment }: SlotInfo): FragmentPlace {
  return { fileId, segment, fragment };
}

/** Whether the fragment and its tags under the key are stored. Does not verify them. */
export function isThere({ declaredFiles, tags }: BlockSources, place: FragmentPlace, keyId: Uint8Array): boolean {
  const record = tags.get(place);
  return declaredFiles.at(place) !== undefined && record !== undefined && equalBytes(record.keyId, keyId);
}

/**
 * The challenged blocks in the order of the challenge, in batches. `asked` are the slots of the challenged fragments.
 * Throws `PROVIDER_BLOCKS_MISSING` and what the store throws.
 */
export async function* challengedBlocks(
  sources: BlockSources,
  challenge: Challenge,
  asked: readonly SlotInfo[],
): AsyncGenerator<BlockBatch, void, undefined> {
  for (const [fragment, { indices }] of challenge.fragments.entries()) {
    const place = placeOfSlot(elementAt(asked, fragment));
    const held = sources.declaredFiles.at(place);
    const tags = sources.tags.tags(place);
    if (held === undefined || tags === undefined) throw missing();
    for (let from = 0; from < indices.length; from += batchBlocks) {
      const some = indices.slice(from, from + batchBlocks);
      const blocks: Uint8Array[] = [];
      for (const index of some) blocks.push(await readBlock(sources.store, held, index));
      yield { fragment, from, blocks, tags: some.map((i) => tags.slice(i * tagSizeBytes, (i + 1) * tagSizeBytes)) };
    }
  }
}

async function readBlock(
  store: FragmentStore,
  { root, length }: { readonly root: Uint8Array; readonly length: number },
  index: number,
): Promise<Uint8Array> {
  const offset = index * blockSizeBytes;
  const block = new Uint8Array(Math.max(0, Math.min(blockSizeBytes, length - offset)));
  let at = 0;
  for await (const piece of store.read(root, offset, block.length)) {
    block.set(piece, at);
    at += piece.length;
  }
  return block;
}

function missing(): CessError {
  return new CessError('PROVIDER_BLOCKS_MISSING', 'A challenged fragment or its tags are not stored.');
}
