// Inputs and outputs of the data path: the writer turns plaintext into stored files, the reader does the reverse.
import type { BucketRecord, Extent, NewFile } from '@cess/object-index';
import type { LockedWrap, StreamLock } from '@cess/sealing';
import type { RedundancyClass } from './stream-layout.js';

/** The second key for a wrap that needs one. */
export type LockFor = (wrap: LockedWrap) => StreamLock;

/** Bytes that are durable on providers but not yet entered in the index. */
export interface StoredBody {
  readonly extents: readonly Extent[];
  readonly files: readonly NewFile[];
}

/** A stream that is stored already, and is stored again as it is sealed. */
type SealedStream = Required<Pick<NewFile, 'wrapKey' | 'sameStreamAs'>> & { readonly streamId: Uint8Array };

export interface StoreRequest {
  readonly bucketName: string;
  readonly bucket: BucketRecord;
  readonly length: number;
  /** To whom memory and disk space are given: all requests of a client share them. */
  readonly client: string;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** A second key, beside that of the bucket, that reading the body will need. Default: none. */
  readonly lock?: StreamLock | undefined;
  /** The chunks are the ciphertext of this stream; `length` is that of its plaintext. Default: a new stream. */
  readonly sealed?: SealedStream | undefined;
  /** Data and parity fragments of its segments. Default: 4 + 8. */
  readonly redundancy?: RedundancyClass | undefined;
  readonly signal: AbortSignal;
}

export interface ReadRequest {
  readonly bucketName: string;
  readonly bucket: BucketRecord;
  readonly extents: readonly Extent[];
  /** Range of the object's bytes. */
  readonly offset: number;
  readonly length: number;
  /** Opens wraps that need a second key; without it they fail with `GATEWAY_KEY_MISSING`. */
  readonly lockFor?: LockFor | undefined;
  readonly client: string;
  readonly signal: AbortSignal;
  /** The bytes go into a body that is stored at the same time: only inside `copying`. */
  readonly feedsStore?: boolean;
}

/** The ciphertext of a whole file. It feeds a store: only inside `copying`. */
export interface SealedReadRequest {
  readonly fileId: Uint8Array;
  readonly client: string;
  readonly signal: AbortSignal;
}
