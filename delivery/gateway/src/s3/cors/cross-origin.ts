// CORS on every answer, errors included, and the answer to preflight requests, which are never authenticated (Fetch standard,
// "CORS protocol"; Amazon S3 User Guide, "How Amazon S3 evaluates the CORS configuration on a bucket").

import type { ServerResponse } from 'node:http';
import type { CorsHeaders } from '@cess/access';
import type { NamedBucket } from '../configurations/configuration.js';
import type { ConfigurationCache } from '../configurations/configuration-cache.js';
import { corsConfiguration } from '../configurations/cors.js';
import { S3Error } from '../errors.js';
import { sendEmpty } from '../responses.js';

interface CrossOriginRequest {
  readonly method: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** None where the bucket does not exist. */
  readonly bucket: NamedBucket | undefined;
}

const vary = 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method';

/**
 * Sets the headers that the bucket's rules allow, before anything can answer. `Vary` is set for every request to a bucket with
 * rules: a cache must not give an answer without these headers to another origin.
 */
export function allowOrigin(
  configurations: ConfigurationCache,
  { method, headers, bucket }: CrossOriginRequest,
  response: ServerResponse,
): void {
  const cors = bucket === undefined ? undefined : configurations.read(corsConfiguration, bucket);
  if (cors === undefined || method === 'OPTIONS') return;
  response.setHeader('vary', vary);
  const { origin } = headers;
  setAll(response, origin === undefined ? undefined : cors.compiled.actual({ origin, method }));
}

/** Answers OPTIONS. Throws AccessForbidden where no rule allows the request. */
export function answerPreflight(
  configurations: ConfigurationCache,
  { headers, bucket }: CrossOriginRequest,
  response: ServerResponse,
): void {
  const { origin, 'access-control-request-method': requestedMethod } = headers;
  if (origin === undefined) throw insufficient('Origin request header needed.');
  if (requestedMethod === undefined) throw insufficient('Access-Control-Request-Method request header needed.');
  if (bucket === undefined) throw new S3Error('NoSuchBucket');
  const cors = configurations.read(corsConfiguration, bucket);
  if (cors === undefined) throw forbidden('CORSResponse: CORS is not enabled for this bucket.', requestedMethod);
  const requestedHeaders = headers['access-control-request-headers'];
  const allowed = cors.compiled.preflight({ origin, requestedMethod, requestedHeaders });
  response.setHeader('vary', vary);
  if (allowed === undefined) {
    throw forbidden(
      "CORSResponse: This CORS request is not allowed. The bucket's CORS rules do not allow the origin, the method or one of the headers.",
      requestedMethod,
    );
  }
  setAll(response, allowed);
  sendEmpty(response, 200);
}

function setAll(response: ServerResponse, headers: CorsHeaders | undefined): void {
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value);
}

function insufficient(what: string): S3Error {
  return new S3Error('BadRequest', { message: `Insufficient information. ${what}` });
}

function forbidden(message: string, method: string): S3Error {
  return new S3Error('AccessForbidden', {
    message,
    details: { Method: method.slice(0, 64), ResourceType: 'BUCKET' },
  });
}
