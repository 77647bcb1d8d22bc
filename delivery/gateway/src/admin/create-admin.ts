// The admin API over the parts of a gateway.
import { readAuditLog } from '@cess/audit-log';
import type { ProviderDirectory } from '@cess/data-path';
import type { ObjectIndex, UsageTable } from '@cess/object-index';
import type { AuditTrail } from '../audit/audit-trail.js';
import type { GatewayChain } from '../chain-port.js';
import type { OfferedClasses } from '../classes/offered-classes.js';
import type { Declarer } from '../declaration/declarer.js';
import type { OwnerHolds } from '../declaration/owner-holds.js';
import type { Protection } from '../declaration/protection.js';
import type { Quota } from '../declaration/quota-ledger.js';
import type { KeyRotator } from '../keys/key-rotator.js';
import type { ConfigurationCache } from '../s3/configurations/configuration-cache.js';
import type { UsageSampler } from '../usage/usage-sampler.js';
import { AdminEndpoint, type AdminEndpointInit } from './admin-endpoint.js';
import { LogVerifier } from './log-verifier.js';

export interface AdminParts extends Omit<AdminEndpointInit, 'services' | 'audit'> {
  readonly index: ObjectIndex;
  readonly protection: Protection;
  readonly quota: Quota;
  readonly directory: ProviderDirectory;
  readonly configurations: ConfigurationCache;
  readonly classes: OfferedClasses;
  readonly declarer: Declarer;
  readonly holds: OwnerHolds;
  readonly rotator: KeyRotator;
  /** Records that background work set aside, by loop. */
  readonly asides: readonly { readonly loop: string; readonly size: number }[];
  readonly usageTable: UsageTable;
  readonly usageSampler: Pick<UsageSampler, 'nextRoundMs'>;
  readonly audit: AuditTrail;
  readonly auditDir: string;
  readonly chain: Pick<GatewayChain, 'finalizedState'>;
  readonly logChain: Pick<GatewayChain, 'anchorsOf'>;
  readonly activeRequests: () => number;
}

export function createAdmin(parts: AdminParts): AdminEndpoint {
  const {
    index,
    protection,
    configurations,
    classes,
    quota,
    directory,
    declarer,
    holds,
    rotator,
    asides,
    audit,
    auditDir,
    chain,
  } = parts;
  const { region, nowMs, activeRequests } = parts;
  const verifier = new LogVerifier({ folder: auditDir, chain: parts.logChain });
  return new AdminEndpoint({
    ...parts,
    services: {
      index,
      protection,
      configurations,
      classes,
      region,
      nowMs,
      finalizedState: () => chain.finalizedState(),
      startedAtMs: nowMs(),
      availableBytes: (territory) => quota.availableBytes(territory),
      rotateKey: (name, bucket, ownerKey) => rotator.begin(name, bucket, ownerKey),
      auditState: () => audit,
      auditLog: () => readAuditLog(auditDir),
      verifyAuditLog: (signal) => verifier.verify(signal),
      usageSamples: async (owner, interval, sinceMs) => ({
        samples: await parts.usageTable.list(owner, interval, sinceMs),
        nextMs: await parts.usageSampler.nextRoundMs(),
      }),
      async health() {
        const { usable, suspect } = directory.counts();
        return {
          activeRequests: activeRequests(),
          undeclaredFiles: await declarer.backlog(),
          unrecordedFiles: await holds.counts(),
          setAsideRecords: Object.fromEntries(asides.flatMap(({ loop, size }) => (size === 0 ? [] : [[loop, size]]))),
          usableProviders: usable,
          suspectProviders: suspect,
        };
      },
    },
  });
}
