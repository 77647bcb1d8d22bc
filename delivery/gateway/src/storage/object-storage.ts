// What the S3 face needs of the data path: plaintext in, stored files out, and back. The implementation encrypts,
// codes and places (writer) and verifies, decodes and decrypts (reader).
import type { BucketRecord, Extent, NewFile } from '@cess/object-index';

/** Bytes that are durable on providers but not yet entered in the index. */
export interface StoredBody {
  readonly extents: readonly Extent[];
  readonly files: readonly NewFile[];
}

/** A piece of plaintext in shared memory: valid until `release`. */
export interface PlaintextLease {
  readonly bytes: Uint8Array;
  release(): void;
}

export interface StoreRequest {
  readonly bucketName: string;
  readonly bucket: BucketRecord;
  readonly length: number;
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly signal: AbortSignal;
}

export interface ReadRequest {
  readonly bucketName: string;
  readonly bucket: BucketRecord;
  readonly extents: readonly Extent[];
  /** Range of the object's bytes. */
  readonly offset: number;
  readonly length: number;
  readonly signal: AbortSignal;
  /** The bytes go into a body that is stored at the same time: only inside `copying`. */
  readonly feedsStore?: boolean;
}

export interface ObjectStorage {
  /** Stores a body; resolves when every segment has its durability quorum. What throws leaves nothing behind. */
  store(request: StoreRequest): Promise<StoredBody>;
  /** Gives back what was stored but will not be entered in the index. */
  discard(body: StoredBody): void;
  read(request: ReadRequest): AsyncIterable<PlaintextLease>;
  /**
   * Runs a section that reads and stores at once. One at a time and with memory of their own for the reads, or several
   * that hold room for what they store would wait for each other's room to read.
   */
  copying<T>(section: () => Promise<T>): Promise<T>;
  /** A fresh bucket's sealed key, for the owner and this gateway. */
  createBucketKeys(ownerKey: Uint8Array): readonly Uint8Array[];
  /** The stream key of a file, opened with one bucket's key and sealed with another's. */
  rewrap(
    file: { readonly streamId: Uint8Array; readonly wrap: Uint8Array },
    from: BucketRecord,
    to: BucketRecord,
  ): Uint8Array;
}
