// What the voter needs to know about blocks: a synchronous view of the imported, unpruned block tree.

/** A block by its hash in hex (without 0x) and its height. Equal hashes mean equal blocks. */
export interface BlockRef {
  readonly hash: string;
  readonly number: number;
}

/** Port: the imported blocks from the last finalized block upwards, and as many of its ancestors as are kept. */
export interface ChainView {
  /** Height of an imported block; undefined for an unknown one. */
  numberOf(hash: string): number | undefined;
  /** Hash of the parent; undefined for an unknown block and for genesis. */
  parentOf(hash: string): string | undefined;
  /**
   * Head of the best chain among the blocks that contain `hash`, also where that chain is not the best of all (GR-13);
   * undefined for an unknown block.
   */
  bestContaining(hash: string): BlockRef | undefined;
}

/** The ancestor (or self) of `block` at the height; undefined where the view does not reach it. */
export function ancestorAt(view: ChainView, block: BlockRef, number: number): BlockRef | undefined {
  if (number > block.number || number < 0) return undefined;
  let hash: string | undefined = block.hash;
  for (let at = block.number; at > number; at--) {
    hash = view.parentOf(hash);
    if (hash === undefined) return undefined;
  }
  return { hash, number };
}

/** Whether `block` is `ancestor` or descends from it. */
export function isEqualOrDescendant(view: ChainView, ancestor: BlockRef, block: BlockRef): boolean {
  return ancestorAt(view, block, ancestor.number)?.hash === ancestor.hash;
}
