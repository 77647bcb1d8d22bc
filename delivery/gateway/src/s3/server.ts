// The S3 endpoint on node:http. Each request is parsed, authenticated, routed, authorised and checked before its handler
// runs; the body is not read before that. Every request gets exactly one answer.

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Decision } from '@cess/access';
import { systemRng } from '@cess/crypto';
import { ConnectionLimit } from '@cess/node-api';
import { aborted, CessError, elementAt, type Logger, messageOf, toHex } from '@cess/primitives';
import type { SpanRecorder } from '@cess/telemetry';
import type { AccessLogs } from '../access-logs/access-logs.js';
import { type AdminEndpoint, isAdminRequest } from '../admin/admin-endpoint.js';
import type { AuditTrail } from '../audit/audit-trail.js';
import { RequestRecord } from '../audit/request-record.js';
import type { IndexFollower } from '../follow/index-follower.js';
import type { AccountLimits } from '../limits/account-limits.js';
import { isNativeRequest, type NativeEndpoint } from '../native/native-endpoint.js';
import { type QueryEndpoint, queryServiceOf } from '../query/query-endpoint.js';
import { recordSpan } from '../tracing/request-span.js';
import type { Certificates } from '../transport/certificates.js';
import { Listener } from '../transport/listener.js';
import { createTrustedProxies } from '../transport/trusted-proxies.js';
import { type Payer, payerOfOwner } from '../usage/payer.js';
import { measureTransfer, type RequestTransfer } from '../usage/request-transfer.js';
import { authorize } from './access/authorize.js';
import { anonymousCaller, type Caller } from './access/caller.js';
import { createAccess } from './access/create-access.js';
import { type Identity, identify } from './access/identify.js';
import type { KeySource } from './access/request-keys.js';
import { ActiveRequests } from './active-requests.js';
import { claimedScope, parseTimestamp, type RequestAuth, type SessionCaller } from './auth/verify-signature.js';
import { readWholeBody } from './body/payload.js';
import { RequestBody } from './body/request-body.js';
import type { NamedBucket } from './configurations/configuration.js';
import type { S3Context, S3Services } from './context.js';
import { allowOrigin, answerPreflight } from './cors/cross-origin.js';
import { createContext, type Identified, type OwnContext } from './create-context.js';
import { S3Error, toS3Error } from './errors.js';
import type { S3Operation } from './operations/operation.js';
import { rulesOf } from './operations/operation-rules.js';
import { readsBody } from './operations/request-headers.js';
import { namedBucketOf, type ParsedRequest, type ParseInit, parseRequest } from './parsed-request.js';
import { notYetHere, requireRead } from './read-only.js';
import { isPresigned, type S3Target, withQueryHeaders } from './request.js';
import { route } from './router.js';
import { serveWebsite } from './website/serve-website.js';
import { errorDocument } from './xml.js';

export interface S3ServerInit extends Omit<S3Services, 'onDecision'> {
  readonly host: string;
  /** For plain HTTP; undefined: HTTPS only. */
  readonly port: number | undefined;
  /** HTTPS, if it is configured. */
  readonly tls?: { readonly port: number; readonly certificates: Pick<Certificates, 'contextFor'> } | undefined;
  /** Addresses and networks of proxies that begin every connection with a PROXY header. */
  readonly trustedProxies?: readonly string[];
  readonly admin: AdminEndpoint;
  /** None: requests below its prefix are those of S3 for a bucket that cannot exist. */
  readonly native?: NativeEndpoint | undefined;
  /** Serves IAM, STS and KMS. */
  readonly query: QueryEndpoint;
  readonly limits: AccountLimits;
  readonly logger: Logger;
  /** A connection that transfers nothing for this long is closed. */
  readonly idleTimeoutMs?: number;
  /** Default 2,048. One client address gets at most half of them. */
  readonly maxConnections?: number;
  /** Domains under which buckets are addressed as `bucket.domain`, lower-case; on every other host path style applies. */
  readonly domains?: readonly string[];
  /** Domains under which `bucket.domain` serves the bucket as a website, lower-case. Default: none. */
  readonly websiteDomains?: readonly string[];
  /** The index is a copy of another gateway's. Default: this gateway's own. */
  readonly copy?: Pick<IndexFollower, 'isComplete'> | undefined;
  /** Every operation is written there. */
  readonly audit: Pick<AuditTrail, 'begin' | 'end'>;
  /** Told of every request that has been answered. */
  readonly accessLogs: Pick<AccessLogs, 'note'>;
  /** Called when a request is over: the operation's name, the status (undefined if the client left), the time. */
  readonly onAnswered?: (operation: string, status: number | undefined, seconds: number) => void;
  /** Called when a request is over that counts for an account. */
  readonly onCharged?: ((payer: Payer, transfer: RequestTransfer) => void) | undefined;
  /** Takes a span of every request. Default: none are made. */
  readonly spans?: SpanRecorder | undefined;
}

