// Fetches a receipt from the gateway; waits for the declaration of an object that was just stored.

import { CessError, delay } from '@cess/primitives';
import { uriEncode } from '@cess/signature-v4';
import { gatewayUnreachable, readGatewayCredentials, signedHeaders } from './signed-request.js';

export interface ReceiptRequest {
  readonly home: string;
  /** `s3://bucket/key`. */
  readonly location: string;
  readonly versionId?: string | undefined;
  readonly streamKeys?: boolean | undefined;
  /** File; default: that of the home. */
  readonly credentials?: string | undefined;
}

const requestTimeoutMs = 60_000;
const declarationWaitMs = 20_000;
const pauseMs = 500;

/** Throws `LOCATION_MALFORMED`, `CREDENTIALS_UNUSABLE`, `GATEWAY_UNREACHABLE`, `GATEWAY_REFUSED`. */
export async function fetchReceipt(request: ReceiptRequest): Promise<Uint8Array> {
  for (let waitedMs = 0; ; waitedMs += pauseMs) {
    const response = await send(request);
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
    const body = await response.text();
    if (response.status !== 503 || waitedMs >= declarationWaitMs)
      throw refused(request.location, response.status, body);
    await delay(pauseMs);
  }
}

async function send({ home, location, versionId, streamKeys, credentials }: ReceiptRequest): Promise<Response> {
  const match = /^s3:\/\/([^/]+)\/(.+)$/.exec(location);
  if (match === null) throw new CessError('LOCATION_MALFORMED', `"${location}" is not of the form s3://bucket/key.`);
  const account = readGatewayCredentials(home, credentials);
  const path = `/${match[1]}/${match[2]}`;
  const query: (readonly [string, string])[] = [['receipt', '']];
  if (versionId !== undefined) query.push(['versionId', versionId]);
  if (streamKeys === true) query.push(['stream-keys', '']);
  const headers = signedHeaders({ method: 'GET', path, query, service: 's3' }, account);
  const search = query.map(([name, value]) => `${name}=${uriEncode(value)}`).join('&');
  const url = `${account.endpoint}${path.split('/').map(uriEncode).join('/')}?${search}`;
  try {
    return await fetch(url, { headers, signal: AbortSignal.timeout(requestTimeoutMs) });
  } catch (cause) {
    throw gatewayUnreachable(account.endpoint, cause);
  }
}

function refused(location: string, status: number, body: string): CessError {
  const code = /<Code>([^<]*)</.exec(body)?.[1] ?? String(status);
  const message = /<Message>([^<]*)</.exec(body)?.[1] ?? `HTTP ${status}`;
  return new CessError('GATEWAY_REFUSED', `${location} has no receipt: ${code}: ${message}`, { code });
}
