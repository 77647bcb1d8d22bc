// Headers of the last slots that this node verified, whether their blocks are on the best chain or not: the author of a block
// references those that came too late (docs/protocol/r2s.md §7). Kept in memory alone: what a restart forgets costs points only.
import type { Header } from '@cess/chain-primitives';
import { headerHash, MAX_UNCLE_DEPTH } from '@cess/consensus';
import { equalBytes } from '@cess/primitives';

/** With one author per slot, honest authors make fewer headers of so few heights. */
const maxSlots = 64;

export class LateBlocks {
  readonly #headers = new Map<bigint, Header>();

  /** The first header of a slot stays: a second one is evidence, and no uncle. */
  note(header: Header, slot: bigint): void {
    if (this.#headers.has(slot)) return;
    this.#headers.set(slot, header);
    const [oldest] = this.#headers.keys();
    if (this.#headers.size > maxSlots && oldest !== undefined) this.#headers.delete(oldest);
  }

  has(header: Header): boolean {
    const hash = headerHash(header);
    return [...this.#headers.values()].some((other) => equalBytes(headerHash(other), hash));
  }

  /** Those that are beside the chain whose hashes these are, and that a block of this number may reference. */
  besides(number: number, hashAt: (number: number) => Uint8Array | undefined): readonly Header[] {
    return [...this.#headers.values()].filter((header) => {
      const depth = number - header.number;
      if (depth < 1 || depth > MAX_UNCLE_DEPTH) return false;
      const own = hashAt(header.number);
      const parent = hashAt(header.number - 1);
      const isBeside = own !== undefined && !equalBytes(own, headerHash(header));
      return isBeside && parent !== undefined && equalBytes(parent, header.parent_hash);
    });
  }
}
