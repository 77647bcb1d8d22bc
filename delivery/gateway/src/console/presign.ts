// Links to objects that whoever has them can open until they expire (Signature Version 4 in the query).
import { toHex } from '@cess/primitives';
import { canonicalRequest, hmac, signingKey, stringToSign, uriEncode } from '../s3/auth/canonical.js';

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
  { accessKeyId, secretAccessKey, token, region, endpoint, nowMs }: PresignInit,
  { bucket, key, versionId, expiresSeconds }: LinkedObject,
): string {
  const timestamp = `${new Date(nowMs).toISOString().replace(/[-:]/g, '').slice(0, 15)}Z`;
  const scope = { accessKeyId, date: timestamp.slice(0, 8), region, service: 's3' };
  const query: [string, string][] = [
    ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
    ['X-Amz-Credential', `${accessKeyId}/${scope.date}/${region}/s3/aws4_request`],
    ['X-Amz-Date', timestamp],
    ['X-Amz-Expires', String(expiresSeconds)],
    ['X-Amz-SignedHeaders', 'host'],
    ...(token === undefined ? [] : [['X-Amz-Security-Token', token] as [string, string]]),
    ...(versionId === undefined ? [] : [['versionId', versionId] as [string, string]]),
  ];
  const path = `/${bucket}/${key}`;
  const { origin, host } = new URL(endpoint);
  const canonical = canonicalRequest({
    method: 'GET',
    path,
    query,
    headers: { host },
    signedHeaders: ['host'],
    payloadHash: 'UNSIGNED-PAYLOAD',
  });
  const signature = toHex(hmac(signingKey(secretAccessKey, scope), stringToSign(timestamp, scope, canonical)));
  const text = [...query, ['X-Amz-Signature', signature] as const]
    .map(([name, value]) => `${uriEncode(name)}=${uriEncode(value)}`)
    .join('&');
  return `${origin}${path.split('/').map(uriEncode).join('/')}?${text}`;
}
