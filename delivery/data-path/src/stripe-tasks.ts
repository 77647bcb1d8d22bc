// Messages to the workers that do the heavy work on one stripe in shared memory. Offsets are into the arena's memory.

/** Seals the plaintext of a stripe in place unless it is ciphertext already, codes its parity, hashes all its shards. */
export interface SealStripeTask {
  readonly kind: 'seal';
  /** Undefined: the data are ciphertext already. */
  readonly key: Uint8Array | undefined;
  readonly streamId: Uint8Array;
  /** Index in the stream of the stripe's first frame. */
  readonly firstFrame: number;
  /** True when the stream ends in this stripe. */
  readonly endsStream: boolean;
  /**
   * Where the stripe's data lies: frame f's plaintext begins at f × 64 KiB and fills 65,520 bytes, but for the last
   * frame of the stream.
   */
  readonly dataOffset: number;
  /** Ciphertext bytes of the stripe, before the zero fill of at most k - 1 bytes. */
  readonly dataLength: number;
  readonly k: number;
  readonly shardLength: number;
  /** All n shards: data first. */
  readonly shardOffsets: readonly number[];
}

/** n × 32 bytes: the hash of every shard. */
export type SealStripeResult = Uint8Array;

export interface ReadShard {
  readonly index: number;
  readonly offset: number;
  readonly hash: Uint8Array;
}

/** Verifies shards, rebuilds missing data shards, opens frames in place. */
export interface OpenStripeTask {
  readonly kind: 'open';
  readonly key: Uint8Array;
  readonly streamId: Uint8Array;
  readonly firstFrame: number;
  readonly endsStream: boolean;
  readonly dataOffset: number;
  readonly dataLength: number;
  readonly k: number;
  readonly n: number;
  readonly shardLength: number;
  readonly shards: readonly ReadShard[];
  /** Data shards that must be there: those not among `shards` are rebuilt at their place in the data. */
  readonly wanted: readonly number[];
  /** Frames of the stripe to open, by index within the stripe; none where the ciphertext is wanted. */
  readonly openFrom: number;
  readonly openCount: number;
}

export type OpenStripeResult =
  /** Plaintext of the opened frames, contiguous. */
  | { readonly type: 'opened'; readonly offset: number; readonly length: number }
  /** Shards whose bytes are not what the manifest says. */
  | { readonly type: 'bad'; readonly indices: readonly number[] }
  /** All shards are as written, yet a frame does not open: the file was damaged before it was stored. */
  | { readonly type: 'sealBroken' };

/** Rebuilds one shard from k others (which it verifies), for filling holes. */
export interface RebuildShardTask {
  readonly kind: 'rebuild';
  readonly k: number;
  readonly n: number;
  readonly shardLength: number;
  readonly shards: readonly ReadShard[];
  readonly target: ReadShard;
}

export type RebuildShardResult =
  | { readonly type: 'rebuilt' }
  | { readonly type: 'bad'; readonly indices: readonly number[] };

export type StripeTask = SealStripeTask | OpenStripeTask | RebuildShardTask;

/** Runs stripe tasks on worker threads. */
export interface StripeWorkers {
  seal(task: SealStripeTask): Promise<SealStripeResult>;
  open(task: OpenStripeTask): Promise<OpenStripeResult>;
  rebuild(task: RebuildShardTask): Promise<RebuildShardResult>;
}
