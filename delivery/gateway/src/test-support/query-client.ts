// Requests to IAM and STS of a test gateway, signed by an independent signer.
import { SignatureV4 } from '@smithy/signature-v4';
import { NodeSha256 } from './raw-s3.js';
import { type TestGateway, testCredentials, testRegion } from './test-gateway.js';

export interface QueryCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface QueryOptions {
  readonly credentials?: QueryCredentials;
  readonly service?: string;
  readonly region?: string;
  /** Sent in place of the body that is signed. */
  readonly sentBody?: string;
  readonly date?: Date;
  /** The header Accept. */
  readonly accept?: string;
}

export interface QueryAnswer {
  readonly status: number;
  readonly text: string;
  readonly code: string | undefined;
  /** The header Access-Control-Allow-Origin. */
  readonly allowedOrigin: string | null;
  /** The text of the first element of this name. */
  value(name: string): string;
}

/** Performs an operation with a form as its body. */
export async function query(
  { gateway }: Pick<TestGateway, 'gateway'>,
  fields: Readonly<Record<string, string>> | [string, string][],
  options: QueryOptions = {},
): Promise<QueryAnswer> {
  const { credentials = testCredentials, service = 'iam', region = testRegion, date = new Date() } = options;
  const signer = new SignatureV4({ credentials, region, service, sha256: NodeSha256, applyChecksum: false });
  const { host, hostname } = new URL(gateway.s3Endpoint);
  const body = new URLSearchParams(fields).toString();
  const headers = { host, 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
  const unsigned = { method: 'POST', protocol: 'http:', hostname, path: '/', query: {}, headers, body };
  const signed = await signer.sign(unsigned, { signingDate: date });
  const response = await fetch(gateway.s3Endpoint, {
    method: 'POST',
    headers: { ...signed.headers, ...(options.accept === undefined ? {} : { accept: options.accept }) },
    body: options.sentBody ?? body,
  });
  const text = await response.text();
  const value = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1] ?? '';
  const allowedOrigin = response.headers.get('access-control-allow-origin');
  return { status: response.status, text, allowedOrigin, code: /<Code>(\w+)<\/Code>/.exec(text)?.[1], value };
}

/** An operation of KMS, which speaks JSON. */
export async function kms(
  { gateway }: Pick<TestGateway, 'gateway'>,
  action: string,
  parameters: object = {},
  { credentials = testCredentials }: Pick<QueryOptions, 'credentials'> = {},
): Promise<{ readonly status: number; readonly answer: Readonly<Record<string, unknown>> }> {
  const signer = new SignatureV4({ credentials, region: testRegion, service: 'kms', sha256: NodeSha256 });
  const { host, hostname } = new URL(gateway.s3Endpoint);
  const body = JSON.stringify(parameters);
  const headers = { host, 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `TrentService.${action}` };
  const unsigned = { method: 'POST', protocol: 'http:', hostname, path: '/', query: {}, headers, body };
  const signed = await signer.sign(unsigned, { signingDate: new Date() });
  const response = await fetch(gateway.s3Endpoint, { method: 'POST', headers: signed.headers, body });
  return { status: response.status, answer: (await response.json()) as Record<string, unknown> };
}

/** The credentials in an answer of CreateAccessKey, AssumeRole or GetSessionToken. */
export function credentialsOf(answer: QueryAnswer): QueryCredentials {
  const sessionToken = answer.value('SessionToken');
  return {
    accessKeyId: answer.value('AccessKeyId'),
    secretAccessKey: answer.value('SecretAccessKey'),
    ...(sessionToken === '' ? {} : { sessionToken }),
  };
}
