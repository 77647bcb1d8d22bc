// What the data path needs of its user: a gateway, a cache node or an SDK.
import type { BucketRecord, FileRecord, SegmentRecord, TerritoryName } from '@cess/object-index';
import type { StreamLock } from '@cess/sealing';
import type { LockFor } from './transfer.js';

/** Looks up stored files, and the buckets whose keys open them. */
export interface FileCatalog {
  getBucket(bucket: string): Promise<BucketRecord | undefined>;
  getFile(fileId: Uint8Array): Promise<FileRecord | undefined>;
  getSegment(fileId: Uint8Array, segment: number): Promise<SegmentRecord | undefined>;
}

/** Wraps and unwraps stream keys under the keys of buckets (docs/protocol/data-path.md §7). */
export interface StreamKeys {
  wrapStream(bucket: BucketRecord, streamId: Uint8Array, streamKey: Uint8Array, lock?: StreamLock): Uint8Array;
  /** Throws `WRAP_INVALID` or `GATEWAY_KEY_MISSING`. */
  unwrapStream(bucket: BucketRecord, streamId: Uint8Array, wrap: Uint8Array, lockFor?: LockFor): Uint8Array;
}

/** Reserves space of a territory before it is used (docs/protocol/data-path.md §10). */
export interface SpaceReservations {
  /** Throws `GATEWAY_QUOTA_EXCEEDED`. */
  reserve(territory: TerritoryName, bytes: number): void | Promise<void>;
  /** What was reserved is in the index now. */
  entered?(territory: TerritoryName, bytes: number): void;
  release(territory: TerritoryName, bytes: number): void;
}
