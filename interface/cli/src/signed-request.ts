// Requests to the gateway, signed with Signature Version 4 and the credentials of the home folder or of a file.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalRequest, hmac, signingKey, stringToSign } from '@cess/gateway';
import { CessError, jsonProblem } from '@cess/primitives';
import { z } from 'zod';

const credentialsSchema = z.object({
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
  sessionToken: z.string().optional(),
  endpoint: z.string(),
  region: z.string(),
});
export type GatewayCredentials = z.infer<typeof credentialsSchema>;

/** Throws `CREDENTIALS_UNUSABLE`. Default: the credentials of the network of the home. */
export function readGatewayCredentials(home: string, file = join(home, 'credentials.json')): GatewayCredentials {
  try {
    return credentialsSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    const reason =
      cause instanceof z.ZodError
        ? 'accessKeyId, secretAccessKey, endpoint and region must be in it'
        : jsonProblem(cause);
    throw new CessError('CREDENTIALS_UNUSABLE', `${file} cannot be used: ${reason}.`, {}, { cause });
  }
}

export interface RequestToSign {
  readonly method: string;
  /** Decoded. */
  readonly path: string;
  readonly service: 's3' | 'iam' | 'sts' | 'cess';
  /** Decoded names and values. */
  readonly query?: readonly (readonly [string, string])[];
  /** None: the signature does not cover the body. */
  readonly body?: string;
}

/** The headers that sign a request. */
export function signedHeaders(
  { method, path, service, body, query = [] }: RequestToSign,
  { accessKeyId, secretAccessKey, sessionToken, endpoint, region }: GatewayCredentials,
): Readonly<Record<string, string>> {
  const timestamp = `${new Date().toISOString().replace(/[-:]/g, '').slice(0, 15)}Z`;
  const scope = { accessKeyId, date: timestamp.slice(0, 8), region, service };
  const payloadHash = body === undefined ? 'UNSIGNED-PAYLOAD' : createHash('sha256').update(body).digest('hex');
  const headers: Record<string, string> = {
    host: new URL(endpoint).host,
    'x-amz-content-sha256': payloadHash,
    'x-amz-date': timestamp,
    ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
  };
  const names = Object.keys(headers).sort();
  const canonical = canonicalRequest({ method, path, query, headers, signedHeaders: names, payloadHash });
  const signature = hmac(signingKey(secretAccessKey, scope), stringToSign(timestamp, scope, canonical)).toString('hex');
  const credential = `${accessKeyId}/${scope.date}/${region}/${service}/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return { ...headers, authorization };
}

export function gatewayUnreachable(endpoint: string, cause: unknown): CessError<'GATEWAY_UNREACHABLE'> {
  return new CessError('GATEWAY_UNREACHABLE', `The gateway at ${endpoint} cannot be reached.`, {}, { cause });
}
