// Requests to the admin API of a test gateway, signed by an independent signer.
import { SignatureV4 } from '@smithy/signature-v4';
import type { QueryCredentials } from './query-client.js';
import { NodeSha256 } from './raw-s3.js';
import { type TestGateway, testCredentials, testRegion } from './test-gateway.js';

export interface AdminOptions {
  readonly credentials?: QueryCredentials;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
}

export interface AdminAnswer {
  readonly status: number;
  readonly type: string | null;
  readonly json: Readonly<Record<string, unknown>>;
}

/** `path` is below `/admin/v1`. */
export async function admin(
  { gateway }: Pick<TestGateway, 'gateway'>,
  method: string,
  path: string,
  { credentials = testCredentials, query = {}, body }: AdminOptions = {},
): Promise<AdminAnswer> {
  const signer = new SignatureV4({ credentials, region: testRegion, service: 'cess', sha256: NodeSha256 });
  const { host, hostname } = new URL(gateway.s3Endpoint);
  const text = body === undefined ? undefined : JSON.stringify(body);
  const request = { method, protocol: 'http:', hostname, path: `/admin/v1${path}`, query: { ...query } };
  const signed = await signer.sign({ ...request, headers: { host }, ...(text === undefined ? {} : { body: text }) });
  const search = Object.entries(query).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  );
  const url = `${gateway.s3Endpoint}${request.path}${search.length === 0 ? '' : `?${search.join('&')}`}`;
  const response = await fetch(url, { method, headers: signed.headers, ...(text === undefined ? {} : { body: text }) });
  const content = await response.text();
  const json = content === '' ? {} : (JSON.parse(content) as Record<string, unknown>);
  return { status: response.status, type: response.headers.get('content-type'), json };
}
