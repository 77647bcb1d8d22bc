import type { UploadState } from './put-object.js';
import { send } from './send.js';
import type { StorageClient } from './storage-client.js';

/** Gives an upload up: the gateway drops the parts that it has. */
export async function abortUpload(
  storage: StorageClient,
  state: Pick<UploadState, 'bucket' | 'key' | 'uploadId'>,
): Promise<void> {
  const { bucket, key, uploadId } = state;
  await send(storage, { method: 'DELETE', path: `/${bucket}/${key}`, query: { uploadId }, accepts: [404] });
}
