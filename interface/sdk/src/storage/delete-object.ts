import type { ObjectName } from './head-object.js';
import { send } from './send.js';
import type { StorageClient } from './storage-client.js';

/** Deletes an object, or a version. An object that does not exist is no error. In buckets with versions, a delete marker takes its place. */
export async function deleteObject(
  storage: StorageClient,
  { bucket, key, versionId, signal }: ObjectName,
): Promise<void> {
  await send(storage, { method: 'DELETE', path: `/${bucket}/${key}`, query: { versionId }, signal });
}
