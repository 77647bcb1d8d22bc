// AWS Signature Version 4 by its specification, independent of the signer in the product: header, query, chunks and forms
// (Amazon S3 API Reference, "Authenticating Requests (AWS Signature Version 4)").
import { createHash, createHmac } from 'node:crypto';

export interface SigningKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface Scope {
  readonly region: string;
  readonly service: string;
  readonly date: Date;
}

export interface Unsigned {
  readonly method: string;
  /** Percent-encoded path, with the query behind a question mark. */
  readonly target: string;
  /** Lower-case names, with `host`. */
  readonly headers: Readonly<Record<string, string>>;
}

export const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Uint8Array, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** `20260102T030405Z`. */
export const amzDate = (date: Date): string => `${date.toISOString().replace(/[-:]/g, '').slice(0, 15)}Z`;

const percent = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);

export function scopeText({ date, region, service }: Scope): string {
  return `${amzDate(date).slice(0, 8)}/${region}/${service}/aws4_request`;
}

function signingKey({ secretAccessKey }: SigningKeys, { date, region, service }: Scope): Buffer {
  const ofDate = hmac(`AWS4${secretAccessKey}`, amzDate(date).slice(0, 8));
  return hmac(hmac(hmac(ofDate, region), service), 'aws4_request');
}

/** HMAC of a text under the key of a scope, in hexadecimal. */
export function signText(keys: SigningKeys, scope: Scope, text: string): string {
  return hmac(signingKey(keys, scope), text).toString('hex');
}

function canonicalQuery(query: string): string {
  const pairs = query.split('&').filter((pair) => pair !== '');
  const decoded = pairs.map((pair) => {
    const [name = '', ...value] = pair.split('=');
    const text = (one: string) => percent(decodeURIComponent(one.replace(/\+/g, '%20')));
    return [text(name), text(value.join('='))] as const;
  });
  const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  const sorted = decoded.sort(([a, x], [b, y]) => order(a, b) || order(x, y));
  return sorted.map(([name, value]) => `${name}=${value}`).join('&');
}

function canonicalRequest({ method, target, headers }: Unsigned, signed: readonly string[], payload: string): string {
  const [path = '', query = ''] = target.split(/\?(.*)/s);
  const encoded = path.split('/').map((part) => percent(decodeURIComponent(part)));
  const lines = signed.map((name) => `${name}:${(headers[name] ?? '').trim().replace(/ +/g, ' ')}\n`);
  return [method, encoded.join('/'), canonicalQuery(query), lines.join(''), signed.join(';'), payload].join('\n');
}

function signatureOf(request: Unsigned, signed: readonly string[], payload: string, keys: SigningKeys, scope: Scope) {
  const canonical = sha256(canonicalRequest(request, signed, payload));
  return signText(keys, scope, ['AWS4-HMAC-SHA256', amzDate(scope.date), scopeText(scope), canonical].join('\n'));
}

/** The headers with a signature of all of them. */
export function signHeaders(request: Unsigned, payload: string, keys: SigningKeys, scope: Scope) {
  const headers: Record<string, string> = {
    ...request.headers,
    'x-amz-date': amzDate(scope.date),
    'x-amz-content-sha256': payload,
    ...(keys.sessionToken === undefined ? {} : { 'x-amz-security-token': keys.sessionToken }),
  };
  const signed = Object.keys(headers).sort();
  const signature = signatureOf({ ...request, headers }, signed, payload, keys, scope);
  const credential = `${keys.accessKeyId}/${scopeText(scope)}`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signed.join(';')}, Signature=${signature}`;
  return { ...headers, authorization };
}

/** The target with a signature in its query, valid for `expires` seconds. */
export function presign(request: Unsigned, expires: number | string, keys: SigningKeys, scope: Scope): string {
  const signed = Object.keys(request.headers).sort();
  const parameters = {
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${keys.accessKeyId}/${scopeText(scope)}`,
    'X-Amz-Date': amzDate(scope.date),
    'X-Amz-Expires': String(expires),
    ...(keys.sessionToken === undefined ? {} : { 'X-Amz-Security-Token': keys.sessionToken }),
    'X-Amz-SignedHeaders': signed.join(';'),
  };
  const added = Object.entries(parameters).map(([name, value]) => `${name}=${percent(value)}`);
  const target = `${request.target}${request.target.includes('?') ? '&' : '?'}${added.join('&')}`;
  return `${target}&X-Amz-Signature=${signatureOf({ ...request, target }, signed, 'UNSIGNED-PAYLOAD', keys, scope)}`;
}

/** The body of STREAMING-AWS4-HMAC-SHA256-PAYLOAD, in chunks of the given sizes. */
export function signedChunks(
  body: Buffer,
  sizes: readonly number[],
  { authorization, keys, scope }: { readonly authorization: string; readonly keys: SigningKeys; readonly scope: Scope },
): Buffer {
  let previous = /Signature=([0-9a-f]{64})/.exec(authorization)?.[1] ?? '';
  let offset = 0;
  const frames = [...sizes, 0].map((size) => {
    const data = body.subarray(offset, offset + size);
    offset += size;
    const head = ['AWS4-HMAC-SHA256-PAYLOAD', amzDate(scope.date), scopeText(scope), previous];
    previous = signText(keys, scope, [...head, sha256(''), sha256(data)].join('\n'));
    const line = Buffer.from(`${data.length.toString(16)};chunk-signature=${previous}\r\n`);
    return Buffer.concat([line, data, Buffer.from('\r\n')]);
  });
  return Buffer.concat(frames);
}

/** The body of STREAMING-UNSIGNED-PAYLOAD-TRAILER. */
export function unsignedChunks(body: Buffer, trailer: Readonly<Record<string, string>>): Buffer {
  const chunk = body.length === 0 ? [] : [Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')];
  const lines = Object.entries(trailer).map(([name, value]) => `${name}:${value}\r\n`);
  return Buffer.concat([...chunk, Buffer.from(`0\r\n${lines.join('')}\r\n`)]);
}
