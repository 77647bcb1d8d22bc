// The headers that a bucket's CORS rules add to an answer. The first rule that matches counts, as at Amazon.
import { anyRun, createWork, type Matcher, type PatternPart } from '../matching/parts.js';
import { compileParts } from '../matching/pattern.js';
import { type CorsRule, isHeaderName } from './rules.js';

/** An OPTIONS request; `requestedHeaders` is the header Access-Control-Request-Headers. */
export interface PreflightRequest {
  readonly origin: string;
  readonly requestedMethod: string;
  readonly requestedHeaders?: string | undefined;
}

/** Any other request with the header Origin. */
export interface CorsRequest {
  readonly origin: string;
  readonly method: string;
}

/** Headers by their names. */
export type CorsHeaders = Readonly<Record<string, string>>;

const vary = 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method';
const maxRequestedHeaders = 100;

export interface CompiledCors {
  /** Undefined: no rule allows it, and the answer is 403. */
  preflight(request: PreflightRequest): CorsHeaders | undefined;
  /** Undefined: no rule allows it, and the answer has no such headers, so that a browser hides it from the script. */
  actual(request: CorsRequest): CorsHeaders | undefined;
}

export function compileCors(rules: readonly CorsRule[]): CompiledCors {
  const compiled = rules.map(compileRule);
  const headersOf = (origin: string, method: string, requested: readonly string[]) => {
    const found = compiled.find((rule) => rule.allows(origin, method, requested));
    return found === undefined ? undefined : answerHeaders(found, origin, requested);
  };
  return {
    preflight: ({ origin, requestedMethod, requestedHeaders }) => {
      const requested = headerList(requestedHeaders);
      return requested === undefined ? undefined : headersOf(origin, requestedMethod, requested);
    },
    actual: ({ origin, method }) => headersOf(origin, method, []),
  };
}

interface CompiledRule {
  readonly rule: CorsRule;
  allows(origin: string, method: string, requestedHeaders: readonly string[]): boolean;
}

function compileRule(rule: CorsRule): CompiledRule {
  const origins = rule.allowedOrigins.map(compileOneWildcard);
  const headers = rule.allowedHeaders.map((header) => compileOneWildcard(header.toLowerCase()));
  const methods: readonly string[] = rule.allowedMethods;
  const matchesAny = (patterns: readonly Matcher[], text: string) =>
    patterns.some((pattern) => pattern.matches(text, createWork()));
  return {
    rule,
    allows: (origin, method, requested) =>
      methods.includes(method) && matchesAny(origins, origin) && requested.every((name) => matchesAny(headers, name)),
  };
}

/** Only `*` is a wildcard here: `?` stands for itself. */
function compileOneWildcard(text: string): Matcher {
  const parts = text.split(/(\*)/).filter((part) => part !== '');
  return compileParts(parts.map((part): PatternPart => (part === '*' ? anyRun : part)));
}

/** Names in lower case; undefined for a list that no browser sends: too long, or with something that is no name. */
function headerList(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return [];
  const names = text
    .split(',', maxRequestedHeaders + 1)
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  return names.length > maxRequestedHeaders || !names.every(isHeaderName) ? undefined : names;
}

function answerHeaders({ rule }: CompiledRule, origin: string, requested: readonly string[]): CorsHeaders {
  const isOpen = rule.allowedOrigins.includes('*');
  return {
    'Access-Control-Allow-Origin': isOpen ? '*' : origin,
    'Access-Control-Allow-Methods': rule.allowedMethods.join(', '),
    ...(requested.length === 0 ? {} : { 'Access-Control-Allow-Headers': requested.join(', ') }),
    ...(rule.exposeHeaders.length === 0 ? {} : { 'Access-Control-Expose-Headers': rule.exposeHeaders.join(', ') }),
    ...(rule.maxAgeSeconds === undefined ? {} : { 'Access-Control-Max-Age': String(rule.maxAgeSeconds) }),
    // A browser refuses credentials together with the origin `*`.
    ...(isOpen ? {} : { 'Access-Control-Allow-Credentials': 'true' }),
    Vary: vary,
  };
}
