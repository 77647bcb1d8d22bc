// Read proofs checked against a state root alone: what a light client runs. Pure; accepts untrusted bytes.
// A proof is an unordered set of node encodings on the path and of the values that are stored by hash.
import { blake2_256 } from '@cess/crypto';
import { byteAt, CessError, equalBytes, err, isCessError, ok, type Result, toHex } from '@cess/primitives';
import { toNibbles } from './nibbles.js';
import { decodeNode } from './node-codec.js';
import { emptyTrieRoot, hashLength, type TrieNode } from './trie-node.js';

export type ProvenValue = { readonly type: 'present'; readonly value: Uint8Array } | { readonly type: 'absent' };

const defaultLimits: ReadProofLimits = { maxItems: 4096, maxBytes: 32 * 1024 * 1024 };

/**
 * What the state with this root holds under `key`. Errors: `PROOF_TOO_LARGE`, `PROOF_INCOMPLETE` (a needed node or
 * value is missing, or does not hash to what refers to it), `TRIE_NODE_MALFORMED`.
 */
export function verifyReadProof(
  root: Uint8Array,
  proof: readonly Uint8Array[],
  key: Uint8Array,
): Result<ProvenValue, CessError> {
  const opened = openReadProof(root, proof);
  return opened.ok ? opened.value(key) : opened;
}

/** Bounds on a proof before anything is hashed. */
export interface ReadProofLimits {
  readonly maxItems: number;
  readonly maxBytes: number;
}

/**
 * Like `verifyReadProof` for many keys of one proof, whose parts are hashed only once. `onUsed` is called with every item that a
 * key needs, each time it is needed.
 */
export function openReadProof(
  root: Uint8Array,
  proof: readonly Uint8Array[],
  {
    limits = defaultLimits,
    onUsed,
  }: { readonly limits?: ReadProofLimits; readonly onUsed?: (item: Uint8Array) => void } = {},
): Result<(key: Uint8Array) => Result<ProvenValue, CessError>, CessError> {
  const items = attempt(() => indexProof(proof, limits));
  return items.ok ? ok((key) => attempt(() => walk({ root, items: items.value, onUsed }, toNibbles(key)))) : items;
}

function attempt<T>(work: () => T): Result<T, CessError> {
  try {
    return ok(work());
  } catch (thrown) {
    if (isCessError(thrown)) return err(thrown);
    throw thrown;
  }
}

function indexProof(proof: readonly Uint8Array[], { maxItems, maxBytes }: ReadProofLimits): Map<string, Uint8Array> {
  let size = 0;
  for (const item of proof) size += item.length;
  if (proof.length > maxItems || size > maxBytes) {
    throw new CessError('PROOF_TOO_LARGE', 'The read proof is larger than any honest one.', {
      items: proof.length,
      size,
    });
  }
  return new Map(proof.map((item) => [toHex(blake2_256(item)), item]));
}

interface OpenProof {
  readonly root: Uint8Array;
  readonly items: ReadonlyMap<string, Uint8Array>;
  readonly onUsed: ((item: Uint8Array) => void) | undefined;
}

function walk({ root, items, onUsed }: OpenProof, path: Uint8Array): ProvenValue {
  const absent: ProvenValue = { type: 'absent' };
  if (equalBytes(root, emptyTrieRoot)) return absent;
  const find = (hash: Uint8Array): Uint8Array => {
    const item = items.get(toHex(hash));
    if (!item)
      throw new CessError('PROOF_INCOMPLETE', 'The read proof lacks a part of the path.', { hash: toHex(hash) });
    onUsed?.(item);
    return item;
  };
  let node: TrieNode = decodeNode(find(root));
  let at = 0;
  for (;;) {
    if (at + node.partial.length > path.length) return absent;
    for (const nibble of node.partial) if (path[at++] !== nibble) return absent;
    if (at === path.length) {
      if (!node.value) return absent;
      return {
        type: 'present',
        value: (node.value.type === 'inline' ? node.value.bytes : find(node.value.hash)).slice(),
      };
    }
    const child = node.children?.[byteAt(path, at++)];
    if (!child) return absent;
    node = decodeNode(child.merkle.length === hashLength ? find(child.merkle) : child.merkle);
  }
}
