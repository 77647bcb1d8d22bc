// IAM, STS and KMS on the S3 port: a request to the path `/` whose signature names one of these services is a form of parameters
// (the query protocol) or, for KMS, a JSON object. The signature covers the body, so the body is read first, within a bound, and only for keys that exist.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Accounts, type Answer, type Credentials, IamError, QueryApi, type QueryService } from '@cess/accounts';
import { type Logger, messageOf } from '@cess/primitives';
import type { AuditTrail } from '../audit/audit-trail.js';
import type { RequestRecord } from '../audit/request-record.js';
import type { AccountLimits } from '../limits/account-limits.js';
import { TokenBucket } from '../limits/token-bucket.js';
import { claimedScope, type SignatureRequest, tryUnsigned } from '../s3/auth/verify-signature.js';
import type { RequestBody } from '../s3/body/request-body.js';
import { parseQuery } from '../s3/request.js';
import { answerDocument, type QueryDocument, queryErrorDocument } from './query-answer.js';
import { toIamError } from './query-errors.js';
import { jsonFields } from './query-json.js';
import { readBody, readSignedBody, requestConditions } from './signed-body.js';

/** Three characters for each of the longest document that an operation takes. */
const maxBodyBytes = 400 * 1024;
const maxUnsignedBytes = 8 * 1024;
/** Requests without a signature, of all clients together. */
const unsignedPerSecond = 20;

export interface QueryEndpointInit {
  readonly accounts: Accounts;
  readonly limits: AccountLimits;
  readonly region: string;
  readonly nowMs: () => number;
  readonly logger: Logger;
  readonly audit: Pick<AuditTrail, 'begin'>;
}

export interface QueryExchange {
  readonly signed: SignatureRequest;
  readonly service: QueryService;
  readonly response: ServerResponse;
  readonly record: RequestRecord;
  readonly request: IncomingMessage;
  readonly body: RequestBody;
}

/** The service that the signature of a request names; STS for forms without a signature. Undefined for requests to S3. */
export function queryServiceOf(request: SignatureRequest): QueryService | undefined {
  if (request.target.rawPath !== '/') return undefined;
  if (isUnsignedForm(request)) return 'sts';
  const service = claimedScope(request)?.service;
  return service === 'iam' || service === 'sts' || service === 'kms' ? service : undefined;
}

/** A form to the path `/`, which is no request of S3. */
function isUnsignedForm(request: SignatureRequest): boolean {
  const type = request.headers['content-type'] ?? '';
  const isForm = /^application\/x-www-form-urlencoded\s*(;|$)/i.test(type);
  return request.method === 'POST' && isForm && tryUnsigned(request) !== undefined;
}

export class QueryEndpoint {
  readonly #unsigned: TokenBucket;

  constructor(private readonly init: QueryEndpointInit) {
    this.#unsigned = new TokenBucket(unsignedPerSecond, 1, init.nowMs());
  }

  /** Answers a request in any case, and notes in its record what it was. */
  async serve(exchange: QueryExchange): Promise<void> {
    const { service, record, response, signed } = exchange;
    const { requestId } = record;
    const format = { service, requestId, isJson: signed.headers['accept']?.trim() === 'application/json' };
    record.isFor(`${service}:none`);
    const isUnsigned = isUnsignedForm(signed);
    // Pages of any origin may sign an owner in with a wallet: these operations take no credentials that a browser sends by itself.
    if (isUnsigned) response.setHeader('access-control-allow-origin', '*');
    try {
      const { fields, credentials } = isUnsigned
        ? await this.#readUnsigned(exchange)
        : await this.#readSigned(exchange);
      const action = QueryApi.nameOf(service, fields);
      if (action !== undefined) record.isFor(`${service}:${action}`);
      if (credentials !== undefined) record.isOf(credentials.caller.principal);
      if (changesAccounts(action)) await this.init.audit.begin(record.fields());
      const answer = await this.#perform(exchange, fields, credentials);
      send(response, 200, answerDocument(format, action ?? '', answer), requestId);
    } catch (error) {
      const refusal = toIamError(error);
      record.errorCode = refusal.code;
      const fields = {
        requestId,
        operation: record.operation,
        code: refusal.code,
        cause: messageOf(refusal.cause ?? refusal),
      };
      if (refusal.status >= 500) this.init.logger.warn(fields, 'request to IAM or STS failed');
      else this.init.logger.debug(fields, 'request to IAM or STS refused');
      send(response, refusal.status, queryErrorDocument(format, refusal), requestId);
    }
  }

  async #perform(
    exchange: QueryExchange,
    fields: ReadRequest['fields'],
    credentials: Credentials | undefined,
  ): Promise<Answer | undefined> {
    const { accounts, nowMs } = this.init;
    const { service, record } = exchange;
    if (credentials !== undefined) {
      const keys = requestConditions(exchange, this.init.region);
      return accounts.perform({ service, fields, caller: credentials.caller, nowMs: nowMs(), keys });
    }
    const answer = accounts.performUnsigned(fields, nowMs());
    // Who signs in is known only now.
    const { Account: account } = answer;
    if (typeof account === 'string') record.isOf({ kind: 'root', account });
    return answer;
  }

  async #readSigned(exchange: QueryExchange): Promise<ReadRequest> {
    const { credentials, bytes } = await readSignedBody(this.init, exchange, maxBodyBytes);
    return { fields: fieldsOf(exchange, bytes), credentials };
  }

  /** Anybody can send these, and each costs a check of a signature. */
  async #readUnsigned(exchange: QueryExchange): Promise<ReadRequest> {
    const nowMs = this.init.nowMs();
    if (this.#unsigned.waitMs(1, nowMs) > 0) throw new IamError('Throttling', 'Rate exceeded; try again in a second.');
    this.#unsigned.take(1, nowMs);
    const bytes = await readBody(exchange.body, maxUnsignedBytes);
    return { fields: fieldsOf(exchange, bytes), credentials: undefined };
  }
}

interface ReadRequest {
  readonly fields: ReadonlyMap<string, string>;
  /** None for operations without a signature. */
  readonly credentials: Credentials | undefined;
}

/** Operations of STS change nothing: their sessions are not stored. */
function changesAccounts(action: string | undefined): boolean {
  return action !== undefined && !/^(Get|List|Describe|Simulate|Assume)/.test(action);
}

/** Parameters of the query and of the form; none may be given twice. */
function fieldsOf({ signed, service }: QueryExchange, bytes: Uint8Array): ReadonlyMap<string, string> {
  if (service === 'kms') return jsonFields(signed.headers, bytes);
  const form = parseQuery(Buffer.from(bytes).toString('utf8'));
  const fields = new Map<string, string>();
  for (const [name, value] of [...signed.target.queryPairs, ...form]) {
    if (fields.has(name)) throw new IamError('ValidationError', `The parameter ${name.slice(0, 64)} is given twice.`);
    fields.set(name, value);
  }
  return fields;
}

function send(response: ServerResponse, status: number, { contentType, text }: QueryDocument, requestId: string): void {
  if (response.destroyed) return;
  const bytes = Buffer.from(text, 'utf8');
  response.writeHead(status, {
    'x-amzn-requestid': requestId,
    'content-type': contentType,
    'content-length': bytes.length,
  });
  response.end(bytes);
}
