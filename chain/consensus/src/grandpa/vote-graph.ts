// The graph of voted blocks in one round: a node at each voted block and at each fork between edges that a vote split.
// An edge holds the ancestors between two nodes. A node's bits are the votes for it and for its descendants: bit 2i is the
// prevote and bit 2i + 1 the precommit of voter i. Source: finality-grandpa `VoteGraph`; docs/protocol/grandpa.md §2.
import { elementAt, present } from '@cess/primitives';
import type { BlockRef, ChainView } from './chain-view.js';

/** Answers whether votes suffice. Reads the bits during the call only. */
export type VoteCondition = (bits: Uint32Array) => boolean;

interface Node {
  readonly hash: string;
  readonly number: number;
  /** Hashes from the parent down to the next node, that node included; empty at the base. */
  edge: readonly string[];
  below: Node | undefined;
  above: Node[];
  readonly bits: Uint32Array;
}

export class VoteGraph {
  readonly base: BlockRef;
  readonly #nodes = new Map<string, Node>();
  readonly #words: number;
  /** Scratch for votes that several edges have in common, so that questions allocate nothing. */
  readonly #merged: Uint32Array;

  constructor(base: BlockRef, voterCount: number) {
    this.base = base;
    this.#words = Math.ceil((2 * voterCount) / 32);
    this.#merged = new Uint32Array(this.#words);
    this.#createNode(base, [], undefined);
  }

  /** Whether the block is in the graph, or can be added: it is the base or descends from it. */
  reaches(block: BlockRef, view: ChainView): boolean {
    return this.#nodes.has(block.hash) || this.#edgesThrough(block).length > 0 || this.#path(block, view) !== undefined;
  }

  /** Counts the vote at `bit` for the block and its ancestors. False if the block does not descend from the base. */
  insert(block: BlockRef, bit: number, view: ChainView): boolean {
    let node = this.#nodes.get(block.hash);
    if (!node) {
      const edges = this.#edgesThrough(block);
      node = edges.length > 0 ? this.#split(block, edges) : this.#append(block, view);
    }
    if (!node) return false;
    const word = bit >>> 5;
    const mask = 1 << (bit & 31);
    for (let at: Node | undefined = node; at; at = at.below) at.bits[word] = elementAt(at.bits, word) | mask;
    return true;
  }

