// The admin API and IAM, for the caller of the session.
import { sendJson } from './http.js';

export interface AccountFacts {
  readonly id: string;
  readonly owner: string;
  readonly territory: string;
  readonly availableBytes: number;
}

export interface GatewayHealth {
  readonly region: string;
  readonly startedAt: string;
  readonly activeRequests: number;
  readonly undeclaredFiles: number;
  readonly unrecordedFiles: Readonly<Record<string, number>>;
  readonly setAsideRecords: Readonly<Record<string, number>>;
  readonly usableProviders: number;
  readonly suspectProviders: number;
  readonly storageClasses: readonly string[];
}

export interface AuditedOperation {
  readonly sequence: number;
  readonly time: string;
  readonly operation: string;
  readonly principal: string;
  readonly source: string;
  readonly bucket: string;
  readonly key: string;
  readonly status: number;
  readonly errorCode: string;
}

export interface LogCheck {
  readonly sound: boolean;
  readonly entries: number;
  readonly anchoredEntries: number;
  readonly anchors: number;
  readonly contradictedAnchors: number;
}

export interface User {
  readonly UserName: string;
  readonly Arn: string;
  readonly CreateDate: string;
}

export interface AccessKey {
  readonly AccessKeyId: string;
  readonly Status: 'Active' | 'Inactive';
  readonly CreateDate: string;
}

export interface NewAccessKey {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
}

export interface Policy {
  readonly PolicyName: string;
  readonly Arn: string;
  readonly AttachmentCount: number;
  readonly DefaultVersionId: string;
}

export interface AttachedPolicy {
  readonly PolicyName: string;
  readonly PolicyArn: string;
}

export interface MfaDevice {
  readonly SerialNumber: string;
  readonly EnableDate: string;
}

/** Lists of more pages than this are cut: nobody reads them on a screen. */
const maxPages = 20;

export function readAccount(): Promise<AccountFacts> {
  return sendJson('/api/admin/account');
}

export function readGateway(): Promise<GatewayHealth> {
  return sendJson('/api/admin/gateway');
}

export const usagePeriods = ['day', 'week', 'month', 'year'] as const;
export type UsagePeriod = (typeof usagePeriods)[number];

export interface UsageSample {
  readonly time: string;
  readonly objects: number;
  readonly versions: number;
  readonly bytes: number;
  /** Of the hour or day, and of those before it without a sample. */
  readonly requests: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

export interface UsageOverTime {
  /** Of the samples. */
  readonly interval: 'hour' | 'day';
  readonly nextSampleAt: string;
  /** The oldest first. */
  readonly samples: readonly UsageSample[];
}

export function readUsage(period: UsagePeriod): Promise<UsageOverTime> {
  return sendJson(`/api/admin/account/usage?${new URLSearchParams({ period })}`);
}

export interface AuditFilter {
  readonly operation: string;
  readonly isFailed: boolean;
}

/** The newest first. */
export async function readAudit({ operation, isFailed }: AuditFilter): Promise<readonly AuditedOperation[]> {
  const query = new URLSearchParams({ limit: '200', failed: String(isFailed) });
  if (operation !== '') query.set('operation', operation);
  const { entries } = await sendJson<{ readonly entries: readonly AuditedOperation[] }>(`/api/admin/audit?${query}`);
  return entries.toReversed();
}

export function verifyAudit(): Promise<LogCheck> {
  return sendJson('/api/admin/audit/verify', 'POST');
}

/** An operation of IAM by its name at Amazon. */
export function iam<T>(operation: string, parameters: Readonly<Record<string, string>> = {}): Promise<T> {
  return sendJson(`/api/admin/services/iam/${operation}`, 'POST', parameters);
}

/** All entries of a list of IAM, which has this name in its answers. */
export async function iamList<T>(
  operation: string,
  name: string,
  parameters: Readonly<Record<string, string>> = {},
): Promise<readonly T[]> {
  const found: T[] = [];
  let marker: string | undefined;
  for (let page = 0; page < maxPages; page++) {
    const answer = await iam<Readonly<Record<string, unknown>>>(operation, {
      ...parameters,
      ...(marker === undefined ? {} : { Marker: marker }),
    });
    found.push(...((answer[name] ?? []) as readonly T[]));
    marker = answer['Marker'] as string | undefined;
    if (marker === undefined) break;
  }
  return found;
}
