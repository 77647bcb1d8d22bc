// Composes the gateway process (DeOSS): the S3 server, the data path to providers and the chain connection.

import { randomBytes } from 'node:crypto';
import { Accounts } from '@cess/accounts';
import { SS58_PREFIX } from '@cess/client';
import { encodeSs58, systemRng } from '@cess/crypto';
import {
  isImporting,
  isUnused,
  Journal,
  markUsed,
  type ObjectChange,
  ObjectIndex,
  RememberedChain,
  UsageTable,
} from '@cess/object-index';
import { type BackgroundPorts, noMetrics, runCleanups } from '@cess/primitives';
import { createAdmin } from './admin/create-admin.js';
import { AuditTrail } from './audit/audit-trail.js';
import { OfferedClasses } from './classes/offered-classes.js';
import { ConsoleServer } from './console/console-server.js';
import { Protection } from './declaration/protection.js';
import { type Quota, QuotaLedger } from './declaration/quota-ledger.js';
import { restorePending } from './declaration/restore-pending.js';
import { indexLost, recoveryUnfinished } from './errors.js';
import { FleetQuota } from './fleet/fleet-quota.js';
import { memberLogs } from './fleet/member-logs.js';
import { noKeyVault } from './fleet/no-key-vault.js';
import type { IndexFollower } from './follow/index-follower.js';
import type { Gateway, GatewayComponents, GatewayConfig } from './gateway-config.js';
import { createDataPath } from './gateway-data-path.js';
import { createDeclaration } from './gateway-declaration.js';
import { createFollower } from './gateway-follower.js';
import { createIndexExport } from './gateway-index-export.js';
import { GatewayMetrics } from './gateway-metrics.js';
import { createObservers } from './gateway-observers.js';
import { BucketKeys } from './keys/bucket-keys.js';
import { KeyRotator } from './keys/key-rotator.js';
import { KeyUpkeep } from './keys/key-upkeep.js';
import { FileKeyVault } from './keys/key-vault.js';
import { LifecycleWorker } from './lifecycle/lifecycle-worker.js';
import { AccountLimits } from './limits/account-limits.js';
import { LockClock } from './lock-clock.js';
import { createNativeApi } from './native/create-native-api.js';
import { QueryEndpoint } from './query/query-endpoint.js';
import { ReceiptIssuer } from './receipts/receipt-issuer.js';
import { accountCredentials } from './s3/access/account-credentials.js';
import { ConfigurationCache } from './s3/configurations/configuration-cache.js';
import { S3Server } from './s3/server.js';
import { ratesOf, ServedAccounts } from './served-accounts.js';
import { Certificates } from './transport/certificates.js';
import { TrafficCounter } from './usage/traffic-counter.js';
import { UsageSampler } from './usage/usage-sampler.js';

const daySeconds = 24 * 3600;
const trafficFlushMs = 60_000;
const maxCountedHoles = 10_000;

