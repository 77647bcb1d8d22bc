// A line of a server access log in Amazon's format
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html). What the gateway does not know is a dash.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { uriEncode } from '@cess/signature-v4';
import type { AuditedOutcome, AuditedRequest } from '../audit/audit-trail.js';
import { operations } from '../s3/operations/table.js';

export interface LoggedRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly audited: AuditedRequest;
  readonly outcome: AuditedOutcome;
  /** The owner of the bucket in hexadecimal. */
  readonly bucketOwner: string;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const none = '-';

/** With the line feed at its end. */
export function logLine(logged: LoggedRequest): string {
  const { request, response, audited, outcome, bucketOwner } = logged;
  const { headers, method = '' } = request;
  const bytes = bytesSent(response, method);
  const fields = [
    bucketOwner,
    orDash(audited.bucket),
    `[${timeText(audited.timeMs)}]`,
    orDash(audited.source),
    requesterOf(audited.principal),
    audited.requestId,
    operationText(audited.operation, method),
    audited.key === '' ? none : audited.key.split('/').map(uriEncode).join('/'),
    quoted(`${method} ${request.url ?? ''} HTTP/${request.httpVersion}`),
    outcome.status === 0 ? none : String(outcome.status),
    orDash(outcome.errorCode),
    bytes === 0 ? none : String(bytes),
    objectSize(request, response, audited.operation),
    String(outcome.durationMs),
    none,
    quoted(headers.referer),
    quoted(headers['user-agent']),
    orDash(audited.versionId),
    audited.requestId,
    ...authentication(request),
    orDash(token(headers.host)),
    tlsVersion(request),
    none,
    none,
  ];
  return `${fields.join(' ')}\n`;
}

/** For example `REST.GET.OBJECT`; the resource is the subresource that the operation is about. */
function operationText(operation: string, method: string): string {
  if (operation === 'Website') return `WEBSITE.${method}.OBJECT`;
  if (operation === 'Preflight') return 'REST.OPTIONS.PREFLIGHT';
  if (operation === 'DeleteObjects') return 'REST.POST.MULTI_OBJECT_DELETE';
  const row = operations.find(({ name }) => name === operation);
  if (row === undefined) return `REST.${method}.${none}`;
  const [selector = ''] = row.selectedBy ?? [];
  const known: Readonly<Record<string, string>> = {
    partNumber: 'PART',
    uploadId: 'UPLOAD',
    versions: 'BUCKETVERSIONS',
  };
  const isPlain = selector === '' || selector.startsWith('list-type');
  const resource = isPlain
    ? row.resource.toUpperCase()
    : (known[selector] ?? selector.toUpperCase().replaceAll('-', '_'));
  const isOfObject = row.resource === 'object' && resource === 'TAGGING';
  const copies = row.name === 'CopyObject' || row.name === 'UploadPartCopy' ? 'COPY.' : '';
  return `REST.${copies === '' ? method : 'COPY'}.${isOfObject ? 'OBJECT_TAGGING' : resource}`;
}

function timeText(timeMs: number): string {
  const [date = '', time = ''] = new Date(timeMs).toISOString().split('T');
  const [year = '', month = '', day = ''] = date.split('-');
  return `${day}/${months[Number(month) - 1]}/${year}:${time.slice(0, 8)} +0000`;
}

function requesterOf(principal: string): string {
  return principal === '' || principal === 'anonymous' ? none : token(principal);
}

function bytesSent(response: ServerResponse, method: string): number {
  if (method === 'HEAD' || !response.headersSent) return 0;
  return Number(response.getHeader('content-length') ?? 0);
}

function objectSize(request: IncomingMessage, response: ServerResponse, operation: string): string {
  if (operation === 'PutObject' || operation === 'UploadPart')
    return orDash(
      token(String(request.headers['x-amz-decoded-content-length'] ?? request.headers['content-length'] ?? '')),
    );
  if ((operation !== 'GetObject' && operation !== 'HeadObject') || response.statusCode >= 300) return none;
  const range = /\/(\d+)$/.exec(String(response.getHeader('content-range') ?? ''));
  return range?.[1] ?? orDash(String(response.getHeader('content-length') ?? ''));
}

/** Signature version, cipher suite, and where the signature stands. */
function authentication(request: IncomingMessage): readonly string[] {
  const cipher = isTls(request.socket) ? cipherOf(request.socket) : none;
  const { authorization } = request.headers;
  if (authorization !== undefined) return ['SigV4', cipher, 'AuthHeader'];
  return /[?&]X-Amz-Signature=/.test(request.url ?? '') ? ['SigV4', cipher, 'QueryString'] : [none, cipher, none];
}

function tlsVersion({ socket }: IncomingMessage): string {
  return isTls(socket) ? (socket.getProtocol() ?? none) : none;
}

function isTls(socket: IncomingMessage['socket']): socket is TLSSocket {
  return 'getCipher' in socket;
}

/** Node has no cipher of a connection that is closed. */
function cipherOf(socket: TLSSocket): string {
  const cipher = socket.getCipher() as { readonly standardName?: string } | null | undefined;
  return cipher?.standardName ?? none;
}

function orDash(text: string): string {
  return text === '' ? none : text;
}

/** A text that cannot end its field. */
function token(text: string | undefined): string {
  return (text ?? '').replace(/[\s"]/g, '');
}

function quoted(text: string | undefined): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters could end the line
  return text === undefined ? '"-"' : `"${text.replace(/[\u0000-\u001f\u007f]/g, '').replaceAll('"', '%22')}"`;
}
