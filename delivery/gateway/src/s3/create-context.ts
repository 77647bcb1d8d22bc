// The context of a request. Its fields are named one by one: spreading objects of that many fields into each other costs every request
// several times as much, and every later access to a field, too.
import type { OperationRules, S3Context, S3Services } from './context.js';
import type { ParsedRequest } from './parsed-request.js';

/** What the server itself knows about a request. */
export type OwnContext = Pick<S3Context, 'request' | 'response' | 'requestId' | 'record' | 'signal' | 'body'>;

/** What the signature of a request shows. */
export type Identified = Pick<S3Context, 'auth' | 'caller' | 'access' | 'client' | 'headers'>;

export interface ContextParts {
  readonly parsed: ParsedRequest;
  readonly own: OwnContext;
  readonly identified: Identified;
  readonly rules: OperationRules;
}

export function createContext(services: S3Services, { parsed, own, identified, rules }: ContextParts): S3Context {
  return {
    index: services.index,
    configurations: services.configurations,
    events: services.events,
    storage: services.storage,
    classes: services.classes,
    protection: services.protection,
    receipts: services.receipts,
    credentials: services.credentials,
    namedKeys: services.namedKeys,
    mfaDevices: services.mfaDevices,
    onDecision: services.onDecision,
    region: services.region,
    nowMs: services.nowMs,
    customerKeysOverHttp: services.customerKeysOverHttp,
    lifecycleDayMs: services.lifecycleDayMs,
    method: parsed.method,
    target: parsed.target,
    bucket: parsed.bucket,
    request: own.request,
    response: own.response,
    requestId: own.requestId,
    record: own.record,
    signal: own.signal,
    body: own.body,
    auth: identified.auth,
    caller: identified.caller,
    access: identified.access,
    client: identified.client,
    headers: identified.headers,
    rules,
  };
}
