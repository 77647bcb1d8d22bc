// What every S3 handler works with: the request, its caller and what the caller may do, and the services of the gateway.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Accounts, NamedKeys } from '@cess/accounts';
import type { BucketRecord, ObjectIndex } from '@cess/object-index';
import type { RequestRecord } from '../audit/request-record.js';
import type { OfferedClasses } from '../classes/offered-classes.js';
import type { Protection } from '../declaration/protection.js';
import type { EventService } from '../events/event-service.js';
import type { ObjectStorage } from '../object-storage.js';
import type { ReceiptIssuer } from '../receipts/receipt-issuer.js';
import type { Caller, CredentialStore } from './access/caller.js';
import type { RequestAccess, RequestAccessInit } from './access/request-access.js';
import type { RequestAuth } from './auth/verify-signature.js';
import type { RequestBody } from './body/request-body.js';
import type { ConfigurationCache } from './configurations/configuration-cache.js';
import type { S3Target } from './request.js';

export interface S3Services {
  readonly index: ObjectIndex;
  readonly configurations: ConfigurationCache;
  readonly events: EventService;
  readonly storage: ObjectStorage;
  /** Of new objects. */
  readonly classes: OfferedClasses;
  readonly protection: Pick<Protection, 'statusOf' | 'isUnrecorded'>;
  readonly receipts: Pick<ReceiptIssuer, 'issue'>;
  readonly credentials: CredentialStore;
  readonly namedKeys: Pick<NamedKeys, 'arnOf' | 'use'>;
  readonly mfaDevices: Pick<Accounts, 'useDeviceCode'>;
  readonly onDecision: RequestAccessInit['onDecision'];
  readonly region: string;
  readonly nowMs: () => number;
  /** Whether requests may carry encryption keys over plain HTTP: a proxy with TLS stands before the gateway. */
  readonly customerKeysOverHttp: boolean;
  /** Length of a day of lifecycle rules: 24 hours, but on development networks. */
  readonly lifecycleDayMs: number;
}

/** The rules about headers of the operation that a request selects. */
export interface OperationRules {
  /** Throws NotImplemented or another error for a header that the operation does not honour. */
  check(headers: Readonly<Record<string, string>>): void;
  /** Actions that the headers need beside that of the operation. */
  neededActions(headers: Readonly<Record<string, string>>): readonly string[];
  isHarmless(header: string): boolean;
}

export interface S3Context extends S3Services {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  readonly target: S3Target;
  readonly body: RequestBody;
  /** Lower-case names; repeated headers joined with commas; those that a presigned URL carries included. */
  readonly headers: Readonly<Record<string, string>>;
  readonly rules: OperationRules;
  readonly auth: RequestAuth;
  readonly caller: Caller;
  /** What the caller may do: for decisions beyond those of the operation, such as on the source of a copy. */
  readonly access: RequestAccess;
  /** The bucket that the request addresses, if there is one of that name (`requireBucket`). */
  readonly bucket: BucketRecord | undefined;
  readonly requestId: string;
  /** What the audit log will say of the request. */
  readonly record: RequestRecord;
  /** Address and access key (none for anonymous requests), by which memory is shared out. */
  readonly client: string;
  /** Aborted when the client disconnects or the server stops. */
  readonly signal: AbortSignal;
}
