// What every S3 handler works with: the request, its authenticated account, and the services of the gateway.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ObjectIndex } from '@cess/object-index';
import type { Protection } from '../declaration/protection.js';
import type { ObjectStorage } from '../object-storage.js';
import type { Authenticated } from './auth/verify-signature.js';
import type { RequestBody } from './body/request-body.js';
import type { S3Target } from './request.js';

/** A client's credentials and the resources they grant: access key -> account -> territory. */
export interface S3Account {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Account id on chain that owns the buckets. */
  readonly owner: Uint8Array;
  /** X25519 key of the owner: every bucket key is sealed to it. */
  readonly ownerKey: Uint8Array;
  readonly territory: string;
}

export interface S3Services {
  readonly index: ObjectIndex;
  readonly storage: ObjectStorage;
  readonly protection: Pick<Protection, 'statusOf' | 'isUnrecorded'>;
  readonly region: string;
  readonly nowMs: () => number;
}

export interface S3Context extends S3Services {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: S3Target;
  readonly body: RequestBody;
  /** Lower-case names; repeated headers joined with commas; those that a presigned URL carries included. */
  readonly headers: Readonly<Record<string, string>>;
  readonly auth: Authenticated;
  readonly account: S3Account;
  readonly requestId: string;
  /** Address and access key, to whom memory is shared out. */
  readonly client: string;
  /** Aborted when the client disconnects or the server stops. */
  readonly signal: AbortSignal;
}
