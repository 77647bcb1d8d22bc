// The random port backed by the operating system's generator. Short requests are served from a block, because a call of the generator costs
// more than the bytes that it returns. A served byte is erased from the block.
import { randomFillSync } from 'node:crypto';
import type { Rng } from '@cess/primitives';

const blockBytes = 4096;
const maxPooledBytes = 64;

const block = new Uint8Array(blockBytes);
let used = blockBytes;

export const systemRng: Rng = {
  bytes(length) {
    if (length > maxPooledBytes) return randomFillSync(new Uint8Array(length));
    if (used + length > blockBytes) {
      randomFillSync(block);
      used = 0;
    }
    const bytes = block.slice(used, used + length);
    block.fill(0, used, used + length);
    used += length;
    return bytes;
  },
};
