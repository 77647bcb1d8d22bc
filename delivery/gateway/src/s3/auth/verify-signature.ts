// Verification of AWS Signature Version 4 on S3 requests: in the Authorization header or in the query (presigned).
// Runs before any part of the body is read (docs/architecture.md, "Flow: store an object").

import { timingSafeEqual } from 'node:crypto';
import { elementAt } from '@cess/primitives';
import { type CredentialScope, canonicalRequest, hmac, signingKey, stringToSign } from '@cess/signature-v4';
import { S3Error } from '../errors.js';
import { isPresigned, type S3Target } from '../request.js';
import { knownSigningKey, rememberSigningKey } from './known-signing-keys.js';

const algorithmPrefix = 'AWS4-HMAC-SHA256 ';
const maxSkewMs = 15 * 60 * 1000;
const maxExpiresSeconds = 7 * 24 * 3600;
/** Headers that a presigned URL need not sign although they begin with x-amz-. */
const unsignedAllowed = new Set(['x-amz-content-sha256', 'x-amz-user-agent']);

/** A caller whom the console signed in. Only the console sets it, from a session; nothing that a client sends does. */
export interface SessionCaller {
  readonly accessKeyId: string;
  /** Of temporary credentials. */
  readonly token: string | undefined;
  /** The service for which the request is. */
  readonly service: 's3' | 'cess';
}

export interface SignatureRequest {
  readonly method: string;
  readonly target: S3Target;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Stands in place of a signature; a signature beside it counts for nothing. */
  readonly session?: SessionCaller | undefined;
}

export interface SignatureContext {
  readonly region: string;
  /** Another region for which clients of a global service sign. */
  readonly alsoRegion?: string;
  /** Default: s3. */
  readonly service?: string;
  readonly nowMs: number;
  /** SHA-256 of a body that is already read: what the signature covers where the request does not state a hash. */
  readonly bodyHash?: string;
  secretOf(accessKeyId: string): string | undefined;
}

/** A request with a valid signature, and the parameters needed to verify a signed body. */
export interface Authenticated {
  readonly accessKeyId: string;
  /** Value of x-amz-content-sha256, or UNSIGNED-PAYLOAD for presigned requests without it. */
  readonly payloadHash: string;
  readonly timestamp: string;
  readonly scope: CredentialScope;
  readonly signingKey: Uint8Array;
  readonly signature: string;
}

/** A request without a signature, which is anonymous. Its body can state its hash. */
export interface Unsigned {
  readonly accessKeyId: undefined;
  /** Value of x-amz-content-sha256, or UNSIGNED-PAYLOAD. */
  readonly payloadHash: string;
}

export type RequestAuth = Authenticated | Unsigned;

/** Undefined for a request that carries a signature of any kind, be it one that is not supported. */
export function tryUnsigned({ headers, target, session }: Omit<SignatureRequest, 'method'>): Unsigned | undefined {
  if (session !== undefined) return undefined;
  if (headers['authorization'] !== undefined || isPresigned(target) || isPresignedByVersion2(target)) return undefined;
  return { accessKeyId: undefined, payloadHash: headers['x-amz-content-sha256'] ?? 'UNSIGNED-PAYLOAD' };
}

/** The scope that a request claims in its signature, which may still be wrong, or that of its session; undefined if it claims none. */
export function claimedScope(request: Omit<SignatureRequest, 'method'>): CredentialScope | undefined {
  const { headers, target, session } = request;
  if (session !== undefined)
    return { accessKeyId: session.accessKeyId, date: '', region: '', service: session.service };
  if (isPresigned(target)) return parseCredential(target.query.get('X-Amz-Credential') ?? '');
  const { authorization = '' } = headers;
  if (!authorization.startsWith(algorithmPrefix)) return undefined;
  return parseCredential(authorizationFields(authorization).get('Credential') ?? '');
}

/** The session token that comes with temporary credentials. */
export function securityToken(request: Omit<SignatureRequest, 'method'>): string | undefined {
  const { headers, target, session } = request;
  if (session !== undefined) return session.token;
  return (
    headers['x-amz-security-token'] ?? (isPresigned(target) ? target.query.get('X-Amz-Security-Token') : undefined)
  );
}

interface Claim {
  readonly scope: CredentialScope;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly timestamp: string;
  readonly payloadHash: string;
  readonly query: readonly (readonly [string, string])[];
}