  /**
   * The highest block that fulfils the condition, at or above `from` (the base by default); undefined if `from` itself
   * does not. The condition must hold for all ancestors of a block for which it holds.
   */
  findGhost(from: BlockRef | undefined, condition: VoteCondition): BlockRef | undefined {
    const start = from ?? this.base;
    let node = this.#nodes.get(start.hash);
    let candidates = node ? node.above : this.#edgesThrough(start);
    if (!condition(node ? node.bits : this.#merge(candidates))) return undefined;
    for (;;) {
      const next: Node | undefined = candidates.find((each) => condition(each.bits));
      if (!next) break;
      node = next;
      candidates = next.above;
    }
    return this.#mergePoint(node ?? start, candidates, condition);
  }

  /** The highest block at or below `from` that fulfils the condition; undefined if none does, or `from` is not here. */
  findAncestor(from: BlockRef, condition: VoteCondition): BlockRef | undefined {
    let { hash, number } = from;
    let node = this.#nodes.get(hash);
    let edges = node ? [] : this.#edgesThrough(from);
    if (!node && edges.length === 0) return undefined;
    for (;;) {
      if (condition(node ? node.bits : this.#merge(edges))) return { hash, number };
      const upper: Node = node ?? elementAt(edges, 0);
      if (!upper.below) return undefined;
      number--;
      hash = present(ancestorOf(upper, number), 'the block below on the edge');
      const isNode: boolean = hash === upper.below.hash;
      node = isNode ? upper.below : undefined;
      edges = isNode ? [] : edgesThroughBlock(upper.below.above, hash, number);
    }
  }

  /** Nodes, for tests: hash to the hash of the node below and the hashes of those above. */
  shape(): Map<string, { readonly below: string | undefined; readonly above: readonly string[] }> {
    return new Map(
      [...this.#nodes].map(([hash, { below, above }]) => [
        hash,
        { below: below?.hash, above: above.map((each) => each.hash) },
      ]),
    );
  }

  #createNode(block: BlockRef, edge: readonly string[], below: Node | undefined): Node {
    const { hash, number } = block;
    const node: Node = { hash, number, edge, below, above: [], bits: new Uint32Array(this.#words) };
    this.#nodes.set(hash, node);
    return node;
  }

  /** The nodes on whose edge the block lies. They all stand directly above one node. */
  #edgesThrough(block: BlockRef): Node[] {
    for (const node of this.#nodes.values()) {
      const { below } = node;
      if (!below || ancestorOf(node, block.number) !== block.hash || below.hash === block.hash) continue;
      return edgesThroughBlock(below.above, block.hash, block.number);
    }
    return [];
  }

  /** Makes a node of a block on edges; takes their votes. */
  #split(block: BlockRef, edges: readonly Node[]): Node {
    const first = elementAt(edges, 0);
    const below = present(first.below, 'the node below an edge');
    const node = this.#createNode(block, first.edge.slice(first.number - block.number), below);
    below.above = below.above.filter((each) => !edges.includes(each));
    below.above.push(node);
    node.above = [...edges];
    for (const upper of edges) {
      upper.edge = upper.edge.slice(0, upper.number - block.number);
      upper.below = node;
      for (let i = 0; i < this.#words; i++) node.bits[i] = elementAt(node.bits, i) | elementAt(upper.bits, i);
    }
    return node;
  }

  #append(block: BlockRef, view: ChainView): Node | undefined {
    const edge = this.#path(block, view);
    const below = edge && this.#nodes.get(elementAt(edge, edge.length - 1));
    if (!edge || !below) return undefined;
    const node = this.#createNode(block, edge, below);
    below.above.push(node);
    return node;
  }

  /** Ancestors from the parent down to the first node; undefined if the block does not descend from the base. */
  #path(block: BlockRef, view: ChainView): string[] | undefined {
    const path: string[] = [];
    let hash: string | undefined = block.hash;
    for (let number = block.number - 1; number >= this.base.number; number--) {
      hash = view.parentOf(hash);
      if (hash === undefined) return undefined;
      path.push(hash);
      if (this.#nodes.get(hash)?.number === number) return path;
    }
    return undefined;
  }

  #merge(nodes: readonly Node[]): Uint32Array {
    this.#merged.fill(0);
    for (const { bits } of nodes) {
      for (let i = 0; i < this.#words; i++) this.#merged[i] = elementAt(this.#merged, i) | elementAt(bits, i);
    }
    return this.#merged;
  }

  /** Follows the edges upwards while some of them together still fulfil what none does alone. */
  #mergePoint(from: BlockRef, edges: readonly Node[], condition: VoteCondition): BlockRef {
    let best: BlockRef = { hash: from.hash, number: from.number };
    let candidates = edges;
    for (let number = from.number + 1; candidates.length > 1; number++) {
      const tried = new Set<string>();
      let agreed: Node[] | undefined;
      for (const each of candidates) {
        const hash = ancestorOf(each, number);
        if (hash === undefined || tried.has(hash)) continue;
        tried.add(hash);
        const together = edgesThroughBlock(candidates, hash, number);
        if (together.length < 2 || !condition(this.#merge(together))) continue;
        best = { hash, number };
        agreed = together;
        break;
      }
      if (!agreed) break;
      candidates = agreed;
    }
    return best;
  }
}

/** Hash of the block on the node's edge at the height; undefined above, at and below the edge. */
function ancestorOf(node: Node, number: number): string | undefined {
  return node.edge[node.number - number - 1];
}

function edgesThroughBlock(nodes: readonly Node[], hash: string, number: number): Node[] {
  return nodes.filter((node) => ancestorOf(node, number) === hash);
}
