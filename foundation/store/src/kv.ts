// The key-value port. Keys and values are byte strings, keys are ordered by unsigned byte (compareBytes).
//
// Contract (the exported compliance suite holds every backend to it):
// - `write` applies all its operations or none, also across a crash.
// - Writes become visible to reads and to later writes in the order of the calls, when their promise resolves.
// - With `durable: true` the promise resolves only after everything up to and including this batch survives
//   kill -9 and power loss. Without it a crash may lose a suffix of the batches, never a middle one.
// - Reads are synchronous and see the last resolved write; an iterator sees one consistent snapshot.

export type KvOperation =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'delete'; readonly key: Uint8Array };

export interface KvRange {
  /** First key, inclusive. */
  readonly gte?: Uint8Array;
  /** End of the range, exclusive. */
  readonly lt?: Uint8Array;
  readonly reverse?: boolean;
  readonly limit?: number;
}

export type KvEntry = readonly [key: Uint8Array, value: Uint8Array];

export interface KvWriteOptions {
  /** Wait for the disk. Default false. */
  readonly durable?: boolean;
}

export interface Kv {
  get(key: Uint8Array): Uint8Array | undefined;
  has(key: Uint8Array): boolean;
  entries(range?: KvRange): IterableIterator<KvEntry>;
  write(operations: readonly KvOperation[], options?: KvWriteOptions): Promise<void>;
  /** Waits for pending writes and releases all resources; further calls throw `KV_CLOSED`. */
  close(): Promise<void>;
}

/** Longest key of every backend: an S3 key (1,024) with bucket, upload id and table prefix fits (LMDB allows 1,978). */
export const maxKeyBytes = 1536;