/** The query of a presigned URL of Signature Version 2, which some clients make by default. */
function isPresignedByVersion2({ query }: S3Target): boolean {
  return query.has('AWSAccessKeyId') && query.has('Signature');
}

export function mechanismNotSupported(): S3Error {
  return new S3Error('InvalidRequest', {
    message: 'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
  });
}

/** Throws the S3Error that Amazon documents for each way in which a signature can be wrong. */
export function verifySignature(request: SignatureRequest, context: SignatureContext): Authenticated {
  const claim = isPresigned(request.target) ? queryClaim(request, context) : headerClaim(request, context);
  const { scope, signedHeaders } = claim;
  const isRegion = scope.region === context.region || scope.region === context.alsoRegion;
  if (scope.service !== (context.service ?? 's3') || !isRegion) {
    throw new S3Error('AuthorizationHeaderMalformed', {
      message: `The authorization header is malformed; the region '${scope.region}' is wrong; expecting '${context.region}'.`,
      details: { Region: context.region },
    });
  }
  const secret = context.secretOf(scope.accessKeyId);
  if (secret === undefined) throw new S3Error('InvalidAccessKeyId', { details: { AWSAccessKeyId: scope.accessKeyId } });
  requireSigned(request, signedHeaders);
  const canonical = canonicalRequest({
    method: request.method,
    path: decodeURIComponent(request.target.rawPath),
    query: claim.query,
    headers: request.headers,
    signedHeaders,
    payloadHash: claim.payloadHash,
  });
  const text = stringToSign(claim.timestamp, scope, canonical);
  const key = knownSigningKey(secret, scope) ?? signingKey(secret, scope);
  if (!equalSignature(hmac(key, text), claim.signature)) {
    throw new S3Error('SignatureDoesNotMatch', {
      details: { AWSAccessKeyId: scope.accessKeyId, StringToSign: text, CanonicalRequest: canonical },
    });
  }
  rememberSigningKey(secret, scope, key);
  return {
    accessKeyId: scope.accessKeyId,
    payloadHash: claim.payloadHash,
    timestamp: claim.timestamp,
    scope,
    signingKey: key,
    signature: claim.signature,
  };
}

function headerClaim({ headers, target }: SignatureRequest, { nowMs, bodyHash }: SignatureContext): Claim {
  const authorization = headers['authorization'];
  if (authorization === undefined)
    throw isPresignedByVersion2(target) ? mechanismNotSupported() : new S3Error('AccessDenied');
  if (!authorization.startsWith(algorithmPrefix)) throw mechanismNotSupported();
  const fields = authorizationFields(authorization);
  const malformed = (): never => {
    throw new S3Error('AuthorizationHeaderMalformed');
  };
  const scope = parseCredential(fields.get('Credential') ?? '') ?? malformed();
  const signature = fields.get('Signature') ?? malformed();
  const signedHeaders = (fields.get('SignedHeaders') ?? malformed()).split(';');
  const timestamp = headers['x-amz-date'] ?? dateHeaderTimestamp(headers['date']);
  const timeMs = timestamp === undefined ? undefined : parseTimestamp(timestamp);
  if (timestamp === undefined || timeMs === undefined) {
    throw new S3Error('AccessDenied', { message: 'AWS authentication requires a valid Date or x-amz-date header.' });
  }
  if (Math.abs(nowMs - timeMs) > maxSkewMs) throw skewed(timestamp, nowMs);
  if (!timestamp.startsWith(scope.date)) malformed();
  const payloadHash = headers['x-amz-content-sha256'] ?? bodyHash;
  if (payloadHash === undefined) {
    throw new S3Error('InvalidRequest', { message: 'Missing required header for this request: x-amz-content-sha256.' });
  }
  return { scope, signedHeaders, signature, timestamp, payloadHash, query: target.queryPairs };
}

