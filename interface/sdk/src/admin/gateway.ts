import type { StorageClient } from '../storage/storage-client.js';
import { callAdmin } from './call-admin.js';

/** Health and backlog of a gateway. */
export interface GatewayHealth {
  readonly region: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly activeRequests: number;
  /** Declarations and deletions that are not on the chain yet. */
  readonly undeclaredFiles: number;
  /** Stored files that wait for their owners, by reason. */
  readonly unrecordedFiles: Readonly<Record<string, number>>;
  /** Records that background work set aside, by loop. */
  readonly setAsideRecords: Readonly<Record<string, number>>;
  readonly usableProviders?: number;
  readonly suspectProviders?: number;
  /** That new objects may have. */
  readonly storageClasses?: readonly string[];
}

/** The account of the caller at a gateway. */
export interface GatewayAccount {
  /** 12 digits. */
  readonly id: string;
  /** SS58 address. */
  readonly owner: string;
  readonly canonicalId: string;
  /** Where new buckets take their space. */
  readonly territory: string;
  /** Space that is left for uploads. */
  readonly availableBytes: number;
}

/** Needs the action `cess:GetGateway`. */
export function getGateway(storage: StorageClient, signal?: AbortSignal): Promise<GatewayHealth> {
  return callAdmin(storage, { path: '/gateway', signal });
}

/** Needs the action `cess:GetAccount`. */
export function getAccount(storage: StorageClient, signal?: AbortSignal): Promise<GatewayAccount> {
  return callAdmin(storage, { path: '/account', signal });
}

/** How far back from now. */
export type UsagePeriod = 'day' | 'week' | 'month' | 'year';

/** What an account stored at a time, and the requests of its hour or day and of those before it that have no sample. */
export interface UsageSample {
  /** ISO 8601. */
  readonly time: string;
  /** Current objects. */
  readonly objects: number;
  /** All versions, delete markers included. */
  readonly versions: number;
  /** Sum of the sizes of all versions. */
  readonly bytes: number;
  /** Answered by the S3 and native API, refused ones included. */
  readonly requests: number;
  /** Of these requests: heads and bodies. */
  readonly receivedBytes: number;
  /** Of their answers: heads and bodies. */
  readonly sentBytes: number;
}

/** What the account of the caller stored and transferred over time. */
export interface AccountUsage {
  readonly period: UsagePeriod;
  /** At most one sample is kept of each hour or day. */
  readonly interval: 'hour' | 'day';
  /** When the gateway counts again, ISO 8601. */
  readonly nextSampleAt: string;
  /** The oldest first. */
  readonly samples: readonly UsageSample[];
}

/** Samples of what the account stored, with its requests and traffic, by hour, those of a year by day. Needs the action `cess:GetAccountUsage`. */
export function getAccountUsage(
  storage: StorageClient,
  period: UsagePeriod = 'month',
  signal?: AbortSignal,
): Promise<AccountUsage> {
  return callAdmin(storage, { path: '/account/usage', query: { period }, signal });
}

/** The OpenAPI 3.1 document of the admin API. */
export function getOpenApi(storage: StorageClient, signal?: AbortSignal): Promise<object> {
  return callAdmin(storage, { path: '/openapi.json', signal });
}
