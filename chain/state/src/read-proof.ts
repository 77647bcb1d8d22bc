// Read proofs checked against a state root alone: what a light client runs. Pure; accepts untrusted bytes.
// A proof is an unordered set of node encodings on the path and of the values that are stored by hash.
import { blake2_256 } from '@cess/crypto';
import { byteAt, CessError, equalBytes, err, isCessError, ok, type Result, toHex } from '@cess/primitives';
import { toNibbles } from './nibbles.js';
import { decodeNode } from './node-codec.js';
import { emptyTrieRoot, hashLength, type TrieNode } from './trie-node.js';

export type ProvenValue = { readonly type: 'present'; readonly value: Uint8Array } | { readonly type: 'absent' };

/** Bounds on what is accepted before anything is hashed. */
const maxProofItems = 4096;
const maxProofBytes = 32 * 1024 * 1024;

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

/** Like `verifyReadProof` for many keys of one proof, whose parts are hashed only once. */
export function openReadProof(
  root: Uint8Array,
  proof: readonly Uint8Array[],
): Result<(key: Uint8Array) => Result<ProvenValue, CessError>, CessError> {
  const items = attempt(() => indexProof(proof));
  return items.ok ? ok((key) => attempt(() => walk(root, items.value, toNibbles(key)))) : items;
}

function attempt<T>(work: () => T): Result<T, CessError> {
  try {
    return ok(work());
  } catch (thrown) {
    if (isCessError(thrown)) return err(thrown);
    throw thrown;
  }
}

function indexProof(proof: readonly Uint8Array[]): Map<string, Uint8Array> {
  let size = 0;
  for (const item of proof) size += item.length;
  if (proof.length > maxProofItems || size > maxProofBytes) {
    throw new CessError('PROOF_TOO_LARGE', 'The read proof is larger than any honest one.', {
      items: proof.length,
      size,
    });
  }
  return new Map(proof.map((item) => [toHex(blake2_256(item)), item]));
}

function walk(root: Uint8Array, items: ReadonlyMap<string, Uint8Array>, path: Uint8Array): ProvenValue {
  const absent: ProvenValue = { type: 'absent' };
  if (equalBytes(root, emptyTrieRoot)) return absent;
  const find = (hash: Uint8Array): Uint8Array => {
    const item = items.get(toHex(hash));
    if (!item)
      throw new CessError('PROOF_INCOMPLETE', 'The read proof lacks a part of the path.', { hash: toHex(hash) });
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
