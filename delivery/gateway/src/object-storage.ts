// The data path as the S3 operations use it.
import type { ReadRequest, SealedReadRequest, StoredBody, StoreRequest } from '@cess/data-path';
import type { BucketRecord } from '@cess/object-index';

/** Another redundancy for a file. */
type SealedStoreRequest = Pick<StoreRequest, 'bucketName' | 'bucket' | 'redundancy'> & SealedReadRequest;

export interface ObjectStorage {
  /** Stores a body; resolves when every segment has its durability quorum. On failure it discards what it stored. */
  store(request: StoreRequest): Promise<StoredBody>;
  /** Discards stored data that will not be committed to the index. */
  discard(body: StoredBody): void;
  /** Says that the index has the stored data, or may have it. */
  entered(body: StoredBody): void;
  /** Pieces of the plaintext. A piece is valid until the next one is asked for. */
  read(request: ReadRequest): AsyncIterable<Uint8Array>;
  /**
   * Runs a section that reads and stores concurrently. Sections run one at a time and reads have their own memory.
   * Otherwise sections that hold memory for their writes could deadlock while they wait for memory to read.
   */
  copying<T>(section: () => Promise<T>): Promise<T>;
  /** Stores a file again as it is sealed, without its stream key. Only inside `copying`. */
  storeSealed(request: SealedStoreRequest): Promise<StoredBody>;
  /** A fresh bucket's sealed key, for the owner and this gateway. */
  createBucketKeys(ownerKey: Uint8Array): readonly Uint8Array[];
  /** The stream key of a file, opened with one bucket's key and sealed with another's. */
  rewrap(
    file: { readonly streamId: Uint8Array; readonly wrap: Uint8Array },
    from: BucketRecord,
    to: BucketRecord,
  ): Uint8Array;
}
