// The file events of finalized blocks, read once and handed to all providers of this process.
import type { ChainClient, EventRecord } from '@cess/client';
import type { FileEvent } from '../chain-port.js';

export type FileListener = (events: readonly FileEvent[]) => Promise<void>;

export class FinalizedFeed {
  readonly #listeners = new Set<FileListener>();
  #end: (() => Promise<void>) | undefined;

  constructor(private readonly client: Pick<ChainClient, 'followFinalized' | 'events'>) {}

  /** Adds a listener; the first one starts the following, the last one to leave ends it. */
  subscribe(listener: FileListener): () => Promise<void> {
    this.#listeners.add(listener);
    this.#end ??= this.client.followFinalized(async (_header, hash) => {
      const events = (await this.client.events(hash)).flatMap(toFileEvent);
      if (events.length > 0) await Promise.all([...this.#listeners].map((each) => each(events)));
    });
    return async () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      const end = this.#end;
      this.#end = undefined;
      await end?.();
    };
  }
}

function toFileEvent({ event }: EventRecord): FileEvent[] {
  if (event.type !== 'FileBank') return [];
  switch (event.value.type) {
    case 'FilesDeclared':
      return [{ type: 'declared', fileIds: event.value.value.files }];
    case 'FileDeleted':
      return [{ type: 'deleted', fileId: event.value.value.file_id }];
    case 'PlacementReported': {
      const { file_id, segment, fragment, miner } = event.value.value;
      return [{ type: 'placed', fileId: file_id, segment, fragment, miner }];
    }
    default:
      return [];
  }
}
