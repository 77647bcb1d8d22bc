// The configurations of a bucket: documents that its record holds by name, such as the policy or the lifecycle rules.
import type { BucketRecord, ObjectIndex } from '@cess/object-index';
import { utf8 } from '@cess/primitives';
import type { S3ErrorCode } from '../errors.js';
import { sameBucket } from '../same-bucket.js';

export interface BucketConfiguration<T> {
  /** The name in the record of the bucket; part of the format on disk. */
  readonly name: string;
  /** Longest document that a request may send. */
  readonly maxBytes: number;
  /**
   * The value of a document: of the body of a request, and of the stored bytes. Throws for a document that is not valid; what
   * it accepted once, it accepts in every later version of the program.
   */
  readonly parse: (document: Uint8Array, bucketName: string) => T;
  /** The document as it is stored and answered. Absent: the body of the request, byte by byte. */
  readonly serialise?: (value: T) => string;
  readonly contentType: 'application/xml' | 'application/json';
  /** The error for a bucket without it. */
  readonly notFound: S3ErrorCode;
  /** Refuses buckets that cannot have it, in the transaction that stores it. */
  readonly requireFit?: (bucket: BucketRecord) => void;
  /** What holds for a bucket that never had the configuration. Its deletion is then stored as an empty document. */
  readonly initial?: T;
}

/** A bucket and the name under which it is stored. */
export interface NamedBucket {
  readonly name: string;
  readonly record: BucketRecord;
}

/** The stored document; empty after the deletion of a configuration that has an initial value. */
export function storedDocument(record: BucketRecord, name: string): Uint8Array | undefined {
  return record.configurations.find(([own]) => own === name)?.[1];
}

/** Stores a value that was parsed from `body`. */
export function replaceConfiguration<T>(
  index: ObjectIndex,
  bucket: NamedBucket,
  configuration: BucketConfiguration<T>,
  { value, body }: { readonly value: T; readonly body: Uint8Array },
): Promise<BucketRecord> {
  const { serialise, name, requireFit } = configuration;
  return changeDocument(index, bucket, name, serialise === undefined ? body : utf8(serialise(value)), requireFit);
}

/** Removes a configuration; a bucket without it stays as it is. */
export function removeConfiguration<T>(
  index: ObjectIndex,
  bucket: NamedBucket,
  { name, initial }: BucketConfiguration<T>,
): Promise<BucketRecord> {
  return changeDocument(index, bucket, name, initial === undefined ? undefined : new Uint8Array(0));
}

/** One transaction; throws NoSuchBucket if the bucket was deleted since it was read. */
function changeDocument(
  index: ObjectIndex,
  { name: bucketName, record }: NamedBucket,
  name: string,
  document: Uint8Array | undefined,
  requireFit?: (bucket: BucketRecord) => void,
): Promise<BucketRecord> {
  const isSame = sameBucket(record);
  return index.changeBucket(bucketName, (current) => {
    isSame(undefined, current);
    requireFit?.(current);
    return { ...current, configurations: withDocument(current.configurations, name, document) };
  });
}

export function withDocument(
  configurations: BucketRecord['configurations'],
  name: string,
  document: Uint8Array | undefined,
): BucketRecord['configurations'] {
  const others = configurations.filter(([own]) => own !== name);
  return document === undefined ? others : [...others, [name, document]];
}
