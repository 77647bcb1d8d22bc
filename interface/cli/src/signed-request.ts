// Requests to the gateway, signed with Signature Version 4 and the credentials of the home folder or of a file.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CessError, jsonProblem } from '@cess/primitives';
import { sha256Hex, signedHeaders as signHeaders } from '@cess/signature-v4';
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
  credentials: GatewayCredentials,
): Readonly<Record<string, string>> {
  const payloadHash = body === undefined ? 'UNSIGNED-PAYLOAD' : sha256Hex(body);
  const request = { method, path, service, query, payloadHash, endpoint: credentials.endpoint };
  return signHeaders(request, credentials, Date.now());
}

export function gatewayUnreachable(endpoint: string, cause: unknown): CessError<'GATEWAY_UNREACHABLE'> {
  return new CessError('GATEWAY_UNREACHABLE', `The gateway at ${endpoint} cannot be reached.`, {}, { cause });
}
