// A request as the handlers see it: route, headers that matter, and who signed it.
import type { IncomingMessage } from 'node:http';
import {
  audienceHeader,
  contentDigest,
  contentDigestHeader,
  fragmentRootHeader,
  gatewayHeader,
  maxJsonBodyBytes,
  type ReplayGuard,
  signatureHeader,
  signatureInputHeader,
  verifyRequest,
} from '@cess/node-api';
import { fromHex } from '@cess/primitives';
import type { KnownNodes } from '../known-nodes.js';
import { RequestRefused } from './errors.js';

const signedHeaders = [
  audienceHeader,
  contentDigestHeader,
  fragmentRootHeader,
  gatewayHeader,
  signatureHeader,
  signatureInputHeader,
];
const keyIdPattern = /;keyid="([0-9a-f]{64})"/;

export interface Authenticator {
  readonly nodeKey: Uint8Array;
  readonly replayGuard: ReplayGuard;
  readonly known: KnownNodes;
  readonly nowMs: () => number;
}

/** The gateway with this account signed. Throws 401 or 403. */
export async function requireGateway(
  message: IncomingMessage,
  auth: Authenticator,
  account: Uint8Array,
): Promise<void> {
  await requireKeyOf(auth, account, claimedKey(message));
  verify(message, auth);
}

/** `key` is the registered one of the gateway with this account. Throws 403. */
export async function requireKeyOf(auth: Authenticator, account: Uint8Array, key: Uint8Array): Promise<void> {
  if (!(await auth.known.isGateway(account, key))) {
    throw new RequestRefused(403, 'GATEWAY_UNKNOWN', 'The signing key is not that of this gateway.');
  }
}

/** The key of the registered node that signed. Throws 401 or 403. */
export async function requireNode(message: IncomingMessage, auth: Authenticator): Promise<Uint8Array> {
  const claimed = claimedKey(message);
  if (!(await auth.known.isNode(claimed))) {
    throw new RequestRefused(403, 'NODE_UNKNOWN', 'The signing key is not that of a registered node.');
  }
  verify(message, auth);
  return claimed;
}

/** Bytes of a header in hex. Throws 400. */
export function hexHeader(message: IncomingMessage, name: string, length: number): Uint8Array {
  const text = message.headers[name];
  if (typeof text !== 'string' || text.length !== 2 * length || !/^[0-9a-f]*$/.test(text)) {
    throw new RequestRefused(400, 'HEADER_MALFORMED', `The header ${name} must be ${length} bytes as lower-case hex.`);
  }
  return fromHex(text);
}

/** `Content-Length`, which must be there and at most `max`. Throws 411 or 413. */
export function contentLength(message: IncomingMessage, max: number): number {
  const text = message.headers['content-length'];
  if (text === undefined || !/^\d{1,12}$/.test(text)) {
    throw new RequestRefused(411, 'LENGTH_REQUIRED', 'The request needs a Content-Length.');
  }
  const length = Number(text);
  if (length > max) throw new RequestRefused(413, 'BODY_TOO_LARGE', `The body may have at most ${max} bytes.`);
  return length;
}

/** A JSON body that matches its signed digest. Throws 400, 411 or 413. */
export async function jsonBody(message: IncomingMessage): Promise<unknown> {
  const length = contentLength(message, maxJsonBodyBytes);
  const body = new Uint8Array(length);
  let at = 0;
  try {
    for await (const chunk of message as AsyncIterable<Buffer>) {
      body.set(chunk, at);
      at += chunk.length;
    }
  } catch {
    throw new RequestRefused(400, 'BODY_BROKEN', 'The body broke off before its end.');
  }
  if (contentDigest(body) !== message.headers[contentDigestHeader]) {
    throw new RequestRefused(400, 'DIGEST_MISMATCH', 'The body does not match its Content-Digest.');
  }
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    throw new RequestRefused(400, 'JSON_MALFORMED', 'The body is not JSON.');
  }
}

function claimedKey(message: IncomingMessage): Uint8Array {
  const match = keyIdPattern.exec(String(message.headers[signatureInputHeader] ?? ''));
  if (match === null) throw new RequestRefused(401, 'SIGNATURE_MISSING', 'The request needs a signature (RFC 9421).');
  return fromHex(match[1]!);
}

function verify(message: IncomingMessage, auth: Authenticator): void {
  const [path = '', ...rest] = (message.url ?? '').split('?');
  const headers: Record<string, string> = {};
  for (const name of signedHeaders) {
    const value = message.headers[name];
    if (typeof value === 'string') headers[name] = value;
  }
  const query = rest.length === 0 ? '' : `?${rest.join('?')}`;
  const request = { method: message.method ?? '', path, query, headers };
  const context = { audience: auth.nodeKey, nowMs: auth.nowMs(), replayGuard: auth.replayGuard };
  const verified = verifyRequest(request, context);
  if (!verified.ok) throw new RequestRefused(401, verified.error, 'The signature of the request is not accepted.');
}
