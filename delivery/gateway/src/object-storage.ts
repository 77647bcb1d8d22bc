// What the S3 operations need of the data path.
import type { PlaintextLease, ReadRequest, StoredBody, StoreRequest } from '@cess/data-path';
import type { BucketRecord } from '@cess/object-index';

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