export function createGateway(components: GatewayComponents, config: GatewayConfig): Gateway {
  const { kv, chain, timers, logger, signer } = components;
  const nowMs = () => timers.nowMs();
  const background = (component: string): BackgroundPorts => ({
    timers,
    rng: systemRng,
    logger: logger.child({ component }),
    metrics: components.metrics ?? noMetrics,
    onFatal: components.onFatal,
  });
  const lockClock = new LockClock({ ...background('locks'), chain });
  const { fleet } = components;
  /** For work that one gateway of a fleet does for all. */
  const duty = (component: string): BackgroundPorts => ({ ...background(component), gate: fleet?.member });
  // An index that several gateways share is not exported yet.
  const isExported = config.indexExportMs !== undefined && fleet === undefined;
  const journal = isExported ? new Journal(kv, nowMs) : undefined;
  const sources = { nowMs, randomBytes, lockTimeMs: () => lockClock.timeMs() };
  const index = new ObjectIndex(fleet?.index ?? kv, sources, { journal });
  const { backend } = index;
  const memory = new RememberedChain(kv);
  const dutyIndex = fleet === undefined ? index : index.fencedBy(fleet.member);
  const shared = fleet && new FleetQuota({ ...background('space'), backend, chain, member: fleet.member });
  const quota: Quota = shared ?? new QuotaLedger(chain, memory);
  const keys = new BucketKeys(components.wrappingKey);
  const rotator = new KeyRotator({ ...duty('keys'), index: dutyIndex, keys });
  const dataPath = createDataPath(
    { kv, isShared: fleet !== undefined, index, chain, memory, quota, keys, signer, background },
    config,
  );
  const { storage, directory, placer, spills, packer, smallCache } = dataPath;
  const mayDelete = (sequence: number) => indexExport.mayDelete(sequence);
  const declaration = createDeclaration(
    { index: dutyIndex, chain, quota, dataPath, background: duty, mayDelete },
    config,
  );
  const { declarer, holds, replacer, filler } = declaration;
  const indexExport = createIndexExport(
    {
      ...components,
      index,
      isShared: fleet !== undefined,
      journal,
      rotator,
      dataPath,
      background,
      served: () => served.current,
    },
    config,
  );
  const protection = new Protection({
    chain,
    isUnrecorded: (fileId) => declarer.isUnrecorded(fileId),
    nowMs,
    logger: logger.child({ component: 's3' }),
  });
  const configurations = new ConfigurationCache();
  const classes = new OfferedClasses(config.storageClasses ?? [], directory);
  const lifecycleDayMs = (config.lifecycleDaySeconds ?? daySeconds) * 1000;
  if (lifecycleDayMs !== daySeconds * 1000)
    logger.warn(
      { seconds: config.lifecycleDaySeconds },
      'days of lifecycle rules and named keys are shortened, for development',
    );
  const lifecycle = new LifecycleWorker({
    ...duty('lifecycle'),
    index: dutyIndex,
    storage,
    configurations,
    classes,
    dayMs: lifecycleDayMs,
  });
  const onChange = (change: ObjectChange) => void audit.observeChange(change);
  const observers = createObservers(
    { kv, index, dutyIndex, configurations, storage, background, duty, dayMs: lifecycleDayMs, onChange },
    config,
  );
  const { events, alerts, accessLogs, inventories } = observers;
  const usageTable = new UsageTable(backend, fleet?.member);
  const usageSampler = new UsageSampler({
    ...duty('usage'),
    index,
    table: usageTable,
    served: () => served.current,
    periodMs: config.usageSampleMs,
  });
  const traffic = new TrafficCounter({
    ...background('usage'),
    table: usageTable,
    periodMs: Math.min(trafficFlushMs, config.usageSampleMs ?? trafficFlushMs),
  });
  const loops = [packer, lifecycle, rotator, inventories, usageSampler];
  const asides = [...declaration.asides, ...loops.map(({ setAside }) => setAside)];
  const metrics = new GatewayMetrics(components.metrics ?? noMetrics, {
    activeRequests: () => s3.activeRequests,
    traffic: () => s3.traffic(),
    memory: () => ({ usedBytes: dataPath.usedBytes(), budgetBytes: dataPath.budgetBytes }),
    spilledBytes: () => spills.usedBytes,
    undeclared: () => declarer.backlog(),
    oldestUndeclaredSeconds: () => declarer.oldestSeconds(),
    declaredFiles: () => declarer.declared,
    refusedHolders: () => declarer.refusedHolders,
    unrecorded: () => holds.counts(),
    replacedHolders: () => replacer.replaced,
    segmentsWithHoles: async () => (await index.listHoles(maxCountedHoles)).length,
    filledHoles: () => filler.filled,
    packing: () => packer.counts,
    smallCache: () => smallCache.counts,
    keyRotations: () => rotator,
    setAside: () => asides.map((aside) => [aside.loop, aside.size] as const),
    providers: () => directory.counts(),
    placements: () => placer.counts,
    reads: () => dataPath.readCounts(),
    quotaAvailableBytes: () => quota.allAvailableBytes(),
    indexExport: () => indexExport,
    audit: () => audit,
    rateLimited: () => limits.refused,
    certificates: () => certificates,
    refusedCredentials: () => accounts.refusedCredentials(),
  });
  const logChain = fleet === undefined ? chain : memberLogs(chain, fleet.member.name);
  const audit = new AuditTrail({
    ...background('audit'),
    folder: config.auditDir,
    chain: logChain,
    nowMs,
    onEnded: (entry) => void alerts.observe(entry),
    ...(config.auditMaxBytes === undefined ? {} : { maxBytes: config.auditMaxBytes }),
    ...(config.auditAnchorMs === undefined ? {} : { anchorIntervalMs: config.auditAnchorMs }),
  });
  const vaultFile = fleet === undefined ? new FileKeyVault(config.keyVaultFile) : undefined;
  const accounts = new Accounts({
    store: backend,
    networkId: chain.genesis,
    secret: components.wrappingKey.secretKey,
    gateway: encodeSs58(config.account, SS58_PREFIX),
    region: config.region,
    vault: vaultFile ?? noKeyVault,
    dayMs: lifecycleDayMs,
    rootKeys: config.accounts,
    rng: systemRng,
    logger: logger.child({ component: 'iam' }),
  });
  accounts.onChange(() => indexExport.accountsChanged());
  const follower = createFollower({
    ...{ kv, wrappingKey: components.wrappingKey, dataPath, accounts, background, genesis: chain.genesis },
    owners: () => served.current.map(({ owner }) => owner),
    follows: components.follows,
  });
  fleet?.member.onAccountChanges(() => accounts.changedElsewhere());
  const limits = new AccountLimits(ratesOf(config.accounts), nowMs, () =>
    Math.max(1, fleet?.member.members.length ?? 1),
  );
  const served = new ServedAccounts({ accounts, limits, quota, declarer, audit }, config.accounts);
  const keyUpkeep = new KeyUpkeep(duty('iam'), accounts.namedKeys, lifecycleDayMs);
  asides.push(keyUpkeep.setAside);
  const certificates =
    config.s3Tls === undefined
      ? undefined
      : new Certificates({ ...background('tls'), files: config.s3Tls.certificates });
  const credentials = accountCredentials(accounts, { nowMs, region: config.region });
  const s3: S3Server = new S3Server({
    index,
    configurations,
    events,
    accessLogs,
    lifecycleDayMs,
    customerKeysOverHttp: config.s3CustomerKeysOverHttp ?? false,
    storage,
    classes,
    protection,
    receipts: new ReceiptIssuer({ index, chain, keys, account: config.account, signer, nowMs }),
    nowMs,
    region: config.region,
    host: config.s3Host,
    port: config.s3Port,
    tls:
      config.s3Tls === undefined || certificates === undefined ? undefined : { port: config.s3Tls.port, certificates },
    trustedProxies: config.s3TrustedProxies ?? [],
    domains: config.s3Domains ?? ['localhost'],
    websiteDomains: config.s3WebsiteDomains ?? ['website.localhost'],
    namedKeys: accounts.namedKeys,
    mfaDevices: accounts,
    credentials,
    limits,
    native: createNativeApi(config.nativeApi, { served, credentials, nowMs, audit, logger }),
    admin: createAdmin({
      ...{
        accounts,
        audit,
        limits,
        index,
        configurations,
        classes,
        protection,
        nowMs,
        quota,
        directory,
        declarer,
        holds,
        asides,
        rotator,
        usageTable,
        usageSampler,
      },
      chain,
      logChain,
      region: config.region,
      auditDir: config.auditDir,
      logger: logger.child({ component: 'admin' }),
      activeRequests: () => s3.activeRequests,
    }),
    query: new QueryEndpoint({
      accounts,
      audit,
      limits,
      region: config.region,
      nowMs,
      logger: logger.child({ component: 'iam' }),
    }),
    audit,
    copy: follower,
    logger: logger.child({ component: 's3' }),
    onAnswered: (operation, status, seconds) => metrics.answered(operation, status, seconds),
    // A gateway that follows another only reads its copy of the index.
    onCharged: follower === undefined ? (payer, transfer) => traffic.count(payer, transfer) : undefined,
    spans: components.spans,
    ...(config.s3MaxConnections === undefined ? {} : { maxConnections: config.s3MaxConnections }),
    ...(config.s3IdleTimeoutMs === undefined ? {} : { idleTimeoutMs: config.s3IdleTimeoutMs }),
  });

  const webConsole =
    config.console === undefined
      ? undefined
      : new ConsoleServer({
          ...{ config: config.console, accounts, audit, s3, nowMs, certificates },
          region: config.region,
          storageClasses: classes.names,
          genesis: chain.genesis,
          trustedProxies: config.s3TrustedProxies ?? [],
          logger: logger.child({ component: 'console' }),
        });

  /** Throws `GATEWAY_INDEX_LOST` and the like before anything runs. */
  const openIndex = async () => {
    if (isImporting(kv)) throw recoveryUnfinished();
    if (!(await isUnused(backend))) return;
    if (config.acceptLostIndex !== true && (await chain.hasDeclaredFiles())) throw indexLost();
    await markUsed(backend);
  };

  /** What a gateway with an index of its own does; one that follows another changes nothing of what that one has. */
  const startDuties = async () => {
    await keyUpkeep.start();
    await rotator.start();
    if (shared === undefined) await restorePending(index, quota);
    else await shared.start();
    await dataPath.start();
    for (const { owner, territory } of served.current) await quota.open({ owner, territory });
    await declaration.start();
    await indexExport.start();
    await observers.start();
    await lifecycle.start();
    await usageSampler.start();
    await traffic.start();
  };

  const startFollowing = async (followed: IndexFollower) => {
    await dataPath.start();
    await followed.start();
  };

  /** Throws what keeps a part from starting; parts that started before it run until `stop`. */
  const start = async () => {
    if (follower === undefined) await openIndex();
    await audit.start();
    await served.logAll();
    await lockClock.start();
    vaultFile?.open();
    await accounts.start();
    await (follower === undefined ? startDuties() : startFollowing(follower));
    await certificates?.start();
    await s3.start();
    await webConsole?.start();
  };

  /** From the last to the first. A part that did not start has nothing to stop, and one that fails leaves no other running. */
  const stop = () =>
    runCleanups([
      () => lockClock.stop(),
      () => shared?.stop(),
      () => dataPath.stop(),
      () => declaration.stop(),
      () => indexExport.stop(),
      () => lifecycle.stop(),
      () => usageSampler.stop(),
      () => traffic.stop(),
      () => vaultFile?.close(),
      () => accounts.stop(),
      () => keyUpkeep.stop(),
      () => rotator.stop(),
      () => audit.stop(),
      () => certificates?.stop(),
      () => accessLogs.stop(),
      () => follower?.stop(),
      () => s3.stop(),
      () => webConsole?.stop(),
      () => observers.stop(),
    ]);

  return {
    index,
    get s3Endpoint() {
      return s3.endpoint;
    },
    get s3TlsEndpoint() {
      return s3.tlsEndpoint;
    },
    get consoleEndpoint() {
      return webConsole?.endpoint;
    },
    backlog: () => declarer.backlog(),
    replaceAccounts: (accounts) => served.replace(accounts),
    setAside: () => Object.fromEntries(asides.flatMap(({ loop, size }) => (size === 0 ? [] : [[loop, size]]))),
    unrecorded: () => holds.counts(),
    unexportedSeconds: () => indexExport.oldestSeconds(),
    retrySetAside() {
      holds.reviewNow();
      return asides.reduce((sum, aside) => sum + aside.retryAll(), 0);
    },
    async reloadCertificates() {
      await certificates?.reload();
    },
    usage() {
      return {
        memoryBytes: dataPath.usedBytes(),
        requests: s3.activeRequests,
        availableBytes: Object.fromEntries(
          served.current.map((account) => [account.accessKeyId, quota.availableBytes(account)]),
        ),
      };
    },
    start,
    stop,
  };
}
