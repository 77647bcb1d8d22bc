// What a route of the native API is made of. The table of routes is the only place that names them: the router, the OpenAPI document
// and its test read it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Parameter, Schema } from '../admin/admin-route.js';
import type { RequestRecord } from '../audit/request-record.js';
import type { RequestBody } from '../s3/body/request-body.js';
import type { S3Services } from '../s3/context.js';
import type { Payer } from '../usage/payer.js';
import type { UploadSessions } from './upload-sessions.js';
import type { WalletCaller } from './wallet-caller.js';

export interface NativeCall {
  readonly services: S3Services;
  readonly sessions: UploadSessions;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly record: RequestRecord;
  readonly body: RequestBody;
  readonly signal: AbortSignal;
  readonly method: string;
  /** Of the path; still percent-encoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: ReadonlyMap<string, string>;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Who signed the request, where the route or the operator wants a signature. */
  readonly wallet: WalletCaller | undefined;
  /** Charges the request to an account. Throws SlowDown for one that has taken more than its share. */
  readonly charge: (payer: Payer) => void;
  /** Writes the audit entry of a change before it happens. */
  readonly begin: () => Promise<void>;
}

export type SignedCall = NativeCall & { readonly wallet: WalletCaller };

interface RouteOfAny {
  readonly method: 'GET' | 'PUT' | 'DELETE';
  /** Below the prefix, with names of path parameters in braces. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly Parameter[];
  /** Media type and schema of the request. */
  readonly requestContent?: Readonly<Record<string, Schema>>;
  /** Of `data` in the answer with status 200; absent: the answer is the content of a file. */
  readonly schema?: Schema;
  /** Further statuses that are no refusal, with what they mean. */
  readonly otherAnswers?: Readonly<Record<string, string>>;
}

/**
 * `wallet`: a wallet signs the request. `territory`: it must name the territory as well. `fid`: knowing the fid is enough, unless the
 * operator wants signatures. `anyone`: the answer says nothing of files.
 */
export type NativeRoute = RouteOfAny &
  (
    | { readonly access: 'wallet' | 'territory'; readonly handle: (call: SignedCall) => Promise<void> }
    | { readonly access: 'fid' | 'anyone'; readonly handle: (call: NativeCall) => Promise<void> }
  );