function queryClaim({ headers, target }: SignatureRequest, { nowMs, bodyHash }: SignatureContext): Claim {
  const invalid = (message: string): never => {
    throw new S3Error('AuthorizationQueryParametersError', { message });
  };
  const field = (name: string): string => target.query.get(name) ?? invalid(`Query parameter ${name} is required.`);
  if (field('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256') invalid('X-Amz-Algorithm only supports "AWS4-HMAC-SHA256".');
  const scope = parseCredential(field('X-Amz-Credential')) ?? invalid('The X-Amz-Credential parameter is malformed.');
  const timestamp = field('X-Amz-Date');
  const timeMs = parseTimestamp(timestamp) ?? invalid('X-Amz-Date must be in the format "yyyyMMddTHHmmssZ".');
  const expires = /^\d{1,9}$/.test(field('X-Amz-Expires')) ? Number(field('X-Amz-Expires')) : Number.NaN;
  if (!(expires >= 1 && expires <= maxExpiresSeconds)) invalid('X-Amz-Expires must be between 1 and 604800 seconds.');
  if (!timestamp.startsWith(scope.date)) invalid('The date of the credential is not that of X-Amz-Date.');
  if (timeMs - nowMs > maxSkewMs) throw new S3Error('AccessDenied', { message: 'Request is not yet valid.' });
  if (nowMs > timeMs + expires * 1000) {
    const details = {
      Expires: new Date(timeMs + expires * 1000).toISOString(),
      ServerTime: new Date(nowMs).toISOString(),
    };
    throw new S3Error('AccessDenied', { message: 'Request has expired.', details });
  }
  return {
    scope,
    signedHeaders: field('X-Amz-SignedHeaders').split(';'),
    signature: field('X-Amz-Signature'),
    timestamp,
    payloadHash:
      target.query.get('X-Amz-Content-Sha256') ?? headers['x-amz-content-sha256'] ?? bodyHash ?? 'UNSIGNED-PAYLOAD',
    query: target.queryPairs.filter(([name]) => name !== 'X-Amz-Signature'),
  };
}

/** `host` and every x-amz- header must be signed, or an attacker could change the meaning of a signed request. */
function requireSigned({ headers }: SignatureRequest, signedHeaders: readonly string[]): void {
  const signed = new Set(signedHeaders);
  const missing = ['host', ...Object.keys(headers)].filter(
    (name, at) => !signed.has(name) && (at === 0 || (name.startsWith('x-amz-') && !unsignedAllowed.has(name))),
  );
  if (missing.length > 0) {
    throw new S3Error('AccessDenied', {
      message: 'There were headers present in the request which were not signed.',
      details: { HeadersNotSigned: missing.join(', ') },
    });
  }
}

/** Fields of the header that was parsed last: every request is asked several times who claims to send it. */
let lastParsed: { readonly authorization: string; readonly fields: ReadonlyMap<string, string> } | undefined;

function authorizationFields(authorization: string): ReadonlyMap<string, string> {
  if (lastParsed?.authorization === authorization) return lastParsed.fields;
  const fields = new Map<string, string>();
  for (const part of authorization.slice(algorithmPrefix.length).split(',')) {
    const equals = part.indexOf('=');
    if (equals > 0) fields.set(part.slice(0, equals).trim(), part.slice(equals + 1).trim());
  }
  lastParsed = { authorization, fields };
  return fields;
}

export function parseCredential(text: string): CredentialScope | undefined {
  const match = /^(.+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request$/.exec(text);
  if (match === null) return undefined;
  return {
    accessKeyId: elementAt(match, 1),
    date: elementAt(match, 2),
    region: elementAt(match, 3),
    service: elementAt(match, 4),
  };
}

/** Milliseconds of `YYYYMMDDTHHMMSSZ`, or undefined. */
export function parseTimestamp(text: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const timeMs = Date.UTC(year, month - 1, day, hour, minute, second);
  return Number.isNaN(timeMs) ? undefined : timeMs;
}

function dateHeaderTimestamp(date: string | undefined): string | undefined {
  const timeMs = date === undefined ? Number.NaN : Date.parse(date);
  return Number.isNaN(timeMs) ? undefined : `${new Date(timeMs).toISOString().replace(/[-:]/g, '').slice(0, 15)}Z`;
}

function skewed(timestamp: string, nowMs: number): S3Error {
  const details = {
    RequestTime: timestamp,
    ServerTime: new Date(nowMs).toISOString(),
    MaxAllowedSkewMilliseconds: String(maxSkewMs),
  };
  return new S3Error('RequestTimeTooSkewed', { details });
}

export function equalSignature(expected: Uint8Array, given: string): boolean {
  return /^[0-9a-f]{64}$/.test(given) && timingSafeEqual(expected, Buffer.from(given, 'hex'));
}
