// Trees of blocks for tests of the fork choice.
import { sha256 } from '@cess/crypto';
import { toHex, utf8 } from '@cess/primitives';
import type { BlockTree, ForkBlock } from '../index.js';

/** A tree that grows from its root. */
export class TestTree implements BlockTree {
  readonly blocks: ForkBlock[] = [];
  readonly #byHash = new Map<string, ForkBlock>();

  constructor() {
    this.#add({ hash: sha256(utf8('root')), parentHash: new Uint8Array(32), number: 7, slot: 100n });
  }

  get root(): ForkBlock {
    return this.blocks[0]!;
  }

  /** A child of `parent`; `name` makes its hash, and `hash` replaces it. */
  extend(parent: ForkBlock, slot: bigint, name: string, hash = sha256(utf8(name))): ForkBlock {
    return this.#add({ hash, parentHash: parent.hash, number: parent.number + 1, slot });
  }

  block(hash: Uint8Array): ForkBlock | undefined {
    return this.#byHash.get(toHex(hash));
  }

  #add(block: ForkBlock): ForkBlock {
    this.blocks.push(block);
    this.#byHash.set(toHex(block.hash), block);
    return block;
  }
}
