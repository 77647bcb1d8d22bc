// The smallest S3 client: signed PUT and GET over node:http.
import { once } from 'node:events';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { canonicalRequest, hmac, signingKey, stringToSign } from '@cess/gateway';
import { credentials } from './identities.js';

const agent = new Agent({ keepAlive: true });

export interface Body {
  readonly length: number;
  /** Lower-case hex of the SHA-256, or UNSIGNED-PAYLOAD. */
  readonly sha256: string;
  readonly pieces: Iterable<Uint8Array>;
}

export async function putObject(endpoint: string, path: string, body: Body): Promise<void> {
  const response = await send(endpoint, 'PUT', path, body);
  response.resume();
  await once(response, 'end');
}

/** Reads an object away; gives its length. */
export async function getObject(endpoint: string, path: string): Promise<number> {
  const response = await send(endpoint, 'GET', path);
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) length += chunk.length;
  return length;
}

export const emptyBody: Body = {
  length: 0,
  sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  pieces: [],
};

async function send(endpoint: string, method: string, path: string, body: Body = emptyBody): Promise<IncomingMessage> {
  const outgoing = httpRequest(endpoint + path, {
    method,
    agent,
    headers: signedHeaders(endpoint, method, path, body),
  });
  const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>;
  answered.catch(() => {});
  for (const piece of body.pieces) if (!outgoing.write(piece)) await once(outgoing, 'drain');
  outgoing.end();
  const [response] = await answered;
  if (response.statusCode !== 200) throw new Error(`${method} ${path} answered ${response.statusCode}`);
  return response;
}

function signedHeaders(endpoint: string, method: string, path: string, body: Body): Record<string, string> {
  const timestamp = `${new Date().toISOString().replace(/[-:]/g, '').slice(0, 15)}Z`;
  const { accessKeyId, secretAccessKey, region } = credentials;
  const scope = { accessKeyId, date: timestamp.slice(0, 8), region, service: 's3' };
  const headers = { host: new URL(endpoint).host, 'x-amz-content-sha256': body.sha256, 'x-amz-date': timestamp };
  const names = Object.keys(headers).sort();
  const parts = { method, path, query: [], headers, signedHeaders: names, payloadHash: body.sha256 };
  const signature = hmac(signingKey(secretAccessKey, scope), stringToSign(timestamp, scope, canonicalRequest(parts)));
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope.date}/${region}/s3/aws4_request, SignedHeaders=${names.join(';')}, Signature=${signature.toString('hex')}`;
  return { ...headers, authorization, 'content-length': String(body.length) };
}
