// A minimal S3 client: signed PUT and GET over node:http, whole and in parts.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { signedHeaders as signHeaders } from '@cess/signature-v4';
import { credentials as benchmarkCredentials } from './identities.js';

const agent = new Agent({ keepAlive: true });

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
}

export interface Body {
  readonly length: number;
  /** Lower-case hex of the SHA-256, or UNSIGNED-PAYLOAD. */
  readonly sha256: string;
  readonly pieces: Iterable<Uint8Array>;
}

export async function putObject(
  endpoint: string,
  path: string,
  body: Body,
  credentials: Credentials = benchmarkCredentials,
): Promise<void> {
  await textOf(await send({ endpoint, method: 'PUT', path, body, credentials }));
}

/** Stores an object in parts, with bounded concurrency. */
export async function putInParts(
  { endpoint, path, credentials }: Pick<Request, 'endpoint' | 'path' | 'credentials'>,
  parts: readonly Body[],
  atOnce: number,
): Promise<void> {
  const common = { endpoint, path, credentials };
  const begun = await textOf(await send({ ...common, method: 'POST', query: [['uploads', '']], body: emptyBody }));
  const uploadId = /<UploadId>(.+?)<\/UploadId>/.exec(begun)![1]!;
  const etags: string[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < parts.length) {
      const part = next++;
      const query: Query = [
        ['partNumber', String(part + 1)],
        ['uploadId', uploadId],
      ];
      const response = await send({ ...common, method: 'PUT', query, body: parts[part]! });
      etags[part] = response.headers.etag!;
      await textOf(response);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  const list = etags.map((etag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${etag}</ETag></Part>`);
  const body = bodyOf(Buffer.from(`<CompleteMultipartUpload>${list.join('')}</CompleteMultipartUpload>`));
  const done = await textOf(await send({ ...common, method: 'POST', query: [['uploadId', uploadId]], body }));
  if (!done.includes('<ETag>')) throw new Error(`${path} was not completed: ${done}`);
}

/** Milliseconds until the first byte of an object arrives. */
export async function firstByteMs(endpoint: string, path: string): Promise<number> {
  const startedMs = performance.now();
  const response = await send({ endpoint, method: 'GET', path, body: emptyBody, credentials: benchmarkCredentials });
  let first: number | undefined;
  for await (const _chunk of response as AsyncIterable<Buffer>) first ??= performance.now() - startedMs;
  return first ?? Number.POSITIVE_INFINITY;
}

/** Reads an object, discards its bytes and returns its length. */
export async function getObject(endpoint: string, path: string): Promise<number> {
  const response = await send({ endpoint, method: 'GET', path, body: emptyBody, credentials: benchmarkCredentials });
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) length += chunk.length;
  return length;
}

/** Deletes an object. */
export async function deleteObject(
  endpoint: string,
  path: string,
  credentials: Credentials = benchmarkCredentials,
): Promise<void> {
  const response = await send({ endpoint, method: 'DELETE', path, body: emptyBody, credentials });
  response.resume();
}

/** The first page of a bucket. */
export async function listObjects(endpoint: string, bucket: string): Promise<void> {
  const query = [['list-type', '2']] as const;
  await textOf(
    await send({ endpoint, method: 'GET', path: bucket, query, body: emptyBody, credentials: benchmarkCredentials }),
  );
}

/** Begins to read an object and takes no more than the socket buffers hold. Resolves with its connection. */
export async function openSlowReader(endpoint: string, path: string): Promise<Socket> {
  const request = { endpoint, method: 'GET', path, body: emptyBody, credentials: benchmarkCredentials };
  const outgoing = httpRequest(endpoint + path, { agent: false, headers: signedHeaders(request) });
  outgoing.on('error', () => {});
  outgoing.on('response', (response) => response.pause());
  outgoing.end();
  const [socket] = (await once(outgoing, 'socket')) as [Socket];
  return socket;
}

export const emptyBody: Body = {
  length: 0,
  sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  pieces: [],
};

/** A body of these bytes, which the signature covers. */
export function bodyOf(bytes: Buffer): Body {
  return { length: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex'), pieces: [bytes] };
}

type Query = readonly (readonly [string, string])[];

export interface Request {
  readonly endpoint: string;
  readonly method: string;
  readonly path: string;
  readonly query?: Query;
  readonly body: Body;
  readonly credentials: Credentials;
}

async function send(request: Request): Promise<IncomingMessage> {
  const { endpoint, method, path, query = [], body } = request;
  const search = query.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  const outgoing = httpRequest(endpoint + path + (search === '' ? '' : `?${search}`), {
    method,
    agent,
    headers: signedHeaders(request),
  });
  const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>;
  answered.catch(() => {});
  for (const piece of body.pieces) if (!outgoing.write(piece)) await once(outgoing, 'drain');
  outgoing.end();
  const [response] = await answered;
  if (response.statusCode !== 200 && response.statusCode !== 204)
    throw new Error(`${method} ${path} answered ${response.statusCode}`);
  return response;
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

export function signedHeaders({
  endpoint,
  method,
  path,
  query = [],
  body,
  credentials,
}: Request): Record<string, string> {
  const request = { method, endpoint, path, query, service: 's3' as const, payloadHash: body.sha256 };
  return { ...signHeaders(request, credentials, Date.now()), 'content-length': String(body.length) };
}
