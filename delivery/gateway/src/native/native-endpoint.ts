// The native API on the S3 port: requests below `/.native`, which no bucket can be named. Off unless it is configured (ADR 75).
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isAbort, type Logger, messageOf } from '@cess/primitives';
import { type MatchedRoute, matchRoute } from '../admin/admin-route.js';
import type { AuditTrail } from '../audit/audit-trail.js';
import type { RequestRecord } from '../audit/request-record.js';
import type { RequestBody } from '../s3/body/request-body.js';
import type { S3Services } from '../s3/context.js';
import type { ParsedRequest } from '../s3/parsed-request.js';
import { sendRefusal } from './native-answer.js';
import { NativeError, toRefusal } from './native-error.js';
import type { NativeCall, NativeRoute } from './native-route.js';
import { nativeRoutes } from './routes.js';
import { UploadSessions } from './upload-sessions.js';
import type { WalletCaller, WalletCallers } from './wallet-caller.js';

export interface NativeEndpointInit {
  readonly wallets: WalletCallers;
  /** `fid`: whoever knows a fid reads its file, as clients of DeOSS expect. `signed`: its owner alone. */
  readonly reads: 'fid' | 'signed';
  readonly audit: Pick<AuditTrail, 'begin'>;
  readonly logger: Logger;
}

export interface NativeExchange {
  readonly parsed: ParsedRequest;
  readonly services: S3Services;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly record: RequestRecord;
  readonly body: RequestBody;
  readonly signal: AbortSignal;
  readonly charge: NativeCall['charge'];
  /** Called when the signature of the request is valid. */
  readonly authenticated: () => void;
}

const prefix = '.native';

export function isNativeRequest({ target, isForWebsite, session }: ParsedRequest): boolean {
  return !isForWebsite && session === undefined && target.bucket === prefix;
}

export class NativeEndpoint {
  readonly #sessions = new UploadSessions();

  constructor(private readonly init: NativeEndpointInit) {}

  /** Answers a request in any case, and notes in its record what it was. */
  async serve(exchange: NativeExchange): Promise<void> {
    const { parsed, response, record, requestId } = exchange;
    record.isFor('native:none');
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-expose-headers', '*');
    try {
      if (parsed.method === 'OPTIONS') return answerPreflight(response, record);
      const { route, pathParams } = select(parsed);
      record.isFor(`native:${route.operationId}`);
      const call = { ...this.#callOf(exchange, route), params: pathParams };
      await this.#handle(exchange, route, call);
    } catch (error) {
      const refusal = toRefusal(error);
      record.errorCode = refusal.code;
      const fields = { requestId, code: refusal.code, cause: messageOf(error) };
      if (refusal.status >= 500 && refusal.status !== 501 && !isAbort(error))
        this.init.logger.warn(fields, 'request to the native API failed');
      else this.init.logger.debug(fields, 'request to the native API refused');
      if (response.headersSent || response.destroyed) response.destroy();
      else sendRefusal(response, refusal, requestId);
    }
  }

  async #handle(exchange: NativeExchange, route: NativeRoute, call: NativeCall): Promise<void> {
    if (route.access === 'anyone') return route.handle(call);
    if (route.access === 'fid' && this.init.reads === 'fid') return route.handle(call);
    const wallet = await this.#identify(exchange, route, call);
    return route.handle({ ...call, wallet });
  }

  async #identify(
    { record, charge, authenticated }: NativeExchange,
    { access }: NativeRoute,
    call: NativeCall,
  ): Promise<WalletCaller> {
    const wallet = await this.init.wallets.identify(call, access === 'territory');
    record.isOf(wallet.caller.principal);
    authenticated();
    if (access !== 'fid') charge(wallet.account);
    return wallet;
  }

  #callOf({ parsed, ...exchange }: NativeExchange, route: NativeRoute): Omit<NativeCall, 'params'> {
    const { method, target, headers } = parsed;
    return {
      ...exchange,
      sessions: this.#sessions,
      method,
      query: queryOf(target.queryPairs, route),
      headers,
      wallet: undefined,
      begin: () => this.init.audit.begin(exchange.record.fields()),
    };
  }
}

function select({ method, target }: ParsedRequest): MatchedRoute<NativeRoute> {
  const path = target.rawPath.slice(`/${prefix}`.length);
  const found = matchRoute(nativeRoutes, method === 'HEAD' ? 'GET' : method, path);
  if (found === undefined) throw new NativeError('NotFound');
  if ('route' in found) return found;
  const headers = { allow: [...new Set(found.methods)].join(', ') };
  throw new NativeError('MethodNotAllowed', undefined, { headers });
}

function queryOf(pairs: ParsedRequest['target']['queryPairs'], route: NativeRoute): ReadonlyMap<string, string> {
  const query = new Map<string, string>();
  for (const [name, value] of pairs) {
    const isDeclared = route.parameters?.some((one) => one.in === 'query' && one.name === name) ?? false;
    if (!isDeclared || query.has(name))
      throw new NativeError('ParameterInvalid', `The parameter ${name.slice(0, 64)} is unknown or repeated.`);
    query.set(name, value);
  }
  return query;
}

/** Requests carry no cookies, and their signature is in headers of their own: every origin may send them. */
function answerPreflight(response: ServerResponse, record: RequestRecord): void {
  record.isFor('Preflight');
  response.writeHead(204, {
    'access-control-allow-methods': 'GET, HEAD, PUT, DELETE',
    'access-control-allow-headers': '*',
    'access-control-max-age': '600',
  });
  response.end();
}
