// Test data on disk, and digests of it.
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, createReadStream, openSync, readdirSync, readSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
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
  await pipeline(createReadStream(path, { highWaterMark: MiB }), hash);
  return hash.digest('hex');
}

/** Corrupts the fragment files below a folder, up to a maximum number. */
export function flipOneByteInEveryFile(folder: string, atMost = Number.POSITIVE_INFINITY): void {
  let damaged = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath ?? entry.path, entry.name);
    // A running store removes files.
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (size < 64 * KiB || damaged++ >= atMost) continue;
    const file = openSync(path, 'r+');
    const byte = Buffer.alloc(1);
    readSync(file, byte, 0, 1, Math.floor(size / 2));
    byte[0]! ^= 0x01;
    writeSync(file, byte, 0, 1, Math.floor(size / 2));
    closeSync(file);
  }
}
