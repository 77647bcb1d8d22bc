import { send } from './send.js';
import type { StorageClient } from './storage-client.js';
import { elements, textOfElement } from './xml.js';

/** A bucket of the account. */
export interface ListedBucket {
  readonly name: string;
  readonly createdAt: Date;
}

/** The buckets of the account. */
export async function listBuckets(storage: StorageClient, signal?: AbortSignal): Promise<readonly ListedBucket[]> {
  const response = await send(storage, { method: 'GET', path: '/', signal });
  return elements(await response.text(), 'Bucket').map((bucket) => ({
    name: textOfElement(bucket, 'Name') ?? '',
    createdAt: new Date(textOfElement(bucket, 'CreationDate') ?? 0),
  }));
}

/** Creates a bucket; one that the account has already is no error. Throws `STORAGE_REFUSED` (code `BucketAlreadyExists`). */
export async function createBucket(storage: StorageClient, bucket: string, signal?: AbortSignal): Promise<void> {
  await send(storage, { method: 'PUT', path: `/${bucket}`, signal });
}

/** Deletes an empty bucket. Throws `STORAGE_REFUSED` (code `BucketNotEmpty`), `STORAGE_NOT_FOUND`. */
export async function deleteBucket(storage: StorageClient, bucket: string, signal?: AbortSignal): Promise<void> {
  await send(storage, { method: 'DELETE', path: `/${bucket}`, signal });
}
