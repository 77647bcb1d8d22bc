import type { ChainClient, EventRecord, Header } from '@cess/client';

/** A finalized block with its events. */
export interface FinalizedBlockEvents {
  readonly hash: Uint8Array;
  readonly header: Header;
  readonly events: readonly EventRecord[];
}

/** Where to begin, and what to call. */
export interface WatchBlocksOptions {
  /** First block. Default: the newest finalized one. */
  readonly from?: number | undefined;
  readonly onBlock: (block: FinalizedBlockEvents) => void | Promise<void>;
}

/** Calls back with every finalized block and its events, in order and without gaps. The result ends it. */
export function watchBlocks(client: ChainClient, { from, onBlock }: WatchBlocksOptions): () => Promise<void> {
  return client.followFinalized(
    async (header, hash) => onBlock({ hash, header, events: await client.events(hash) }),
    from === undefined ? {} : { from },
  );
}
