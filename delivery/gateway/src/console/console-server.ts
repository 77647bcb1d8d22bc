// The console of the gateway (ADR 89) on a port of its own: the pages, and behind them S3, the admin API and the chain for whoever has
// signed in. It decides nothing itself: a request goes to the same handlers as one with a signature.
//
//   /api/session      sign-in, sign-out, who is signed in
//   /api/presign      links to objects
//   /api/admin/…      the admin API, as /admin/v1/…
//   /s3/<bucket>/…    the S3 API
//   /chain            WebSocket to the chain node
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Accounts, Credentials } from '@cess/accounts';
import { systemRng } from '@cess/crypto';
import { isAbort, type Logger, messageOf, type Startable, toHex } from '@cess/primitives';
import type { AuditTrail } from '../audit/audit-trail.js';
import { RequestRecord } from '../audit/request-record.js';
import type { SessionCaller } from '../s3/auth/verify-signature.js';
import type { S3Server } from '../s3/server.js';
import type { Certificates } from '../transport/certificates.js';
import { Listener } from '../transport/listener.js';
import { createTrustedProxies } from '../transport/trusted-proxies.js';
import { ConsoleAssets } from './assets.js';
import { ChainRelay } from './chain-relay.js';
import type { ConsoleConfig } from './console-config.js';
import { ConsoleProblem, invalid, readFields, sendJson, sendProblem } from './json-exchange.js';
import { isFromOwnPage } from './origin-check.js';
import { presignedUrl } from './presign.js';
import { setSecurityHeaders } from './security-headers.js';
import { type ConsoleSession, ConsoleSessions, statesToken } from './sessions.js';
import { SignIn } from './sign-in.js';
import { SignInAttempts } from './sign-in-attempts.js';

const idleTimeoutMs = 60_000;
const maxConnections = 2_048;
const maxLinkSeconds = 7 * 24 * 3600;
const csrfHeader = 'x-cess-csrf';

export interface ConsoleServerInit {
  readonly config: ConsoleConfig;
  readonly accounts: Accounts;
  readonly audit: Pick<AuditTrail, 'end'>;
  readonly s3: Pick<S3Server, 'watch' | 'serve' | 'endpoint'>;
  readonly region: string;
  /** Storage classes that new objects may have. */
  readonly storageClasses: readonly string[];
  /** Genesis hash of the chain. */
  readonly genesis: Uint8Array;
  readonly nowMs: () => number;
  /** The console serves HTTPS where the gateway has certificates. */
  readonly certificates: Pick<Certificates, 'contextFor'> | undefined;
  readonly trustedProxies: readonly string[];
  readonly logger: Logger;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly session: ConsoleSession | undefined;
}

export class ConsoleServer implements Startable {
  readonly #listener: Listener;
  readonly #assets: ConsoleAssets;
  readonly #sessions: ConsoleSessions;
  readonly #signIn: SignIn;
  readonly #relay: ChainRelay | undefined;

