import { presignedUrl } from '@cess/signature-v4';
import type { StorageClient } from './storage-client.js';

/** What a link permits, and for how long. */
export interface PresignObjectOptions {
  readonly bucket: string;
  readonly key: string;
  /** Default `GET`. */
  readonly method?: 'GET' | 'HEAD' | 'PUT' | 'DELETE' | undefined;
  /** 1 second to 7 days. Default 1 hour. */
  readonly expiresSeconds?: number | undefined;
  readonly versionId?: string | undefined;
  /** Name under which browsers save the object. */
  readonly downloadName?: string | undefined;
}

/** A URL with which anyone may make this request until it expires, or the credentials do. Nothing is sent. */
export async function presignObject(storage: StorageClient, options: PresignObjectOptions): Promise<string> {
  const { bucket, key, method = 'GET', expiresSeconds = 3600, versionId, downloadName } = options;
  const query: (readonly [string, string])[] = [
    ...(versionId === undefined ? [] : [['versionId', versionId] as const]),
    ...(downloadName === undefined
      ? []
      : [
          ['response-content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(downloadName)}`] as const,
        ]),
  ];
  const request = { method, endpoint: storage.endpoint, path: `/${bucket}/${key}`, query, expiresSeconds };
  return presignedUrl(request, { ...(await storage.credentials()), region: storage.region }, storage.nowMs());
}
