// The fragment tree as its rule is written (docs/protocol/data-path.md §4), level by level over createHash: the
// oracle of the fast one.
import { createHash } from 'node:crypto';

function sha256(...parts: Uint8Array[]): Uint8Array {
  const hasher = createHash('sha256');
  for (const part of parts) hasher.update(part);
  return new Uint8Array(hasher.digest());
}

/** Tree root, level by level. */
export function slowTreeRoot(bytes: Uint8Array): Uint8Array {
  let level: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += 4096) level.push(sha256(bytes.subarray(at, at + 4096)));
  if (level.length === 0) level.push(sha256());
  while (level.length > 1) {
    const next: Uint8Array[] = [];
    for (let i = 0; i + 1 < level.length; i += 2) next.push(sha256(level[i]!, level[i + 1]!));
    if (level.length % 2 === 1) next.push(level.at(-1)!);
    level = next;
  }
  return level[0]!;
}

/** Fragment root. */
export function slowFragmentRoot(bytes: Uint8Array): Uint8Array {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  return sha256(Buffer.from('CESS/fragment/v1'), length, slowTreeRoot(bytes));
}
