import type { StorageClient } from '../storage/storage-client.js';
import { callAdmin } from './call-admin.js';

/** What a bucket is set to. */
export interface AdminBucket {
  readonly name: string;
  readonly region: string;
  readonly territory: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly versioning: string;
  /** Names of its settings. */
  readonly configurations: readonly string[];
  readonly defaultStorageClass?: string;
  readonly keyRotation?: object;
}

/** Counts of a whole bucket. */
export interface BucketUsage {
  readonly objects: number;
  readonly versions: number;
  readonly deleteMarkers: number;
  readonly bytes: number;
}

/** Buckets of the account by name, page by page as they are taken. Needs `cess:ListBuckets`. */
export async function* listAdminBuckets(
  storage: StorageClient,
  signal?: AbortSignal,
): AsyncGenerator<AdminBucket, void, undefined> {
  let after: string | undefined;
  do {
    const page: { readonly buckets: readonly AdminBucket[]; readonly next?: string } = await callAdmin(storage, {
      path: '/buckets',
      query: { after },
      signal,
    });
    yield* page.buckets;
    after = page.next;
  } while (after !== undefined);
}

/** Needs `cess:GetBucket`. Throws `GATEWAY_OPERATION_REFUSED` (code `NoSuchBucket`), as all functions of buckets do. */
export function getBucket(storage: StorageClient, bucket: string, signal?: AbortSignal): Promise<AdminBucket> {
  return callAdmin(storage, { path: `/buckets/${bucket}`, signal });
}

/** Counts objects and bytes; reads the whole index of the bucket. Needs `cess:GetBucket`. */
export async function getBucketUsage(
  storage: StorageClient,
  bucket: string,
  signal?: AbortSignal,
): Promise<BucketUsage> {
  const sum = { objects: 0, versions: 0, deleteMarkers: 0, bytes: 0 };
  let after: string | undefined;
  do {
    const page: BucketUsage & { readonly next?: string } = await callAdmin(storage, {
      path: `/buckets/${bucket}/usage`,
      query: { after },
      signal,
    });
    for (const name of ['objects', 'versions', 'deleteMarkers', 'bytes'] as const) sum[name] += page[name];
    after = page.next;
  } while (after !== undefined);
  return sum;
}

/** Sets the storage class of new objects; `null`: STANDARD again. Needs `cess:SetDefaultStorageClass`. */
export function setDefaultStorageClass(
  storage: StorageClient,
  bucket: string,
  storageClass: string | null,
  signal?: AbortSignal,
): Promise<AdminBucket> {
  return callAdmin(storage, {
    method: 'POST',
    path: `/buckets/${bucket}/storage-class`,
    body: { storageClass },
    signal,
  });
}

/** Gives a bucket a new key at once; its files follow in the background. Needs `cess:RotateBucketKey`. */
export function rotateBucketKey(storage: StorageClient, bucket: string, signal?: AbortSignal): Promise<AdminBucket> {
  return callAdmin(storage, { method: 'POST', path: `/buckets/${bucket}/rotate-key`, signal });
}

/** Deletes a bucket without objects. Needs `cess:DeleteBucket`. */
export function deleteAdminBucket(storage: StorageClient, bucket: string, signal?: AbortSignal): Promise<void> {
  return callAdmin(storage, { method: 'DELETE', path: `/buckets/${bucket}`, signal });
}
