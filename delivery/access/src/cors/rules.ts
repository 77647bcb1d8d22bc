// CORS configurations as data, and their validation (Amazon S3 API Reference, PutBucketCors; Amazon S3 User Guide, "Elements
// of a CORS configuration").
import { CessError } from '@cess/primitives';

export type CorsMethod = 'GET' | 'PUT' | 'POST' | 'DELETE' | 'HEAD';

export interface CorsRule {
  readonly id?: string;
  /** At most one `*` each. */
  readonly allowedOrigins: readonly string[];
  readonly allowedMethods: readonly CorsMethod[];
  /** Headers that a preflight request may name; at most one `*` each. */
  readonly allowedHeaders: readonly string[];
  /** Headers that a script may read. */
  readonly exposeHeaders: readonly string[];
  /** How long a browser may keep the answer to a preflight request. */
  readonly maxAgeSeconds?: number;
}

/** A rule as an XML reader gives it. */
export interface RawCorsRule {
  readonly id?: string | undefined;
  readonly allowedOrigins?: readonly string[] | undefined;
  readonly allowedMethods?: readonly string[] | undefined;
  readonly allowedHeaders?: readonly string[] | undefined;
  readonly exposeHeaders?: readonly string[] | undefined;
  readonly maxAgeSeconds?: string | undefined;
}

export const maxCorsRules = 100;
const maxIdLength = 255;
const methods = new Set<string>(['GET', 'PUT', 'POST', 'DELETE', 'HEAD']);
/** Token of RFC 9110; it may hold the wildcard that AllowedHeader takes. */
const headerPattern = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
/** An origin is sent in a header of the answer, so it holds nothing but visible characters. */
const originPattern = /^[\u0021-\u007e]+$/;

/** Throws `CORS_MALFORMED` for elements that are missing or cannot be read, and `CORS_INVALID` for other values. */
export function parseCorsRules(rules: readonly RawCorsRule[]): readonly CorsRule[] {
  if (rules.length === 0) throw malformed('CORSConfiguration', 'must have at least one rule');
  if (rules.length > maxCorsRules) throw corsError('CORSConfiguration', `may have at most ${maxCorsRules} rules`);
  return rules.map((rule, index) => parseRule(rule, `CORSRule[${index}]`));
}

function parseRule(raw: RawCorsRule, at: string): CorsRule {
  const { id, allowedOrigins = [], allowedMethods = [], allowedHeaders = [], exposeHeaders = [], maxAgeSeconds } = raw;
  if (id !== undefined && id.length > maxIdLength)
    throw corsError(`${at}.ID`, `may have at most ${maxIdLength} characters`);
  if (allowedOrigins.length === 0) throw malformed(`${at}.AllowedOrigin`, 'is missing');
  if (allowedMethods.length === 0) throw malformed(`${at}.AllowedMethod`, 'is missing');
  for (const origin of allowedOrigins) {
    assertOneWildcard(origin, `${at}.AllowedOrigin`);
    if (!originPattern.test(origin))
      throw corsError(`${at}.AllowedOrigin`, 'must be an origin such as https://example.com');
  }
  for (const method of allowedMethods)
    if (!methods.has(method))
      throw corsError(`${at}.AllowedMethod`, `is "${method}"; allowed are ${[...methods].join(', ')}`);
  for (const header of allowedHeaders) {
    assertOneWildcard(header, `${at}.AllowedHeader`);
    assertHeader(header, `${at}.AllowedHeader`);
  }
  for (const header of exposeHeaders) {
    if (header.includes('*')) throw corsError(`${at}.ExposeHeader`, 'takes no wildcard');
    assertHeader(header, `${at}.ExposeHeader`);
  }
  return {
    ...(id === undefined ? {} : { id }),
    allowedOrigins,
    allowedMethods: allowedMethods as readonly CorsMethod[],
    allowedHeaders,
    exposeHeaders,
    ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds: readSeconds(maxAgeSeconds, `${at}.MaxAgeSeconds`) }),
  };
}

function assertOneWildcard(value: string, at: string): void {
  if (value.indexOf('*') !== value.lastIndexOf('*')) throw corsError(at, `is "${value}"; it may hold at most one *`);
}

export function isHeaderName(text: string): boolean {
  return headerPattern.test(text);
}

function assertHeader(header: string, at: string): void {
  if (!isHeaderName(header)) throw corsError(at, `is "${header}", which is not the name of a header`);
}

function readSeconds(text: string, at: string): number {
  if (!/^[0-9]{1,10}$/.test(text) || Number(text) > 0x7fffffff)
    throw malformed(at, 'must be a whole number of seconds');
  return Number(text);
}

function corsError(at: string, what: string): CessError<'CORS_INVALID'> {
  return new CessError('CORS_INVALID', `${at} ${what}.`, { at });
}

function malformed(at: string, what: string): CessError<'CORS_MALFORMED'> {
  return new CessError('CORS_MALFORMED', `${at} ${what}.`, { at });
}
