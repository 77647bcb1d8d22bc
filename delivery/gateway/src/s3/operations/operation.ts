// The shape of a row in the table of S3 operations.
import type { S3Context } from '../context.js';

type S3ActionName = `${string}:${string}`;

export type S3Handler = (context: S3Context) => Promise<void>;

type S3Method = 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';

/** What a request addresses: the service itself, a bucket, or an object. */
export type S3Resource = 'service' | 'bucket' | 'object';

/** One operation as a table row states it. */
export interface OperationRow {
  /** Amazon's name of the operation. */
  readonly name: string;
  readonly method: S3Method;
  /** The whole path, for the one operation that has a fixed path. */
  readonly path?: string;
  /** Query names (or `name=value`) that must all be present; the operation with the most of them is selected. */
  readonly selectedBy?: readonly string[];
  /** A header that must be present, too. */
  readonly selectedByHeader?: string;
  /** Further query names that the operation takes. A request with any other name is refused. */
  readonly query?: readonly string[];
  /** Query names that may be given several times. */
  readonly repeated?: readonly string[];
  /** The action that a policy allows or denies. */
  readonly action: S3ActionName;
  /** The action in its place for a request that names a version. */
  readonly versionAction?: S3ActionName;
  /** Further actions, all of which the request needs. Those that follow from its headers: access/header-actions.ts. */
  readonly alsoNeeds?: readonly { readonly action: S3ActionName; readonly versionAction?: S3ActionName }[];
  /** Keys or caller are in the body: the handler authorises the request itself, before it changes anything. */
  readonly isAuthorizedByHandler?: true;
  /** Only callers of the account that owns the bucket may ask for it, whatever a policy allows to others. */
  readonly isForOwnAccount?: true;
  /** Absent: the gateway answers 501 NotImplemented. */
  readonly handler?: S3Handler;
}

export interface S3Operation extends OperationRow {
  readonly resource: S3Resource;
}

/** Query names by which a GET or HEAD of an object overrides headers of the answer. */
export const responseOverrides = [
  'response-cache-control',
  'response-content-disposition',
  'response-content-encoding',
  'response-content-language',
  'response-content-type',
  'response-expires',
] as const;
