// Roots over values without a store: of an ordered list (extrinsics root) and of a whole set of entries.
import { compact, u32 } from '@cess/codec';
import { TrieBuilder } from './trie-builder.js';
import type { StateVersion } from './trie-node.js';

const indexKey = compact(u32);

/** Root of the trie with keys compact(index); Substrate's extrinsics root is the one of version 0. */
export function orderedTrieRoot(values: readonly Uint8Array[], version: StateVersion): Uint8Array {
  const builder = new TrieBuilder({ version });
  values.forEach((value, index) => {
    builder.put(indexKey.encode(index), value);
  });
  return builder.finish().root.hash;
}

/** Root of the trie with exactly these entries; of equal keys the last wins. */
export function trieRootOf(
  entries: Iterable<readonly [key: Uint8Array, value: Uint8Array]>,
  version: StateVersion,
): Uint8Array {
  const builder = new TrieBuilder({ version });
  for (const [key, value] of entries) builder.put(key, value);
  return builder.finish().root.hash;
}
