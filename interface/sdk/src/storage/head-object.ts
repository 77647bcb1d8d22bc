import { type ObjectInfo, objectInfoOf } from './object-info.js';
import { send } from './send.js';
import type { StorageClient } from './storage-client.js';

/** An object, or a version of it. */
export interface ObjectName {
  readonly bucket: string;
  readonly key: string;
  /** Default: the current version. */
  readonly versionId?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What the gateway knows of an object. Throws `STORAGE_NOT_FOUND`. */
export async function headObject(
  storage: StorageClient,
  { bucket, key, versionId, signal }: ObjectName,
): Promise<ObjectInfo> {
  const response = await send(storage, { method: 'HEAD', path: `/${bucket}/${key}`, query: { versionId }, signal });
  return objectInfoOf(response);
}
