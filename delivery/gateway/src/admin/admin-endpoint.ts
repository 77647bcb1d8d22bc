// The admin API on the S3 port (ADR 66): requests below `/admin/v1` whose signature names the service `cess`.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { combineKeys, evaluate, timeKeys } from '@cess/access';
import { type Caller, mfaAgeKeys, QueryApi, type QueryService } from '@cess/accounts';
import { type Logger, messageOf } from '@cess/primitives';
import type { AuditTrail } from '../audit/audit-trail.js';
import type { RequestRecord } from '../audit/request-record.js';
import { readSignedBody, requestConditions, type SignedBodyServices } from '../query/signed-body.js';
import { claimedScope, type SignatureRequest } from '../s3/auth/verify-signature.js';
import type { RequestBody } from '../s3/body/request-body.js';
import { type AdminRoute, type MatchedRoute, matchRoute } from './admin-route.js';
import type { AdminServices } from './admin-services.js';
import { AdminProblem, toProblem } from './problem.js';
import { adminRoutes } from './routes.js';

export interface AdminEndpointInit extends SignedBodyServices {
  readonly services: AdminServices;
  readonly audit: Pick<AuditTrail, 'begin'>;
  readonly logger: Logger;
}

export interface AdminExchange {
  readonly signed: SignatureRequest;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly record: RequestRecord;
  readonly body: RequestBody;
  /** Aborts when the client has left. */
  readonly signal: AbortSignal;
}

const base = '/admin/v1';
const service = 'cess';
const maxBodyBytes = 400 * 1024;
const services: readonly QueryService[] = ['iam', 'sts', 'kms'];

export function isAdminRequest(request: SignatureRequest): boolean {
  return request.target.rawPath.startsWith(`${base}/`) && claimedScope(request)?.service === service;
}

export class AdminEndpoint {
  constructor(private readonly init: AdminEndpointInit) {}

  /** Answers a request in any case, and notes in its record what it was. */
  async serve(exchange: AdminExchange): Promise<void> {
    const { record, response } = exchange;
    record.isFor('cess:none');
    try {
      const { route, pathParams } = select(exchange.signed);
      record.isFor(`cess:${route.operationId}`);
      const { credentials, bytes } = await readSignedBody(this.init, { ...exchange, service }, maxBodyBytes);
      const { caller } = credentials;
      record.isOf(caller.principal);
      const params = { ...queryParams(exchange.signed, route), ...pathParams };
      const called = calledOperation(pathParams);
      if (called !== undefined) record.isFor(called);
      this.#authorize(exchange, route, params, caller);
      if (route.method !== 'GET') await this.init.audit.begin(record.fields());
      const perform = (name: string, fields: ReadonlyMap<string, string>) =>
        this.#perform(exchange, caller, name, fields);
      const { signal } = exchange;
      const answer = await route.handle({ params, body: bytes, caller, services: this.init.services, signal, perform });
      if (route.schema === undefined) send(response, 204, '', 'application/json');
      else send(response, 200, JSON.stringify(answer), 'application/json');
    } catch (error) {
      const problem = toProblem(error);
      record.errorCode = problem.code;
      const fields = { requestId: record.requestId, code: problem.code, cause: messageOf(problem.cause ?? problem) };
      if (problem.status >= 500 && !exchange.signal.aborted)
        this.init.logger.warn(fields, 'request to the admin API failed');
      else this.init.logger.debug(fields, 'request to the admin API refused');
      send(response, problem.status, problem.document(record.requestId), 'application/problem+json');
    }
  }

  #authorize(
    exchange: AdminExchange,
    route: AdminRoute,
    params: Readonly<Record<string, string>>,
    caller: Caller,
  ): void {
    const { action, resource } = route;
    if (action === undefined) return;
    const nowMs = this.init.nowMs();
    const conditions = requestConditions(exchange, this.init.region);
    const decision = evaluate(
      {
        principal: caller.principal,
        action,
        resource: resource?.(params) ?? '*',
        resourceAccount: caller.account.id,
        keys: combineKeys(conditions, caller.keys, mfaAgeKeys(caller, nowMs), timeKeys(nowMs)),
      },
      caller.policies,
    );
    if (decision.effect !== 'allow') throw new AdminProblem('AccessDenied');
  }

  #perform(
    exchange: AdminExchange,
    caller: Caller,
    name: string,
    fields: ReadonlyMap<string, string>,
  ): Promise<unknown> {
    const called = services.find((one) => one === name);
    if (called === undefined) throw new AdminProblem('NotFound');
    const { accounts, nowMs, region } = this.init;
    const keys = requestConditions(exchange, region);
    return accounts.perform({ service: called, fields, caller, nowMs: nowMs(), keys });
  }
}

function select({ method, target }: SignatureRequest): MatchedRoute {
  const found = matchRoute(adminRoutes, method, target.rawPath.slice(base.length));
  if (found === undefined) throw new AdminProblem('NotFound');
  if ('route' in found) return found;
  throw new AdminProblem('MethodNotAllowed', `The resource has ${found.methods.join(', ')}.`);
}

/** The operation of a service that a path names. Undefined if there is none: what clients write must not name operations in logs and metrics. */
function calledOperation(pathParams: Readonly<Record<string, string>>): string | undefined {
  const named = services.find((one) => one === pathParams['service']);
  if (named === undefined) return undefined;
  const action = QueryApi.nameOf(named, new Map([['Action', pathParams['operation'] ?? '']]));
  return action === undefined ? undefined : `${named}:${action}`;
}

/** A parameter that the route does not declare, or that is repeated, is refused: ignoring it could widen what is asked for. */
function queryParams({ target }: SignatureRequest, { parameters = [] }: AdminRoute): Readonly<Record<string, string>> {
  const params: Record<string, string> = {};
  for (const [name, value] of target.queryPairs) {
    const isDeclared = parameters.some((one) => one.in === 'query' && one.name === name);
    if (!isDeclared || params[name] !== undefined)
      throw new AdminProblem('InvalidParameter', `The parameter ${name.slice(0, 64)} is unknown or repeated.`);
    params[name] = value;
  }
  return params;
}

function send(response: ServerResponse, status: number, text: string, type: string): void {
  if (response.destroyed) return;
  const bytes = Buffer.from(text, 'utf8');
  const headers = status === 204 ? {} : { 'content-type': type, 'content-length': bytes.length };
  response.writeHead(status, { ...headers, 'cache-control': 'no-store' });
  response.end(bytes);
}
