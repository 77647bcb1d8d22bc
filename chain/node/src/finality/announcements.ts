// The blocks above the last final one that announce changes of the set, on whatever fork: what the voter must know at its start.
import { type Announcement, announcedChanges, slotStartMs } from '@cess/consensus';
import { toHex } from '@cess/primitives';
import type { BlockPointer, BlockStore } from '../engine/block-store.js';

export function announcedAbove(blocks: BlockStore, finalized: BlockPointer, slotDurationMs: number): Announcement[] {
  const announced: Announcement[] = [];
  for (let number = finalized.number + 1; ; number++) {
    const hashes = blocks.hashesAt(number);
    if (hashes.length === 0) return announced;
    for (const hash of hashes) {
      const { header, slot } = blocks.requireBlock(hash);
      const changes = announcedChanges(header);
      if (changes.length === 0) continue;
      const timeMs = slotStartMs(slot ?? 0n, slotDurationMs);
      announced.push({ block: { hash: toHex(hash), number }, changes, timeMs });
    }
  }
}
