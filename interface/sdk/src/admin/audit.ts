import type { StorageClient } from '../storage/storage-client.js';
import { callAdmin } from './call-admin.js';

/** Which operations to show. */
export interface AuditFilter {
  /** Milliseconds since the Unix epoch. */
  readonly sinceMs?: number | undefined;
  /** Name of an operation, such as `PutObject`. */
  readonly operation?: string | undefined;
  readonly bucket?: string | undefined;
  readonly key?: string | undefined;
  /** Only refused and failed ones. */
  readonly failed?: boolean | undefined;
  /** Default 100, at most 1000. */
  readonly limit?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An operation in the audit log. */
export interface AuditEntry {
  readonly sequence: number;
  readonly time: string;
  readonly operation: string;
  readonly principal: string;
  readonly status: number;
  readonly requestId?: string;
  readonly accessKeyId?: string;
  readonly source?: string;
  readonly bucket?: string;
  readonly key?: string;
  readonly versionId?: string;
  readonly errorCode?: string;
  readonly durationMs?: number;
}

/** The newest operations of the account that match, the oldest of them first. Needs `cess:ReadAuditLog`, as the others. */
export async function readAuditLog(
  storage: StorageClient,
  { failed, signal, ...filter }: AuditFilter = {},
): Promise<readonly AuditEntry[]> {
  const query = { ...filter, failed: failed === true ? 'true' : undefined };
  return (await callAdmin<{ readonly entries: readonly AuditEntry[] }>(storage, { path: '/audit', query, signal }))
    .entries;
}

/** How many entries the audit log has, and how many are anchored on the chain. */
export function getAuditState(
  storage: StorageClient,
  signal?: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> {
  return callAdmin(storage, { path: '/audit/state', signal });
}

/** Whether the audit log is whole and agrees with its anchors, as the gateway says; `sound` is the result. */
export function verifyAuditLog(
  storage: StorageClient,
  signal?: AbortSignal,
): Promise<Readonly<Record<string, unknown>> & { readonly sound: boolean }> {
  return callAdmin(storage, { method: 'POST', path: '/audit/verify', signal });
}
