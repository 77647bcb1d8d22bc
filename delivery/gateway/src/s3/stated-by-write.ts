// What a write states about its object beside its description: storage class, tags and locks.
import type { NewObject, ObjectRecord } from '@cess/object-index';
import { defaultStorageClass } from '../classes/default-class.js';
import type { StorageClassName } from '../storage-classes.js';
import type { NamedBucket } from './configurations/configuration.js';
import { defaultRetention } from './configurations/object-lock.js';
import type { S3Context } from './context.js';
import { parseLockHeaders } from './object-lock/retention.js';
import { parseTaggingHeader } from './tags.js';

type StatedByWrite = Pick<ObjectRecord, 'storageClass' | 'tags' | 'legalHold' | 'retention'>;

/** For an upload, whose object gets the default retention of its bucket when it is completed. */
export function statedByUpload(context: S3Context, bucket: NamedBucket): StatedByWrite {
  const { headers } = context;
  return {
    storageClass: statedStorageClass(context, bucket),
    tags: parseTaggingHeader(headers['x-amz-tagging']),
    ...parseLockHeaders(context, bucket.record),
  };
}

/** Throws InvalidStorageClass, also for a default of the bucket that new objects cannot have now. */
function statedStorageClass(
  { headers, configurations, classes }: Pick<S3Context, 'headers' | 'configurations' | 'classes'>,
  bucket: NamedBucket,
): StorageClassName {
  const stated = headers['x-amz-storage-class'];
  return classes.require(stated ?? configurations.read(defaultStorageClass, bucket) ?? 'STANDARD');
}

export function statedByWrite(context: S3Context, bucket: NamedBucket): StatedByWrite {
  return withDefaultRetention(context, bucket, statedByUpload(context, bucket));
}

export function withDefaultRetention<T extends Pick<NewObject, 'retention'>>(
  { configurations, nowMs }: Pick<S3Context, 'configurations' | 'nowMs'>,
  bucket: NamedBucket,
  stated: T,
): T {
  return { ...stated, retention: stated.retention ?? defaultRetention(configurations, bucket, nowMs()) };
}
