// Stores bytes that are sealed already as a file of one segment, at a durability quorum of providers: parts of the exported index.
import { type Arena, defaultRedundancy, type PackStore, packedBytesOf } from '@cess/data-path';
import type { NewPack, TerritoryName } from '@cess/object-index';

export interface ContentStoreInit {
  readonly arena: Pick<Arena, 'acquire'>;
  readonly packs: Pick<PackStore, 'store' | 'discard'>;
}

/** To whom the memory is given. */
const client = 'index export';

export class ContentStore {
  constructor(private readonly init: ContentStoreInit) {}

  /** Throws what `PackStore.store` throws. */
  async store({ owner, territory }: TerritoryName, content: Uint8Array, signal: AbortSignal): Promise<NewPack> {
    const { arena, packs } = this.init;
    const redundancy = defaultRedundancy;
    const region = await arena.acquire(packedBytesOf(content.length, redundancy), signal, client);
    try {
      region.bytes.set(content);
      return await packs.store({ owner, territory, redundancy, region, length: content.length, isIndex: true, signal });
    } finally {
      region.release();
    }
  }

  /** Gives back a file that will not enter the index. */
  discard(file: NewPack): void {
    this.init.packs.discard(file);
  }
}
