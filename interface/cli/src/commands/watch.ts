// cess watch: the events of a bucket as they happen, from the gateway's stream of server-sent events. A broken connection is
// opened again behind the last event.
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { CessError, fromUtf8, utf8 } from '@cess/primitives';
import { uriEncode } from '@cess/signature-v4';
import type { CliContext } from '../context.js';
import { note, print } from '../output.js';
import { gatewayUnreachable, readGatewayCredentials, signedHeaders } from '../signed-request.js';

export interface WatchBucketOptions {
  readonly event?: readonly string[];
  readonly prefix?: string;
  readonly suffix?: string;
  readonly credentials?: string;
}

interface StreamedEvent {
  readonly id: string | undefined;
  readonly name: string;
  readonly data: string;
}

interface Records {
  readonly Records: readonly {
    readonly eventTime: string;
    readonly eventName: string;
    readonly userIdentity: { readonly principalId: string };
    readonly s3: { readonly object: { readonly key: string; readonly size?: number; readonly versionId?: string } };
  }[];
}

const retryMs = 2_000;

/** Runs until it is interrupted, or the gateway ends the stream for good. */
export async function watchBucket(context: CliContext, bucket: string, options: WatchBucketOptions): Promise<void> {
  let lastId: string | undefined;
  let connected = false;
  for (;;) {
    try {
      for await (const event of parseStream(await openStream(context, bucket, options, lastId))) {
        connected = true;
        lastId = event.id ?? lastId;
        if (event.name === 'end') throw streamEnded(event.data);
        if (event.name === 'gap') note('The gateway no longer knows all events since the last one.');
        else show(context, event);
      }
    } catch (error) {
      if (!connected || !(error instanceof CessError) || error.code !== 'GATEWAY_UNREACHABLE') throw error;
    }
    note('The connection to the gateway ended; opening it again.');
    await new Promise((resolve) => setTimeout(resolve, retryMs));
  }
}

function openStream(
  context: CliContext,
  bucket: string,
  { event = [], prefix = '', suffix = '', credentials: file }: WatchBucketOptions,
  lastId: string | undefined,
): Promise<IncomingMessage> {
  const credentials = readGatewayCredentials(context.home, file);
  const events = event.length === 0 ? [''] : event;
  const query = [
    ...events.map((name) => ['events', name] as const),
    ['prefix', prefix] as const,
    ['suffix', suffix] as const,
  ];
  const path = `/${bucket}`;
  const headers = {
    ...signedHeaders({ method: 'GET', path, query, service: 's3' }, credentials),
    accept: 'text/event-stream',
    ...(lastId === undefined ? {} : { 'last-event-id': lastId }),
  };
  const text = query.map(([name, value]) => `${uriEncode(name)}=${uriEncode(value)}`).join('&');
  const url = `${credentials.endpoint}${uriEncode(path).replaceAll('%2F', '/')}?${text}`;
  return new Promise((resolve, reject) => {
    const outgoing = (url.startsWith('https:') ? httpsRequest : httpRequest)(url, { headers });
    outgoing.on('error', (cause) => reject(gatewayUnreachable(credentials.endpoint, cause)));
    outgoing.on('response', (response) => {
      if (response.statusCode === 200) return resolve(response);
      response.resume();
      const message = `The gateway refuses the events of ${bucket} (HTTP ${response.statusCode}).`;
      return reject(new CessError('GATEWAY_REFUSED', message, { code: String(response.statusCode) }));
    });
    outgoing.end();
  });
}

/** The events of a stream (WHATWG HTML, "Server-sent events"); comments are skipped. Ends with the connection, however that ends. */
export async function* parseStream(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<StreamedEvent> {
  let rest = utf8('');
  try {
    for await (const chunk of chunks) {
      rest = Buffer.concat([rest, chunk]);
      for (let end = Buffer.from(rest).indexOf('\n\n'); end >= 0; end = Buffer.from(rest).indexOf('\n\n')) {
        const event = parseEvent(fromUtf8(rest.subarray(0, end)));
        rest = rest.subarray(end + 2);
        if (event !== undefined) yield event;
      }
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
  }
}

function parseEvent(text: string): StreamedEvent | undefined {
  const fields = new Map(text.split('\n').map((line) => [line.split(':', 1).join(), line.replace(/^[^:]*: ?/, '')]));
  const data = fields.get('data');
  return data === undefined ? undefined : { id: fields.get('id'), name: fields.get('event') ?? 'message', data };
}

function show(context: CliContext, { data }: StreamedEvent): void {
  for (const record of (JSON.parse(data) as Records).Records) {
    const { eventTime, eventName, userIdentity, s3 } = record;
    const key = decodeURIComponent(s3.object.key.replaceAll('+', ' '));
    const size = s3.object.size === undefined ? '' : ` ${s3.object.size} bytes`;
    const text = `${eventTime}  ${eventName}  ${JSON.stringify(key)}${size}  ${userIdentity.principalId}`;
    print(context.json ? JSON.stringify(record) : text);
  }
}

function streamEnded(data: string): CessError {
  const { reason } = JSON.parse(data) as { readonly reason: string };
  return new CessError('GATEWAY_REFUSED', `The gateway ended the stream: ${reason}`, { code: 'end' });
}
