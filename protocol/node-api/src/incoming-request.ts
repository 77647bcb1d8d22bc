// What the handlers of a node need of a request: headers, bounded bodies and the verified signer.
import type { IncomingMessage } from 'node:http';
import { fromHex, present } from '@cess/primitives';
import { pacedBody } from './body-pace.js';
import { contentDigest, contentDigestHeader, signatureHeader, signatureInputHeader } from './message-signature.js';
import { RequestRefused } from './request-refused.js';
import { audienceHeader, fragmentRootHeader, fragmentTagKeyHeader, gatewayHeader, maxJsonBodyBytes } from './routes.js';
import { type VerifyContext, verifyRequest } from './verify-request.js';

const signedHeaders = [
  audienceHeader,
  contentDigestHeader,
  fragmentRootHeader,
  gatewayHeader,
  fragmentTagKeyHeader,
  signatureHeader,
  signatureInputHeader,
];
const keyIdPattern = /;keyid="([0-9a-f]{64})"/;

/** The key that a request claims to be signed with. Not verified. Throws 401. */
export function claimedKey(message: IncomingMessage): Uint8Array {
  const match = keyIdPattern.exec(String(message.headers[signatureInputHeader] ?? ''));
  if (match === null) throw new RequestRefused(401, 'SIGNATURE_MISSING', 'The request needs a signature (RFC 9421).');
  return fromHex(present(match[1], 'the key id'));
}

/** The key that signed the request (docs/protocol/node-api.md §2). Throws 401. */
export function requireSignature(message: IncomingMessage, context: VerifyContext): Uint8Array {
  const [path = '', ...rest] = (message.url ?? '').split('?');
  const headers: Record<string, string> = {};
  for (const name of signedHeaders) {
    const value = message.headers[name];
    if (typeof value === 'string') headers[name] = value;
  }
  const query = rest.length === 0 ? '' : `?${rest.join('?')}`;
  const verified = verifyRequest({ method: message.method ?? '', path, query, headers }, context);
  if (!verified.ok) throw new RequestRefused(401, verified.error, 'The signature of the request is not valid.');
  return verified.value;
}

/** Bytes of a header in hex. Throws 400. */
export function hexHeader(message: IncomingMessage, name: string, length: number): Uint8Array {
  const text = message.headers[name];
  if (typeof text !== 'string' || text.length !== 2 * length || !/^[0-9a-f]*$/.test(text)) {
    throw new RequestRefused(400, 'HEADER_MALFORMED', `The header ${name} must be ${length} bytes as lower-case hex.`);
  }
  return fromHex(text);
}

/** The required `Content-Length`, at most `max`. Throws 411 or 413. */
export function contentLength(message: IncomingMessage, max: number): number {
  const text = message.headers['content-length'];
  if (text === undefined || !/^\d{1,12}$/.test(text)) {
    throw new RequestRefused(411, 'LENGTH_REQUIRED', 'The request needs a Content-Length.');
  }
  const length = Number(text);
  if (length > max) throw new RequestRefused(413, 'BODY_TOO_LARGE', `The body may have at most ${max} bytes.`);
  return length;
}

/** A body of exactly `length` bytes, as `contentLength` returned it. Throws 400 when it is cut short, 408 when it is too slow. */
export async function wholeBody(message: IncomingMessage, length: number): Promise<Uint8Array> {
  const body = new Uint8Array(length);
  let at = 0;
  try {
    for await (const chunk of pacedBody(message as AsyncIterable<Buffer>)) {
      body.set(chunk, at);
      at += chunk.length;
    }
  } catch (error) {
    if (error instanceof RequestRefused) throw error;
    throw new RequestRefused(400, 'BODY_BROKEN', 'The body ended before its announced length.');
  }
  return body;
}

/** A JSON body that matches its signed digest. Throws 400, 411 or 413. */
export async function jsonBody(message: IncomingMessage): Promise<unknown> {
  const body = await wholeBody(message, contentLength(message, maxJsonBodyBytes));
  if (contentDigest(body) !== message.headers[contentDigestHeader]) {
    throw new RequestRefused(400, 'DIGEST_MISMATCH', 'The body does not match its Content-Digest.');
  }
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    throw new RequestRefused(400, 'JSON_MALFORMED', 'The body is not JSON.');
  }
}
