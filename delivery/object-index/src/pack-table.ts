// The packs of an index as their worker sees them.
import type { Kv } from '@cess/store';
import type { IndexCore } from './index-core.js';
import { readFrom } from './index-view.js';
import {
  closePack,
  findPack,
  moveMembers,
  type NewPack,
  type PackMember,
  type PackRecord,
  type PlacedMember,
  readBatches,
  readMembers,
} from './packs.js';

export class PackTable {
  constructor(
    private readonly kv: Kv,
    private readonly core: IndexCore,
  ) {}

  /** Undefined if there is none, or the file is no pack. */
  async get(packId: Uint8Array): Promise<PackRecord | undefined> {
    return readFrom(this.kv, (view) => findPack(view, packId));
  }

  /** Batches in the order of their ids, behind `after`. */
  async listBatches(limit: number, after?: Uint8Array): Promise<Uint8Array[]> {
    return readFrom(this.kv, (view) => readBatches(view, limit, after));
  }

  /** Files of a pack in the order of their offsets, from `from` on. */
  async listMembers(packId: Uint8Array, from: number, limit: number): Promise<PackMember[]> {
    return readFrom(this.kv, (view) => readMembers(view, packId, { from, limit }));
  }

  /** No file is entered into the pack any more; without files it is deleted. Closing a closed or missing pack does nothing. */
  close(packId: Uint8Array): Promise<void> {
    return this.core.commits.commit((view) => closePack(view, packId, () => this.core.nextSequence()));
  }

  /** Moves files to a sealed pack, which enters the index open. Resolves with the number that were still there to move. */
  move(to: NewPack, moves: readonly (PlacedMember & { readonly from: Uint8Array })[]): Promise<number> {
    return this.core.commits.commit((view) => moveMembers(view, to, moves, () => this.core.nextSequence()));
  }
}