const defaultMaxConnections = 2_048;
/** One for all: without a reason an abort makes an error, with its stack, at the end of every request. */
const answered = aborted();
/** Longest time spent on discarding a body that nobody needs. */
const drainTimeoutMs = 5_000;
/** Longest body of a request whose operation takes none. */
const maxUnusedBodyBytes = 64 * 1024;
/** Requests in progress on one connection: clients do not pipeline, so more is abuse. */
const maxPipelined = 16;

/** Status lines for input that is not HTTP, by the parser's error code. */
const parseFailures: Readonly<Record<string, string>> = {
  HPE_INVALID_TRANSFER_ENCODING: '501 Not Implemented',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** Who asks a website for a page. */
const visitor: Identity = {
  auth: { accessKeyId: undefined, payloadHash: 'UNSIGNED-PAYLOAD' },
  caller: anonymousCaller,
};

interface Progress {
  /** The account that the request is charged to. */
  payer: Payer | undefined;
}

export class S3Server {
  /** That of plain HTTP first. */
  readonly #listeners: readonly Listener[];
  #isStopping = false;
  /** Connections with a request that can be read in two ways. */
  readonly #ambiguous = new WeakSet<Socket>();
  readonly #parsing: ParseInit;
  readonly #services: S3Services;
  readonly #active = new ActiveRequests();
  readonly #idleTimeoutMs: number;
  readonly #sockets = new Set<Socket>();
  readonly #connections: ConnectionLimit;
  /** Bytes transferred on closed connections. */
  #received = 0;
  #sent = 0;

  constructor(private readonly init: S3ServerInit) {
    const { domains = [], websiteDomains = [] } = init;
    const { index, configurations, events, storage, classes, protection, credentials } = init;
    const { region, nowMs, lifecycleDayMs, customerKeysOverHttp, logger } = init;
    const onDecision = (action: string, resource: string, decision: Decision) => {
      if (decision.effect !== 'allow') logger.debug({ action, resource, ...decision }, 'S3 action denied');
    };
    this.#parsing = { index, domains, websiteDomains };
    const { namedKeys, mfaDevices, receipts } = init;
    const ports = { index, configurations, events, storage, classes, protection, receipts };
    const identities = { credentials, namedKeys, mfaDevices };
    this.#services = { ...ports, ...identities, onDecision, region, nowMs, lifecycleDayMs, customerKeysOverHttp };
    this.#idleTimeoutMs = init.idleTimeoutMs ?? 60_000;
    this.#connections = new ConnectionLimit(init.maxConnections ?? defaultMaxConnections);
    this.#listeners = this.#createListeners();
  }

  #createListeners(): readonly Listener[] {
    const { host, port, tls, trustedProxies = [], logger, maxConnections = defaultMaxConnections } = this.init;
    const isProxy = trustedProxies.length === 0 ? undefined : createTrustedProxies(trustedProxies);
    const preparation = { isProxy, maxPending: maxConnections, logger };
    const common = {
      host,
      idleTimeoutMs: this.#idleTimeoutMs,
      configure: (server: Server) => this.#configure(server),
    };
    const plain = port === undefined ? [] : [{ port, certificates: undefined }];
    return [...plain, ...(tls === undefined ? [] : [tls])].map(
      ({ port: own, certificates }) =>
        new Listener({ ...common, port: own, preparation: { ...preparation, certificates } }),
    );
  }

  #configure(server: Server): void {
    this.watch(server);
    const serve = (request: IncomingMessage, response: ServerResponse) => this.#begin(request, response);
    server.on('request', serve);
    server.on('checkContinue', serve);
    // Node answers an expectation that it does not know without a body.
    server.on('checkExpectation', serve);
  }

  /** Follows the connections of a server whose requests come to `serve`: counts and bounds them, and ends requests with them. */
  watch(server: Server): void {
    this.#connections.attach(server);
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => this.#clientError(error, socket));
    // Listens on the connection: a response that is queued behind another one emits no event when the connection ends.
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        this.#received += socket.bytesRead;
        this.#sent += socket.bytesWritten;
        for (const { controller } of this.#active.of(socket)) controller.abort();
      });
    });
  }

  async start(): Promise<void> {
    for (const listener of this.#listeners) await listener.start();
  }

  get endpoint(): string {
    return elementAt(this.#listeners, 0).endpoint;
  }

  /** Of HTTPS, if it is configured. */
  get tlsEndpoint(): string | undefined {
    return this.init.tls === undefined ? undefined : this.#listeners.at(-1)?.endpoint;
  }

  get activeRequests(): number {
    return this.#active.count;
  }

  /** Bytes of all connections since the start, headers included. */
  traffic(): { readonly receivedBytes: number; readonly sentBytes: number } {
    let [receivedBytes, sentBytes] = [this.#received, this.#sent];
    for (const { bytesRead, bytesWritten } of this.#sockets) {
      receivedBytes += bytesRead;
      sentBytes += bytesWritten;
    }
    return { receivedBytes, sentBytes };
  }

  /** Refuses new requests, waits `graceMs` for running ones, then aborts them; resolves when all have ended. */
  async stop(graceMs = 2_000): Promise<void> {
    this.#isStopping = true;
    const closed = Promise.all(this.#listeners.map((listener) => listener.close()));
    const timer = setTimeout(() => {
      for (const { controller } of this.#active.all()) controller.abort();
      for (const listener of this.#listeners) listener.closeAllConnections();
    }, graceMs);
    await closed;
    await Promise.all([...this.#active.all()].map(({ done }) => done));
    clearTimeout(timer);
  }

  /**
   * Handles input that is not HTTP. Complete requests before it are answered, a truncated one is answered with its error,
   * and then the connection closes.
   */
  #clientError(error: NodeJS.ErrnoException, socket: Socket): void {
    const atWork = [...this.#active.of(socket)];
    if (atWork.length > 0) {
      for (const { body } of atWork) if (!body.isComplete) body.cancel();
      void Promise.all(atWork.map(({ done }) => done)).then(() => socket.destroySoon());
      return;
    }
    const status = parseFailures[error.code ?? ''] ?? '400 Bad Request';
    if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    socket.destroySoon();
  }

  /**
   * With two hosts (RFC 9112 §3.2) a proxy may have read the request otherwise: what is behind it on the connection is not served. The
   * refused request has its answer.
   */
  #checkFraming(request: IncomingMessage): void {
    if (request.rawHeaders.filter((text, at) => at % 2 === 0 && text.toLowerCase() === 'host').length > 1) {
      this.#ambiguous.add(request.socket);
      throw new S3Error('InvalidRequest', { message: 'The request has more than one Host header.' });
    }
    checkFraming(request);
  }

  /** Serves a request of the console for the caller whom it signed in: everything but the signature is as on the S3 port. */
  serve(request: IncomingMessage, response: ServerResponse, session: SessionCaller): void {
    this.#begin(request, response, session);
  }

  #begin(request: IncomingMessage, response: ServerResponse, session?: SessionCaller): void {
    if (this.#ambiguous.has(request.socket)) return;
    const controller = new AbortController();
    const { socket } = request;
    const body = new RequestBody(request, response, this.#idleTimeoutMs);
    const done = this.#serve(request, response, { body, signal: controller.signal, session });
    const work = { controller, socket, body, done };
    this.#active.add(work);
    response.on('close', () => controller.abort(answered));
    void done.finally(() => this.#active.delete(work));
  }

  /** Never rejects. */
  async #serve(
    request: IncomingMessage,
    response: ServerResponse,
    { body, signal, session }: Pick<OwnContext, 'body' | 'signal'> & Pick<ParsedRequest, 'session'>,
  ): Promise<void> {
    const requestId = toHex(systemRng.bytes(8)).toUpperCase();
    const begun = performance.now();
    const record = new RequestRecord(request, requestId, this.init.nowMs());
    const whenTransferred = measureTransfer(request, response, body);
    const progress: Progress = { payer: undefined };
    response.setHeader('x-amz-request-id', requestId);
    response.setHeader('server', 'CESS');
    if (this.#isStopping) response.setHeader('connection', 'close');
    request.on('error', () => {});
    response.on('error', () => {});
    // An idle socket means that the client does not send or does not read. RequestBody handles the first; the second has
    // unsent bytes here.
    request.on('timeout', () => {});
    response.on('timeout', () => {
      if (response.writableLength > 0) response.destroy();
    });
    let addressed: NamedBucket | undefined;
    try {
      this.#checkFraming(request);
      if (this.#active.of(request.socket).size >= maxPipelined) throw new S3Error('SlowDown');
      // The console is no host of buckets.
      const parsed =
        session === undefined
          ? await parseRequest(request, this.#parsing)
          : { ...(await parseRequest(request, { ...this.#parsing, domains: [], websiteDomains: [] })), session };
      addressed = namedBucketOf(parsed);
      record.names(parsed.target);
      record.isSignedBy(parsed.isForWebsite ? undefined : claimedScope(parsed)?.accessKeyId);
      await this.#dispatch(parsed, { request, response, requestId, record, signal, body }, progress);
      await body.drain(drainTimeoutMs);
    } catch (error) {
      const refusal = this.init.copy?.isComplete === false ? notYetHere(error) : error;
      record.errorCode = toS3Error(refusal).code;
      await this.#refuse(request, response, { requestId, body, error: refusal });
    }
    const { payer } = progress;
    if (payer !== undefined) whenTransferred((transfer) => this.#charge(payer, transfer));
    const status = response.headersSent ? response.statusCode : undefined;
    const durationMs = performance.now() - begun;
    this.init.onAnswered?.(record.operation, status, durationMs / 1000);
    const outcome = { status: status ?? 0, errorCode: record.errorCode, durationMs: Math.round(durationMs) };
    const audited = record.fields();
    recordSpan(this.init.spans, request, { audited, status, errorCode: record.errorCode, durationMs });
    void this.init.audit.end(audited, outcome);
    this.init.accessLogs.note(addressed, { request, response, audited, outcome });
    const isEnded = request.readableEnded && !this.#ambiguous.has(request.socket);
    if (isEnded || request.destroyed) return;
    // The rest of the body would be parsed as the next request, so the connection closes once the answer is sent.
    if (response.writableFinished || response.destroyed) request.destroy();
    else response.once('finish', () => request.destroy());
  }

  /** Selects who answers a request, and notes in `progress` what it is charged to. */
  async #dispatch(parsed: ParsedRequest, own: OwnContext, progress: Progress): Promise<void> {
    const { configurations, query } = this.init;
    const { record, response } = own;
    const crossOrigin = { ...parsed, bucket: namedBucketOf(parsed) };
    // Pages of the console have its origin, and no other page may read its answers.
    if (parsed.session === undefined) allowOrigin(configurations, crossOrigin, response);
    if (this.init.copy !== undefined) requireRead(parsed);
    if (!parsed.isForWebsite && isAdminRequest(parsed)) return this.init.admin.serve({ signed: parsed, ...own });
    if (this.init.native !== undefined && isNativeRequest(parsed)) {
      const charge = (payer: Payer) => {
        progress.payer = payer;
        this.#admit(payer);
      };
      const authenticated = () => this.#connections.authenticated(own.request.socket);
      return this.init.native.serve({ ...own, parsed, services: this.#services, charge, authenticated });
    }
    const service = parsed.isForWebsite ? undefined : queryServiceOf(parsed);
    if (service !== undefined) return query.serve({ signed: parsed, service, ...own });
    if (parsed.method === 'OPTIONS') {
      record.isFor('Preflight');
      return answerPreflight(configurations, crossOrigin, response);
    }
    const identified = await this.#identify(parsed, own);
    record.isOf(identified.caller.principal);
    progress.payer = payerOf(identified.caller, parsed.bucket);
    this.#admit(progress.payer);
    if (parsed.isForWebsite) {
      record.isFor('Website');
      return serveWebsite(createContext(this.#services, { parsed, own, identified, rules: rulesOf('GetObject') }));
    }
    const { method, target } = parsed;
    const selected = route({ method, target, headers: identified.headers });
    record.isFor(selected.name);
    // A list of what has arrived so far would show the rest as deleted.
    if (this.init.copy?.isComplete === false && selected.resource !== 'object') throw new S3Error('SlowDown');
    const { index } = this.init;
    const services = changesData(selected)
      ? { ...this.#services, index: index.actingFor(record.origin()) }
      : this.#services;
    const context = createContext(services, { parsed, own, identified, rules: rulesOf(selected.name) });
    await authorize(selected, context);
    await prepare(selected, context);
    if (changesData(selected)) await this.init.audit.begin(record.fields());
    await selected.handler?.(context);
  }

  /** Verifies the signature, and finds what the caller may do. Visitors of a website are anonymous. */
  async #identify(parsed: ParsedRequest, { request: { socket } }: OwnContext): Promise<Identified> {
    const { auth, caller } = parsed.isForWebsite
      ? visitor
      : await identify(parsed, { ...this.#services, nowMs: this.#services.nowMs() });
    const accessKeyId = parsed.session?.accessKeyId ?? auth.accessKeyId;
    if (accessKeyId !== undefined) this.#connections.authenticated(socket);
    const { target } = parsed;
    const headers = parsed.isForWebsite ? parsed.headers : withQueryHeaders(parsed.headers, target);
    const signature = signatureOf(auth, target);
    const access = createAccess(this.#services, { socket, caller, target, headers, signature });
    const client = `${socket.remoteAddress} ${accessKeyId ?? ''}`;
    return { auth, caller, access, client, headers };
  }

  #admit(payer: Payer | undefined): void {
    const waitSeconds = payer === undefined ? 0 : this.init.limits.admit(payer.id);
    if (waitSeconds > 0) throw new S3Error('SlowDown', { headers: { 'retry-after': String(waitSeconds) } });
  }

  #charge(payer: Payer, transfer: RequestTransfer): void {
    this.init.limits.charge(payer.id, transfer.receivedBytes + transfer.sentBytes);
    this.init.onCharged?.(payer, transfer);
  }

  async #refuse(
    request: IncomingMessage,
    response: ServerResponse,
    { requestId, body, error }: { requestId: string; body: RequestBody; error: unknown },
  ): Promise<void> {
    const s3Error = toS3Error(error);
    const fields = { requestId, method: request.method, code: s3Error.code, cause: describeCause(error) };
    // 501 says what the gateway does not offer: nothing failed.
    if (s3Error.status >= 500 && s3Error.status !== 501) this.init.logger.warn(fields, 'S3 request failed');
    else this.init.logger.debug(fields, 'S3 request refused');
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    const path = elementAt((request.url ?? '/').split('?'), 0);
    const document = request.method === 'HEAD' ? '' : errorDocument(s3Error, path, requestId);
    response.writeHead(s3Error.status, {
      ...s3Error.headers,
      ...(document === '' ? {} : { 'content-type': 'application/xml' }),
      'content-length': Buffer.byteLength(document),
      ...(request.readableEnded || request.complete ? {} : { connection: 'close' }),
    });
    // Send the answer at once, but close only when the client has stopped sending: a reset would discard the answer.
    response.flushHeaders();
    if (document !== '') response.write(document);
    await body.drain(drainTimeoutMs);
    response.end();
  }
}

/** The account that a request counts for: anonymous ones count for the owner of the bucket. */
function payerOf({ account }: Caller, bucket: S3Context['bucket']): Payer | undefined {
  return account ?? (bucket === undefined ? undefined : payerOfOwner(bucket.owner));
}

/** HTTP has one expectation and one transfer coding that a request body needs; an empty Expect header states nothing. */
function checkFraming({ headers }: IncomingMessage): void {
  const expectation = headers.expect?.trim().toLowerCase() ?? '';
  if (expectation !== '' && expectation !== '100-continue') throw new S3Error('ExpectationFailed');
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && coding.trim().toLowerCase() !== 'chunked')
    throw new S3Error('NotImplemented', { details: { Header: 'transfer-encoding' } });
}

/** What is refused before the handler runs has no effect. */
async function prepare(operation: S3Operation, context: S3Context): Promise<void> {
  if (operation.handler === undefined) throw new S3Error('NotImplemented', { details: { Operation: operation.name } });
  context.rules.check(context.headers);
  if (!readsBody.some((name) => name === operation.name)) await verifyUnusedBody(context);
}

function changesData({ method }: S3Operation): boolean {
  return method !== 'GET' && method !== 'HEAD';
}

/** Verifies what a request states about a body that its operation does not use. */
async function verifyUnusedBody(context: S3Context): Promise<void> {
  const { 'content-length': length = '0', ...headers } = context.headers;
  const isStated = ['content-md5', 'transfer-encoding'].some((name) => headers[name] !== undefined);
  if (length === '0' && !isStated) return;
  await readWholeBody({ ...context, headers: { ...headers, 'content-length': length } }, maxUnusedBodyBytes);
}

function signatureOf(auth: RequestAuth, target: S3Target): KeySource['signature'] {
  if (auth.accessKeyId === undefined) return undefined;
  return {
    type: isPresigned(target) ? 'REST-QUERY-STRING' : 'REST-HEADER',
    timeMs: parseTimestamp(auth.timestamp) ?? 0,
  };
}

function describeCause(error: unknown): string {
  const parts: string[] = [];
  for (let at: unknown = error; at !== undefined && parts.length < 4; at = (at as { cause?: unknown }).cause) {
    parts.push(at instanceof CessError ? `${at.code}: ${at.message}` : messageOf(at));
  }
  return parts.join(' <- ');
}
