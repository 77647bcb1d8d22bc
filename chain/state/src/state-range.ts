// Ranges of a state in key order, with the nodes that prove them complete: how a node fetches the state of a block that it trusts by its root
// alone (docs/protocol/sync.md §5). The prover walks the trie depth first from a key on and gives every node that it passes, up to a size; the
// verifier makes the same walk over these nodes, and its range ends where the first one is missing.
import { blake2_256 } from '@cess/crypto';
import { CessError, equalBytes, err, isCessError, ok, type Result, toHex } from '@cess/primitives';
import { fromNibbles, toNibbles } from './nibbles.js';
import { decodeNode, encodeNode } from './node-codec.js';
import type { NodeStore } from './node-store.js';
import { type ChildRef, emptyTrieRoot, hashLength, type NodeValue, type TrieNode } from './trie-node.js';
import { isUpTo, liesBefore, type TrieRoot } from './trie-reader.js';

export interface StateRange {
  /** Ascending. */
  readonly entries: readonly (readonly [key: Uint8Array, value: Uint8Array])[];
  /** Whether no key follows. */
  readonly isLast: boolean;
}

/** Where a walk gets nodes and values that are stored apart. Throws to end the walk. */
interface TrieSource {
  child(ref: ChildRef): TrieNode;
  value(value: Extract<NodeValue, { type: 'hashed' }>): Uint8Array;
}

/**
 * Node encodings and values of the keys behind `after`, in the order of the walk; more than `maxBytes` by one item at most, and at least one
 * key of them if there is one.
 */
export function proveRange(
  nodes: NodeStore,
  root: TrieRoot,
  after: Uint8Array | undefined,
  maxBytes: number,
): Uint8Array[] {
  if (root.id === 0) return [];
  const items: Uint8Array[] = [];
  let size = 0;
  const note = (item: Uint8Array) => {
    items.push(item);
    size += item.length;
  };
  const source: TrieSource = {
    child: (ref) => {
      const node = nodes.node(ref.id);
      note(encodeNode(node));
      return node;
    },
    value: ({ id }) => {
      const value = nodes.value(id);
      note(value);
      return value;
    },
  };
  const first = nodes.node(root.id);
  note(encodeNode(first));
  for (const _ of entriesAfter(source, first, after)) if (size >= maxBytes) break;
  return items;
}

/**
 * The entries behind `after` that the items prove, without a gap. Errors: `PROOF_INCOMPLETE` where they prove nothing new,
 * `TRIE_NODE_MALFORMED`.
 */
export function readRange(
  root: Uint8Array,
  items: readonly Uint8Array[],
  after: Uint8Array | undefined,
): Result<StateRange, CessError> {
  if (equalBytes(root, emptyTrieRoot)) return ok({ entries: [], isLast: true });
  const byHash = new Map(items.map((item) => [toHex(blake2_256(item)), item]));
  const find = (hash: Uint8Array): Uint8Array => {
    const item = byHash.get(toHex(hash));
    if (item === undefined) throw new CessError('PROOF_INCOMPLETE', 'The range ends here.', { hash: toHex(hash) });
    return item;
  };
  const source: TrieSource = { child: ({ merkle }) => decodeNode(find(merkle)), value: ({ hash }) => find(hash) };
  const entries: (readonly [Uint8Array, Uint8Array])[] = [];
  try {
    for (const entry of entriesAfter(source, decodeNode(find(root)), after)) entries.push(entry);
    return ok({ entries, isLast: true });
  } catch (thrown) {
    if (!isCessError(thrown)) throw thrown;
    if (thrown.code !== 'PROOF_INCOMPLETE' || entries.length === 0) return err(thrown);
    return ok({ entries, isLast: false });
  }
}

function* entriesAfter(
  source: TrieSource,
  root: TrieNode,
  after: Uint8Array | undefined,
): Generator<readonly [Uint8Array, Uint8Array]> {
  yield* visit(source, root, [], after && toNibbles(after));
}

/** Subtrees whose keys are all up to `after` are not loaded. */
function* visit(
  source: TrieSource,
  node: TrieNode,
  path: number[],
  after: Uint8Array | undefined,
): Generator<readonly [Uint8Array, Uint8Array]> {
  const start = path.length;
  for (const nibble of node.partial) path.push(nibble);
  if (!(after && liesBefore(path, after))) {
    const { value } = node;
    if (value && !(after && isUpTo(path, after))) {
      yield [fromNibbles(path, path.length), value.type === 'inline' ? value.bytes.slice() : source.value(value)];
    }
    for (let slot = 0; slot < 16; slot++) {
      const child = node.children?.[slot];
      if (!child) continue;
      path.push(slot);
      if (!(after && liesBefore(path, after))) {
        const loaded = child.merkle.length === hashLength ? source.child(child) : decodeNode(child.merkle);
        yield* visit(source, loaded, path, after);
      }
      path.pop();
    }
  }
  path.length = start;
}
