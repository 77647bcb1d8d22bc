// Block trees by name for tests of votes: "hashes" are names, and the best chain is the longest, the earlier on a tie.
import type { Authority, BlockRef, ChainView } from '../index.js';

export class BlockTree implements ChainView {
  readonly #blocks = new Map<string, { readonly number: number; readonly parent: string | undefined }>();

  constructor(genesis = 'genesis', number = 0) {
    this.#blocks.set(genesis, { number, parent: undefined });
  }

  /** Appends a chain of blocks to `parent`. */
  push(parent: string, ...names: string[]): this {
    let below = parent;
    for (const name of names) {
      this.#blocks.set(name, { number: this.ref(below).number + 1, parent: below });
      below = name;
    }
    return this;
  }

  ref(hash: string): BlockRef {
    const number = this.numberOf(hash);
    if (number === undefined) throw new Error(`no block ${hash}`);
    return { hash, number };
  }

  get names(): string[] {
    return [...this.#blocks.keys()];
  }

  numberOf(hash: string): number | undefined {
    return this.#blocks.get(hash)?.number;
  }

  parentOf(hash: string): string | undefined {
    return this.#blocks.get(hash)?.parent;
  }

  bestContaining(hash: string): BlockRef | undefined {
    if (!this.#blocks.has(hash)) return undefined;
    let best = this.ref(hash);
    for (const [name, { number }] of this.#blocks) {
      if (number > best.number && this.#descends(name, hash)) best = { hash: name, number };
    }
    return best;
  }

  #descends(block: string, ancestor: string): boolean {
    for (let at: string | undefined = block; at !== undefined; at = this.parentOf(at)) if (at === ancestor) return true;
    return false;
  }
}

/** The tree that finality-grandpa's fuzzers use: 0 → 1, 2, 3; 1 → 4, 5, 6; 2 → 7, 8, 9; 4 → 10, 11, 12; 7 → 13, 14, 15. */
export function fuzzTree(): BlockTree {
  const tree = new BlockTree('0');
  const children: [number, number[]][] = [
    [0, [1, 2, 3]],
    [1, [4, 5, 6]],
    [2, [7, 8, 9]],
    [4, [10, 11, 12]],
    [7, [13, 14, 15]],
  ];
  for (const [parent, each] of children) for (const child of each) tree.push(String(parent), String(child));
  return tree;
}

/** Authorities with keys 01…01, 02…02, …; index i of the voter set has weight `weights[i]`. */
export function weighted(...weights: number[]): Authority[] {
  return weights.map((weight, i) => ({ key: new Uint8Array(32).fill(i + 1), weight: BigInt(weight) }));
}
