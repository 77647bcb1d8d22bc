// Links to objects that whoever has them can open until they expire (Signature Version 4 in the query).
import { presignedUrl as presign } from '@cess/signature-v4';

export interface PresignInit {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly token: string | undefined;
  readonly region: string;
  /** Origin of the S3 endpoint, as clients reach it. */
  readonly endpoint: string;
  readonly nowMs: number;
}

export interface LinkedObject {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | undefined;
  readonly expiresSeconds: number;
}

/** The URL for a GET of the object. */
export function presignedUrl(
  { accessKeyId, secretAccessKey, token: sessionToken, region, endpoint, nowMs }: PresignInit,
  { bucket, key, versionId, expiresSeconds }: LinkedObject,
): string {
  return presign(
    {
      method: 'GET',
      endpoint: new URL(endpoint).origin,
      path: `/${bucket}/${key}`,
      query: versionId === undefined ? [] : [['versionId', versionId]],
      expiresSeconds,
    },
    { accessKeyId, secretAccessKey, sessionToken, region },
    nowMs,
  );
}
