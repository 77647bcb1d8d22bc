// Test data on disk, and digests of it.
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, createReadStream, openSync, writeSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';

export const KiB = 1024;
export const MiB = 1024 * KiB;
export const GiB = 1024 * MiB;

/** Writes `size` bytes: random blocks, repeated with a running number so that no two 8 MiB are equal. */
export function writeTestFile(path: string, size: number): void {
  const block = randomBytes(Math.min(size, 8 * MiB));
  const file = openSync(path, 'w');
  try {
    for (let written = 0, round = 0; written < size; round++) {
      if (block.length >= 4) block.writeUInt32LE(round, 0);
      written += writeSync(file, block, 0, Math.min(block.length, size - written));
    }
  } finally {
    closeSync(file);
  }
}

export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
