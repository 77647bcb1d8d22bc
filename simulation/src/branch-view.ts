// The blocks that one voter of a twin scenario knows. Best is the longest branch, the lower hash on a tie.
import type { BlockRef, ChainView } from '@cess/consensus';

export class BranchView implements ChainView {
  readonly #blocks = new Map<string, { readonly number: number; readonly parent: string | undefined }>();
  #heads: BlockRef[];

  constructor(genesis: BlockRef) {
    this.#blocks.set(genesis.hash, { number: genesis.number, parent: undefined });
    this.#heads = [genesis];
  }

  add(block: BlockRef, parent: string): void {
    this.#blocks.set(block.hash, { number: block.number, parent });
    this.#heads = [...this.#heads.filter(({ hash }) => hash !== parent), block];
  }

  numberOf(hash: string): number | undefined {
    return this.#blocks.get(hash)?.number;
  }

  parentOf(hash: string): string | undefined {
    return this.#blocks.get(hash)?.parent;
  }

  bestContaining(hash: string): BlockRef | undefined {
    const number = this.numberOf(hash);
    if (number === undefined) return undefined;
    let best: BlockRef | undefined;
    for (const head of this.#heads) {
      if (!this.contains(head, { hash, number })) continue;
      if (!best || head.number > best.number || (head.number === best.number && head.hash < best.hash)) best = head;
    }
    return best;
  }

  /** Whether the branch of `head` contains the block. */
  contains(head: BlockRef, { hash, number }: BlockRef): boolean {
    let at: string | undefined = head.hash;
    for (let height = head.number; height > number && at !== undefined; height--) at = this.parentOf(at);
    return at === hash;
  }
}
