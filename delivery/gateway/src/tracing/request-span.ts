// The span of a request, with attributes by the semantic conventions of OpenTelemetry 1.x for HTTP servers and the AWS API
// (https://opentelemetry.io/docs/specs/semconv/). Nothing of headers is exported but the host and the trace, and nothing of the
// query: signatures, tokens and keys of customers stand there.
import type { IncomingMessage } from 'node:http';
import { elementAt } from '@cess/primitives';
import type { ServerSpan, SpanRecorder } from '@cess/telemetry';
import type { AuditedRequest } from '../audit/audit-trail.js';
import { originForm } from '../s3/request.js';

export interface AnsweredRequest {
  readonly audited: AuditedRequest;
  /** Undefined: the client left before the answer. */
  readonly status: number | undefined;
  /** Empty without an error. */
  readonly errorCode: string;
  readonly durationMs: number;
}

type SpanAttributes = ServerSpan['attributes'];

/** Methods that the conventions know. Others are free text of clients. */
const knownMethods = new Set(['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE']);
const hostPattern = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?$/;

export function recordSpan(spans: SpanRecorder | undefined, request: IncomingMessage, answered: AnsweredRequest): void {
  // Several headers of this name are joined, which makes none of them valid.
  spans?.record(request.headersDistinct['traceparent']?.join(), () => describe(request, answered));
}

function describe(request: IncomingMessage, { audited, status, errorCode, durationMs }: AnsweredRequest): ServerSpan {
  const { timeMs, requestId, operation, source, bucket, key } = audited;
  const call = callOf(operation);
  return {
    name: call === undefined ? methodOf(request) : `${call['rpc.service']}/${call['rpc.method']}`,
    startMs: timeMs,
    endMs: timeMs + durationMs,
    attributes: {
      ...httpAttributes(request),
      'http.response.status_code': status,
      'error.type': errorTypeOf(status, errorCode),
      'client.address': source === '' ? undefined : source,
      ...call,
      'aws.request_id': requestId,
      'aws.s3.bucket': bucket === '' ? undefined : bucket,
      'aws.s3.key': key === '' ? undefined : key,
    },
    isError: isServerError(status),
  };
}

function httpAttributes(request: IncomingMessage): SpanAttributes {
  const { target, authority = request.headers.host ?? '' } = originForm(request.url ?? '/');
  const [, address, port] = hostPattern.exec(authority) ?? [];
  const method = methodOf(request);
  return {
    'http.request.method': method === 'HTTP' ? '_OTHER' : method,
    'url.scheme': 'encrypted' in request.socket ? 'https' : 'http',
    'url.path': elementAt(target.split(/[?#]/), 0),
    'server.address': address,
    'server.port': port === undefined ? undefined : Number(port),
    'network.protocol.version': request.httpVersion,
  };
}

/** `HTTP` for a method that the conventions do not know. */
function methodOf({ method = '' }: IncomingMessage): string {
  return knownMethods.has(method) ? method : 'HTTP';
}

/** Amazon's names: `PutObject`, `iam:CreateUser`. Undefined before the operation is known. */
function callOf(operation: string) {
  if (operation === 'none') return undefined;
  const colon = operation.indexOf(':');
  const service = colon < 0 ? 'S3' : operation.slice(0, colon).toUpperCase();
  return { 'rpc.system': 'aws-api', 'rpc.service': service, 'rpc.method': operation.slice(colon + 1) };
}

/** The error code, one of a fixed set. */
function errorTypeOf(status: number | undefined, errorCode: string): string | undefined {
  if (errorCode !== '') return errorCode;
  if (status === undefined) return 'disconnected';
  return status >= 400 ? String(status) : undefined;
}

/** 501 says what the gateway does not offer; nothing failed. */
function isServerError(status: number | undefined): boolean {
  return status !== undefined && status >= 500 && status !== 501;
}
