// The packs of an index as their worker sees them.
import type { Kv } from '@cess/store';
import { findFile } from './file-table.js';
import type { IndexCore } from './index-core.js';
import { readFrom } from './index-view.js';
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

interface StoredFile {
  readonly fileId: Uint8Array;
  readonly file: FileRecord;
}

export class PackTable {
  constructor(
    private readonly kv: Kv,
    private readonly core: IndexCore,
  ) {}

  /** Undefined if there is none, or the file is no pack. */
  async get(packId: Uint8Array): Promise<PackRecord | undefined> {
    return readFrom(this.kv, (view) => findPack(view, packId));
  }

  /** Packs that the packer has work with, in the order of their ids, behind `after`: batches, open packs, sparse packs. */
  async listPacking(limit: number, after?: Uint8Array): Promise<Uint8Array[]> {
    return readFrom(this.kv, (view) => readPacking(view, limit, after));
  }

  /** Sealed packs of a territory that are to be packed together with others, at most `limit`. */
  async listSmall(territory: TerritoryName, limit: number): Promise<Uint8Array[]> {
    return readFrom(this.kv, (view) => readSmallPacks(view, territory, limit));
  }

  /** The file with the segments in which a file lies: the pack that it is within, or itself. */
  async carrierOf(fileId: Uint8Array): Promise<StoredFile | undefined> {
    const file = findFile(this.kv, fileId);
    if (file?.within === undefined) return file === undefined ? undefined : { fileId, file };
    const { packId } = file.within;
    const pack = findFile(this.kv, packId);
    return pack === undefined ? undefined : { fileId: packId, file: pack };
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
