// What the admin API works with.
import type { LoggedEntry } from '@cess/audit-log';
import type { BucketRecord, ObjectIndex, TerritoryName, Usage, UsageInterval } from '@cess/object-index';
import type { AuditTrail } from '../audit/audit-trail.js';
import type { GatewayChain } from '../chain-port.js';
import type { OfferedClasses } from '../classes/offered-classes.js';
import type { Protection } from '../declaration/protection.js';
import type { ConfigurationCache } from '../s3/configurations/configuration-cache.js';
import type { LogVerification } from './log-verifier.js';

export interface AdminServices {
  readonly index: ObjectIndex;
  readonly protection: Pick<Protection, 'statusOf' | 'isUnrecorded'>;
  readonly configurations: ConfigurationCache;
  readonly classes: OfferedClasses;
  readonly region: string;
  readonly nowMs: () => number;
  readonly finalizedState: GatewayChain['finalizedState'];
  readonly startedAtMs: number;
  /** Space that is left for uploads in a territory. */
  readonly availableBytes: (territory: TerritoryName) => number;
  /** Samples of an account from a time on, and when the next ones are taken, both in Unix milliseconds. */
  readonly usageSamples: (
    owner: Uint8Array,
    interval: UsageInterval,
    sinceMs: number,
  ) => Promise<{ readonly samples: readonly Usage[]; readonly nextMs: number }>;
  readonly health: () => Promise<GatewayHealth>;
  /** Begins a rotation of the key of a bucket. */
  readonly rotateKey: (name: string, bucket: BucketRecord, ownerKey: Uint8Array) => Promise<BucketRecord>;
  readonly auditState: () => Pick<AuditTrail, 'entries' | 'anchored' | 'failures' | 'isBehind'>;
  /** The audit log from its beginning. */
  readonly auditLog: () => AsyncIterable<LoggedEntry>;
  readonly verifyAuditLog: (signal: AbortSignal) => Promise<LogVerification>;
}

interface GatewayHealth {
  readonly activeRequests: number;
  readonly undeclaredFiles: number;
  readonly unrecordedFiles: Readonly<Record<string, number>>;
  readonly setAsideRecords: Readonly<Record<string, number>>;
  readonly usableProviders: number;
  readonly suspectProviders: number;
}
