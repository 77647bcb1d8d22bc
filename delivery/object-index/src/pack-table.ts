// The packs of an index as their worker sees them.
import { findFile } from './file-table.js';
import type { Fence } from './index-backend.js';
import type { IndexCore } from './index-core.js';
import type { Portions } from './index-view.js';
import type { TerritoryName } from './keys.js';
import {
  closePack,
  findPack,
  moveMembers,
  type NewPack,
  type PackMember,
  type PackRecord,
  type PlacedMember,
  readMembers,
  readPacking,
  readSmallPacks,
} from './packs.js';
import type { FileRecord } from './records.js';

export interface CarriedFile {
  readonly fileId: Uint8Array;
  readonly file: FileRecord;
}

export class PackTable {
  constructor(
    private readonly core: IndexCore,
    private readonly fence: Fence | undefined,
  ) {}

  /** Undefined if there is none, or the file is no pack. */
  async get(packId: Uint8Array): Promise<PackRecord | undefined> {
    return this.core.backend.read((view) => findPack(view, packId));
  }

  /** Packs that the packer has work with, in the order of their ids, behind `after`: batches, open packs, sparse packs. */
  async listPacking(limit: number, after?: Uint8Array): Promise<Uint8Array[]> {
    return this.core.backend.read((view) => readPacking(view, limit, after));
  }

  /** Sealed packs of a territory that are to be packed together with others, at most `limit`. */
  async listSmall(territory: TerritoryName, limit: number): Promise<Uint8Array[]> {
    return this.core.backend.read((view) => readSmallPacks(view, territory, limit));
  }

  /** The file with the segments in which a file lies: the pack that it is within, or itself. */
  async carrierOf(fileId: Uint8Array): Promise<CarriedFile | undefined> {
    const { decoded } = this.core;
    return this.core.backend.read(function* (view): Portions<CarriedFile | undefined> {
      const file = yield* findFile(view, fileId, decoded);
      if (file?.within === undefined) return file === undefined ? undefined : { fileId, file };
      const { packId } = file.within;
      const pack = yield* findFile(view, packId, decoded);
      return pack === undefined ? undefined : { fileId: packId, file: pack };
    });
  }

  /** Files of a pack in the order of their offsets, from `from` on. */
  async listMembers(packId: Uint8Array, from: number, limit: number): Promise<PackMember[]> {
    return this.core.backend.read((view) => readMembers(view, packId, { from, limit }));
  }

  /** No file is entered into the pack any more; without files it is deleted. Closing a closed or missing pack does nothing. */
  close(packId: Uint8Array): Promise<void> {
    return this.core.backend.commit((view, numbers) => closePack(view, packId, () => numbers.nextOutbox()));
  }

  /** Moves files to a sealed pack, which enters the index open. Resolves with the number that were still there to move. */
  move(to: NewPack, moves: readonly (PlacedMember & { readonly from: Uint8Array })[]): Promise<number> {
    return this.core.backend.commit((view, numbers) => moveMembers(view, to, moves, () => numbers.nextOutbox()), {
      fence: this.fence,
    });
  }
}
