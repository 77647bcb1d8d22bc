import { CessError } from '@cess/primitives';
import { uriEncode } from '@cess/signature-v4';
import type { ObjectName } from './head-object.js';
import { send } from './send.js';
import type { StorageClient } from './storage-client.js';
import { textOfElement } from './xml.js';

/** What to copy, and where to. */
export interface CopyObjectOptions {
  readonly from: Omit<ObjectName, 'signal'>;
  readonly to: { readonly bucket: string; readonly key: string };
  readonly storageClass?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Copies an object with its metadata at the gateway, up to 5 GiB. Throws `STORAGE_NOT_FOUND`. */
export async function copyObject(
  storage: StorageClient,
  options: CopyObjectOptions,
): Promise<{ readonly etag: string }> {
  const { from, to, storageClass, signal } = options;
  const source = `/${from.bucket}/${from.key}`.split('/').map(uriEncode).join('/');
  const response = await send(storage, {
    method: 'PUT',
    path: `/${to.bucket}/${to.key}`,
    headers: {
      'x-amz-copy-source': from.versionId === undefined ? source : `${source}?versionId=${uriEncode(from.versionId)}`,
      'x-amz-storage-class': storageClass,
    },
    signal,
  });
  const xml = await response.text();
  const etag = textOfElement(xml, 'ETag');
  if (etag !== undefined) return { etag };
  const message = `The object could not be copied: ${textOfElement(xml, 'Message') ?? 'the answer has no ETag'}`;
  throw new CessError('GATEWAY_ANSWER_MALFORMED', message, { operation: 'CopyObject' });
}
