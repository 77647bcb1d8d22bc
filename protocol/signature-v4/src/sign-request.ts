// Signs requests with Signature Version 4: in the headers, or in the query of a URL that others may use for a while.
import { toHex } from '@cess/primitives';
import {
  type CredentialScope,
  canonicalRequest,
  hmac,
  scopeText,
  signingKey,
  stringToSign,
  uriEncode,
} from './canonical.js';

/** An access key and the region that signatures name. */
export interface SigningCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials. */
  readonly sessionToken?: string | undefined;
  readonly region: string;
}

export interface RequestToSign {
  readonly method: string;
  /** `http://host:port` or `https://host:port`. */
  readonly endpoint: string;
  /** Decoded, for example `/bucket/a key`. */
  readonly path: string;
  readonly service: 's3' | 'iam' | 'sts' | 'cess';
  /** Decoded names and values. */
  readonly query?: readonly (readonly [string, string])[];
  /** Signed besides `host` and the dates; lower-case names. */
  readonly headers?: Readonly<Record<string, string>>;
  /** SHA-256 of the body in hex, or `UNSIGNED-PAYLOAD`: then the signature does not cover the body. */
  readonly payloadHash: string;
}

/** `20260131T235959Z`. */
export function amzTimestamp(timeMs: number): string {
  return `${new Date(timeMs).toISOString().replace(/[-:]/g, '').slice(0, 15)}Z`;
}

/** All headers of the signed request, `host` included. */
export function signedHeaders(
  { method, endpoint, path, service, query = [], headers: given = {}, payloadHash }: RequestToSign,
  credentials: SigningCredentials,
  nowMs: number,
): Readonly<Record<string, string>> {
  const timestamp = amzTimestamp(nowMs);
  const scope = scopeOf(credentials, timestamp, service);
  const headers: Record<string, string> = {
    ...given,
    host: new URL(endpoint).host,
    'x-amz-content-sha256': payloadHash,
    'x-amz-date': timestamp,
    ...(credentials.sessionToken === undefined ? {} : { 'x-amz-security-token': credentials.sessionToken }),
  };
  const names = Object.keys(headers).sort();
  const canonical = canonicalRequest({ method, path, query, headers, signedHeaders: names, payloadHash });
  const signature = signatureOf(credentials, scope, stringToSign(timestamp, scope, canonical));
  const authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scopeText(scope)}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return { ...headers, authorization };
}

export interface PresignOptions extends Omit<RequestToSign, 'service' | 'payloadHash' | 'headers'> {
  /** 1 second to 7 days. */
  readonly expiresSeconds: number;
}

/** A URL with which anyone may make this request until it expires. */
export function presignedUrl(
  { method, endpoint, path, query = [], expiresSeconds }: PresignOptions,
  credentials: SigningCredentials,
  nowMs: number,
): string {
  const timestamp = amzTimestamp(nowMs);
  const scope = scopeOf(credentials, timestamp, 's3');
  const token = credentials.sessionToken;
  const all: (readonly [string, string])[] = [
    ...query,
    ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
    ['X-Amz-Credential', `${credentials.accessKeyId}/${scopeText(scope)}`],
    ['X-Amz-Date', timestamp],
    ['X-Amz-Expires', String(expiresSeconds)],
    ...(token === undefined ? [] : [['X-Amz-Security-Token', token] as const]),
    ['X-Amz-SignedHeaders', 'host'],
  ];
  const headers = { host: new URL(endpoint).host };
  const parts = { method, path, query: all, headers, signedHeaders: ['host'], payloadHash: 'UNSIGNED-PAYLOAD' };
  const signature = signatureOf(credentials, scope, stringToSign(timestamp, scope, canonicalRequest(parts)));
  return urlOf(endpoint, path, [...all, ['X-Amz-Signature', signature]]);
}

/** The URL of a decoded path and query. */
export function urlOf(endpoint: string, path: string, query: readonly (readonly [string, string])[] = []): string {
  const search = query.map(([name, value]) => `${uriEncode(name)}=${uriEncode(value)}`).join('&');
  return `${endpoint}${path.split('/').map(uriEncode).join('/')}${search === '' ? '' : `?${search}`}`;
}

export function scopeOf(
  { accessKeyId, region }: SigningCredentials,
  timestamp: string,
  service: string,
): CredentialScope {
  return { accessKeyId, date: timestamp.slice(0, 8), region, service };
}

function signatureOf({ secretAccessKey }: SigningCredentials, scope: CredentialScope, text: string): string {
  return toHex(hmac(signingKey(secretAccessKey, scope), text));
}