  /** Throws `CONSOLE_ASSETS_UNUSABLE`. */
  constructor(private readonly init: ConsoleServerInit) {
    const { config, accounts, region, nowMs, certificates, trustedProxies, logger, s3 } = init;
    this.#assets = new ConsoleAssets(config.assets);
    this.#sessions = new ConsoleSessions(systemRng, nowMs);
    this.#signIn = new SignIn({ accounts, region, nowMs, attempts: new SignInAttempts(nowMs) });
    const admits = (request: IncomingMessage) => isFromOwnPage(request) && this.#sessionOf(request) !== undefined;
    this.#relay =
      config.chainRpc === undefined ? undefined : new ChainRelay({ endpoint: config.chainRpc, nowMs, logger, admits });
    const isProxy = trustedProxies.length === 0 ? undefined : createTrustedProxies(trustedProxies);
    this.#listener = new Listener({
      host: config.host,
      port: config.port,
      idleTimeoutMs,
      what: 'Console',
      configure: (server) => {
        s3.watch(server);
        const serve = (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response);
        server.on('request', serve);
        server.on('checkContinue', serve);
        this.#relay?.attach(server);
      },
      preparation: { isProxy, maxPending: maxConnections, logger, certificates },
    });
  }

  start(): Promise<void> {
    return this.#listener.start();
  }

  get endpoint(): string {
    return this.#listener.endpoint;
  }

  async stop(): Promise<void> {
    this.#relay?.stop();
    const closed = this.#listener.close();
    this.#listener.closeAllConnections();
    await closed;
  }

  /** Never rejects. */
  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.on('error', () => request.destroy());
    response.on('error', () => response.destroy());
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    const isSecure = 'encrypted' in request.socket;
    const isContent = path.startsWith('/s3/') || path.startsWith('/api/');
    setSecurityHeaders(response, isContent ? 'content' : 'page', isSecure);
    try {
      if (!isContent) return this.#assets.serve(request, response, path);
      if (!isFromOwnPage(request))
        throw new ConsoleProblem(403, 'ForeignOrigin', 'The request is not from this console.');
      await this.#serveApi({ request, response, path, session: this.#sessionOf(request) });
    } catch (error) {
      if (error instanceof ConsoleProblem) return sendProblem(response, error);
      const cause = messageOf(error);
      if (!isAbort(error)) this.init.logger.warn({ cause, path }, 'a request to the console failed');
      sendProblem(response, new ConsoleProblem(500, 'InternalFailure', 'An internal error occurred. Try again.'));
    }
  }

  async #serveApi(exchange: Exchange): Promise<void> {
    const { request, response, path, session } = exchange;
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const isSignIn = path === '/api/session' || path === '/api/session/challenge';
    if (isSignIn && request.method === 'GET')
      return sendJson(response, 200, path === '/api/session' ? await this.#shown(session) : this.#signIn.challenge());
    if (path === '/api/session' && request.method === 'POST') return this.#begin(exchange);
    if (session === undefined) throw new ConsoleProblem(401, 'SignedOut', 'Sign in.');
    const stated = request.headers[csrfHeader];
    if (!isRead && !statesToken(session, typeof stated === 'string' ? stated : undefined))
      throw new ConsoleProblem(403, 'TokenMissing', `The header ${csrfHeader} must have the token of the session.`);
    if (path === '/api/session' && request.method === 'DELETE') return this.#end(exchange);
    // The key may have been disabled or deleted since; the handlers behind look it up again.
    if ((await this.#credentialsOf(session)) === undefined)
      throw new ConsoleProblem(401, 'SignedOut', 'Sign in again.');
    if (path === '/api/presign' && request.method === 'POST') return this.#presign(exchange, session);
    if (path.startsWith('/api/admin/')) return this.#pass(exchange, session, ['/api/admin', '/admin/v1', 'cess']);
    if (path.startsWith('/s3/')) return this.#pass(exchange, session, ['/s3', '', 's3']);
    throw new ConsoleProblem(404, 'NotFound', 'There is no such resource.');
  }

  /** Hands a request to the handlers of the S3 port. */
  #pass(
    { request, response }: Exchange,
    { accessKeyId, token }: ConsoleSession,
    [prefix, replacement, service]: readonly [string, string, SessionCaller['service']],
  ): void {
    request.url = `${replacement}${(request.url ?? '').slice(prefix.length)}`;
    this.init.s3.serve(request, response, { accessKeyId, token, service });
  }

  /** A new id at every sign-in; the session of before ends. */
  async #begin({ request, response }: Exchange): Promise<void> {
    const record = new RequestRecord(request, toHex(systemRng.bytes(8)).toUpperCase(), this.init.nowMs());
    record.isFor('console:SignIn');
    const begunMs = this.init.nowMs();
    let status = 200;
    try {
      const fields = await readFields(request);
      record.isSignedBy(fields['accessKeyId']);
      const signedIn = await this.#signIn.perform(fields, request);
      record.isOf(signedIn.principal);
      this.#sessions.end(cookieOf(request, this.#cookieName(request)));
      const { id, session } = this.#sessions.begin(signedIn);
      response.setHeader('set-cookie', this.#cookie(request, id));
      sendJson(response, 200, await this.#shown(session));
    } catch (error) {
      if (!(error instanceof ConsoleProblem)) throw error;
      status = error.status;
      record.errorCode = error.code === 'SignInRefused' ? 'AuthFailure' : error.code;
      throw error;
    } finally {
      const outcome = { status, errorCode: record.errorCode, durationMs: this.init.nowMs() - begunMs };
      void this.init.audit.end(record.fields(), outcome);
    }
  }

  #end({ request, response }: Exchange): void {
    this.#sessions.end(cookieOf(request, this.#cookieName(request)));
    response.setHeader('set-cookie', `${this.#cookie(request, '')}; Max-Age=0`);
    sendJson(response, 200, { signedIn: false });
  }

  /** What a page needs to know of the gateway, and of who is signed in. */
  async #shown(session: ConsoleSession | undefined): Promise<object> {
    const { config, region, genesis, storageClasses } = this.init;
    const gateway = {
      region,
      storageClasses,
      s3Endpoint: this.#s3Endpoint(),
      genesis: toHex(genesis),
      hasChain: config.chainRpc !== undefined,
      authorities: config.authorities,
    };
    const credentials = session === undefined ? undefined : await this.#credentialsOf(session);
    if (session === undefined || credentials === undefined) return { signedIn: false, gateway };
    const { principal, account, userName } = credentials.caller;
    return {
      signedIn: true,
      gateway,
      csrfToken: session.csrfToken,
      endsAt: new Date(session.endsAtMs).toISOString(),
      accessKeyId: session.accessKeyId,
      isTemporary: session.token !== undefined,
      kind: principal.kind,
      name: 'arn' in principal ? principal.arn : 'root',
      userName: userName ?? null,
      account: account.id,
    };
  }

  /** Undefined when the key was deleted or disabled, or has expired. */
  async #credentialsOf({ accessKeyId, token }: ConsoleSession): Promise<Credentials | undefined> {
    const found = await this.init.accounts.credentials(accessKeyId, token, this.init.nowMs());
    return found.ok ? found.value : undefined;
  }

  async #presign({ request, response }: Exchange, session: ConsoleSession): Promise<void> {
    const { bucket = '', key = '', versionId, expiresSeconds = '' } = await readFields(request);
    const seconds = Number(expiresSeconds);
    if (bucket === '' || key === '') throw invalid('bucket and key are needed.');
    if (!Number.isInteger(seconds) || seconds < 1 || seconds > maxLinkSeconds)
      throw invalid(`expiresSeconds must be from 1 to ${maxLinkSeconds}.`);
    const credentials = await this.#credentialsOf(session);
    if (credentials === undefined) throw new ConsoleProblem(401, 'SignedOut', 'Sign in again.');
    const nowMs = this.init.nowMs();
    const url = presignedUrl(
      {
        ...{ accessKeyId: session.accessKeyId, token: session.token, region: this.init.region, nowMs },
        secretAccessKey: credentials.secretAccessKey,
        endpoint: this.#s3Endpoint(),
      },
      { bucket, key, versionId, expiresSeconds: seconds },
    );
    // A link of temporary credentials ends with them.
    const endsAtMs = Math.min(nowMs + seconds * 1000, credentials.expiresAtMs ?? Number.POSITIVE_INFINITY);
    sendJson(response, 200, { url, expiresAt: new Date(endsAtMs).toISOString() });
  }

  #s3Endpoint(): string {
    return this.init.config.s3Endpoint ?? this.init.s3.endpoint;
  }

  #sessionOf(request: IncomingMessage): ConsoleSession | undefined {
    return this.#sessions.find(cookieOf(request, this.#cookieName(request)));
  }

  /** With the port: cookies of a host are common to all its ports. */
  #cookieName({ socket }: IncomingMessage): string {
    return `${'encrypted' in socket ? '__Host-' : ''}cess-session-${socket.localPort}`;
  }

  #cookie(request: IncomingMessage, id: string): string {
    const secure = 'encrypted' in request.socket ? '; Secure' : '';
    return `${this.#cookieName(request)}=${id}; Path=/; HttpOnly; SameSite=Strict${secure}`;
  }
}

function cookieOf({ headers }: IncomingMessage, name: string): string | undefined {
  for (const pair of (headers.cookie ?? '').split(';')) {
    const [own = '', value = ''] = pair.trim().split('=');
    if (own === name && value !== '') return value;
  }
  return undefined;
}
