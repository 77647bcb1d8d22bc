// The canonical request and string to sign of AWS Signature Version 4, as Amazon documents them for S3
// (no path normalisation, single URI encoding).
import { hmacSha256, sha256 } from '@cess/crypto/sha2';
import { toHex, utf8 } from '@cess/primitives';

export interface CredentialScope {
  readonly accessKeyId: string;
  /** YYYYMMDD. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

export interface CanonicalParts {
  readonly method: string;
  /** Decoded path, for example `/bucket/a key`. */
  readonly path: string;
  /** Decoded pairs, already without the signature itself. */
  readonly query: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly signedHeaders: readonly string[];
  readonly payloadHash: string;
}

/** Keeps RFC 3986 unreserved characters; encodes all other bytes as %XX in upper case. */
export function uriEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

export function canonicalRequest(parts: CanonicalParts): string {
  const path = parts.path.split('/').map(uriEncode).join('/');
  const query = parts.query
    .map(([name, value]) => [uriEncode(name), uriEncode(value)] as const)
    .sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
  const headers = parts.signedHeaders.map((name) => `${name}:${canonicalHeader(parts.headers[name] ?? '')}\n`).join('');
  return [parts.method, path, query, headers, parts.signedHeaders.join(';'), parts.payloadHash].join('\n');
}

export function scopeText({ date, region, service }: CredentialScope): string {
  return `${date}/${region}/${service}/aws4_request`;
}

/** `algorithm` is AWS4-HMAC-SHA256 for a request. */
export function stringToSign(timestamp: string, scope: CredentialScope, canonical: string): string {
  return ['AWS4-HMAC-SHA256', timestamp, scopeText(scope), sha256Hex(canonical)].join('\n');
}

/** 32 bytes. */
export function signingKey(secretAccessKey: string, { date, region, service }: CredentialScope): Uint8Array {
  return [date, region, service, 'aws4_request'].reduce<Uint8Array>(
    (key, part) => hmac(key, part),
    utf8(`AWS4${secretAccessKey}`),
  );
}

/** HMAC-SHA256 (RFC 2104) of text as UTF-8: 32 bytes. */
export function hmac(key: Uint8Array, text: string): Uint8Array {
  return hmacSha256(key, utf8(text));
}

/** SHA-256 in lower-case hex; of text as UTF-8. */
export function sha256Hex(data: string | Uint8Array): string {
  return toHex(sha256(typeof data === 'string' ? utf8(data) : data));
}

/** Header text as it was signed. Node gives header bytes as latin1: they are UTF-8 or, from some clients, latin1. */
function canonicalHeader(value: string): string {
  return (utf8InLatin1(value) ?? value).trim().replace(/ +/g, ' ');
}

/** The text whose UTF-8 bytes this text has as characters; undefined if there is none. */
function utf8InLatin1(value: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is the same in both
  if (/^[\u0000-\u007f]*$/.test(value)) return value;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all characters of latin1
  if (!/^[\u0000-\u00ff]*$/.test(value)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      Uint8Array.from(value, (c) => c.charCodeAt(0)),
    );
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
