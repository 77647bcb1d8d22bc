// Composes the gateway process (DeOSS): the S3 server, the data path to providers and the chain connection.

import { randomBytes } from 'node:crypto';
import { Accounts } from '@cess/accounts';
import { SS58_PREFIX } from '@cess/client';
import { encodeSs58, systemRng, type X25519Pair } from '@cess/crypto';
import {
  type Arena,
  createArenas,
  ObjectReader,
  ObjectWriter,
  ProviderDirectory,
  type ReadCounts,
  reservedArenaBytes,
  SegmentPlacer,
  SpillFolder,
  StripeReader,
  StripeWorkerPool,
  stripeThreadCount,
} from '@cess/data-path';
import { type NodeSigner, ProviderClient } from '@cess/node-api';
import {
  type HoldReason,
  isUnused,
  markUsed,
  type ObjectChange,
  ObjectIndex,
  RememberedChain,
} from '@cess/object-index';
import {
  type BackgroundPorts,
  GiB,
  KeyedMutex,
  type Logger,
  type Metrics,
  MiB,
  noMetrics,
  type OnFatal,
  type Startable,
  type Timers,
} from '@cess/primitives';
import type { Kv } from '@cess/store';
import type { SpanRecorder } from '@cess/telemetry';
import { createAdmin } from './admin/create-admin.js';
import { AuditTrail } from './audit/audit-trail.js';
import type { GatewayChain } from './chain-port.js';
import { Attestations } from './declaration/attestations.js';
import { Declarer } from './declaration/declarer.js';
import { FragmentPlacement } from './declaration/fragment-placement.js';
import { HolderFollower } from './declaration/holder-follower.js';
import { HolderReplacer } from './declaration/holder-replacer.js';
import { HoleFiller } from './declaration/hole-filler.js';
import { OrphanRemover } from './declaration/orphan-remover.js';
import { OwnerHolds } from './declaration/owner-holds.js';
import { Protection } from './declaration/protection.js';
import { QuotaLedger } from './declaration/quota-ledger.js';
import { Renewer } from './declaration/renewer.js';
import { restorePending } from './declaration/restore-pending.js';
import { indexLost } from './errors.js';
import { GatewayMetrics } from './gateway-metrics.js';
import { createObservers, type ObserverConfig } from './gateway-observers.js';
import { BucketKeys } from './keys/bucket-keys.js';
import { KeyRotator } from './keys/key-rotator.js';
import { createKeyUpkeep } from './keys/key-upkeep.js';
import { FileKeyVault } from './keys/key-vault.js';
import { LifecycleWorker } from './lifecycle/lifecycle-worker.js';
import { AccountLimits } from './limits/account-limits.js';
import { LockClock } from './lock-clock.js';
import type { ObjectStorage } from './object-storage.js';
import { QueryEndpoint } from './query/query-endpoint.js';
import { accountCredentials } from './s3/access/account-credentials.js';
import { ConfigurationCache } from './s3/configurations/configuration-cache.js';
import { S3Server } from './s3/server.js';
import { ratesOf, type ServedAccount, ServedAccounts } from './served-accounts.js';
import { type CertificateFiles, Certificates } from './transport/certificates.js';

export interface GatewayComponents {
  readonly kv: Kv;
  readonly chain: GatewayChain;
  readonly timers: Timers;
  readonly logger: Logger;
  /** Terminates the process: background work failed with an error that a retry cannot fix. */
  readonly onFatal: OnFatal;
  /** Default: none. */
  readonly metrics?: Metrics;
  /** Takes a span of every request. Default: none are made. */
  readonly spans?: SpanRecorder | undefined;
  /** ed25519 identity presented to providers, registered on chain. */
  readonly signer: NodeSigner;
  /** X25519 pair to which owners seal bucket keys. */
  readonly wrappingKey: X25519Pair;
}

export interface GatewayConfig extends ObserverConfig {
  /** Account on chain. */
  readonly account: Uint8Array;
  /** Root keys of the accounts that the gateway serves. */
  readonly accounts: readonly ServedAccount[];
  readonly s3Host: string;
  /** For plain HTTP; undefined: HTTPS only. */
  readonly s3Port: number | undefined;
  /** HTTPS on a port of its own. The first certificate serves clients that name no host. */
  readonly s3Tls?: { readonly port: number; readonly certificates: readonly CertificateFiles[] } | undefined;
  /** Addresses and networks of proxies that begin every connection with a PROXY header. Default: none. */
  readonly s3TrustedProxies?: readonly string[];
  /**
   * Domains under which buckets can be addressed as `bucket.domain` (virtual-hosted style), lower-case. Every other host
   * is served in path style only. Default: `localhost`, so that SDKs work unconfigured on a development machine.
   */
  readonly s3Domains?: readonly string[];
  /**
   * Domains under which `bucket.domain` serves a bucket as a website, lower-case; they count before `s3Domains`. Default:
   * `website.localhost`.
   */
  readonly s3WebsiteDomains?: readonly string[];
  /** A connection that transfers nothing for this long is closed. */
  readonly s3IdleTimeoutMs?: number;
  /** Most connections to the S3 server. One client address gets at most half of them. Default 2,048. */
  readonly s3MaxConnections?: number;
  /** Memory for bodies on their way, all requests together; at least one segment (96 MiB at 4 + 8). */
  readonly memoryBudgetBytes?: number;
  /** File of the secrets without which named keys do not open. */
  readonly keyVaultFile: string;
  /** Pause between two anchors of the audit log. Default 60 s. */
  readonly auditAnchorMs?: number;
  /** Most bytes of the audit log; the oldest anchored segments are removed beyond. Default 16 GiB. */
  readonly auditMaxBytes?: number;
  /** Folder for bytes of slow clients, which only this gateway uses. Emptied at start. */
  readonly spillDir: string;
  /** Most bytes in it. One client gets at most half. Default 4 GiB. */
  readonly spillBudgetBytes?: number;
  /**
   * Start over an empty index although the chain has files that this gateway declared. Their names and keys stay lost.
   * Default false: `start` throws `GATEWAY_INDEX_LOST`.
   */
  readonly acceptLostIndex?: boolean;
  /** A transfer with a provider times out after this long without progress. */
  readonly providerStallMs?: number;
  /** How long a file waits for a quorum of attestations before it is declared with fewer. */
  readonly attestPatienceMs?: number;
  /** Whether requests may carry encryption keys over plain HTTP, because a proxy with TLS stands before. Default false. */
  readonly s3CustomerKeysOverHttp?: boolean;
  /** Length of a day of lifecycle rules, inventories and named keys, for development networks and tests. Default 86,400. */
  readonly lifecycleDaySeconds?: number;
}

export interface Gateway extends Startable {
  readonly s3Endpoint: string;
  /** Of HTTPS, if it is configured. */
  readonly s3TlsEndpoint: string | undefined;
  readonly index: ObjectIndex;
  /** Outbox entries not yet submitted to the chain. */
  backlog(): Promise<number>;
  /** Number of records that background work set aside, by loop; loops without any are omitted. */
  setAside(): Readonly<Record<string, number>>;
  /** Number of stored files that the chain does not record until their owners act, by reason. */
  unrecorded(): Promise<Readonly<Partial<Record<HoldReason, number>>>>;
  /** Makes background work retry the records set aside; returns their number. */
  retrySetAside(): number;
  /** Reads the TLS certificates again at once. Without TLS it does nothing. */
  reloadCertificates(): Promise<void>;
  usage(): GatewayUsage;
  /** Serves these accounts instead of those of before. Throws `ACCOUNT_ID_TAKEN`, and nothing changes. */
  replaceAccounts(accounts: readonly ServedAccount[]): void;
}

/** Resources that requests currently use. */
export interface GatewayUsage {
  /** Bytes used of the memory budget, copies included. */
  readonly memoryBytes: number;
  /** Requests in progress. */
  readonly requests: number;
  /** Space still available for uploads, by access key. */
  readonly availableBytes: Readonly<Record<string, number>>;
}

const daySeconds = 24 * 3600;
const defaultMemoryBudgetBytes = 208 * MiB;
const defaultSpillBudgetBytes = 4 * GiB;
const maxCountedHoles = 10_000;
/** Memory for the reads of UploadPartCopy: the stripes that one reader buffers. */
const feedMemoryBytes = 24 * MiB;

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
  const index = new ObjectIndex(kv, { nowMs, randomBytes, lockTimeMs: () => lockClock.timeMs() });
  const threads = stripeThreadCount();
  const [arena, feedArena] = createArenas(
    reservedArenaBytes(threads),
    config.memoryBudgetBytes ?? defaultMemoryBudgetBytes,
    feedMemoryBytes,
  ) as [Arena, Arena];
  const workers = new StripeWorkerPool(arena.memory, threads);
  const client = new ProviderClient({
    signer,
    account: config.account,
    nowMs,
    stallTimeoutMs: config.providerStallMs ?? 20_000,
  });
  const memory = new RememberedChain(kv);
  const directory = new ProviderDirectory({ ...background('placement'), chain, memory });
  const quota = new QuotaLedger(chain, memory);
  const keys = new BucketKeys(components.wrappingKey);
  const rotator = new KeyRotator({ ...background('keys'), index, keys });
  const orphans = new OrphanRemover({ ...background('orphans'), kv, index, client, directory });
  const placer = new SegmentPlacer({
    directory,
    client,
    logger: logger.child({ component: 'placement' }),
    nowMs,
    onOrphan: (provider, place) => orphans.retry(provider, place),
  });
  const stripes = new StripeReader({ arena, client, directory, nowMs });
  const feedStripes = new StripeReader({ arena: feedArena, client, directory, nowMs });
  const spills = new SpillFolder({
    dir: config.spillDir,
    budgetBytes: config.spillBudgetBytes ?? defaultSpillBudgetBytes,
  });
  const copies = new KeyedMutex();
  const identity = { genesis: chain.genesis, gateway: config.account };
  const writer = new ObjectWriter({
    ...identity,
    arena,
    workers,
    placer,
    directory,
    client,
    space: quota,
    keys,
    spills,
    nowMs,
  });
  const reader = new ObjectReader({ catalog: index, keys, stripes, arena, feedStripes, feedArena, spills, workers });
  const attestations = new Attestations({
    ...identity,
    client,
    directory,
    logger: logger.child({ component: 'declaration' }),
  });
  const placement = new FragmentPlacement({ ...identity, arena, workers, stripes, placer });
  const replacer = new HolderReplacer({
    ...background('declaration'),
    index,
    directory,
    attestations,
    placement,
    onReplaced: (fileId) => declarer.retry(fileId),
  });
  const holds = new OwnerHolds({ index, chain, timers, logger: logger.child({ component: 'declaration' }) });
  const declarer: Declarer = new Declarer({
    ...background('declaration'),
    index,
    chain,
    attestations,
    quota,
    holds,
    onTooFewHolders: (fileId) => replacer.request(fileId),
    isBeingRead: (fileId) => reader.isReading(fileId),
    ...(config.attestPatienceMs === undefined ? {} : { attestPatienceMs: config.attestPatienceMs }),
  });
  const renewer = new Renewer({ ...background('renewal'), index, client, directory });
  const filler = new HoleFiller({
    ...background('holes'),
    index,
    chain,
    placement,
    attestations,
  });
  const holders = new HolderFollower({ ...background('holders'), index, chain });
  const asides = [declarer.setAside, replacer.setAside, renewer.setAside, filler.setAside, holders.setAside];
  const protection = new Protection({
    chain,
    isUnrecorded: (fileId) => declarer.isUnrecorded(fileId),
    nowMs,
    logger: logger.child({ component: 's3' }),
  });
  const configurations = new ConfigurationCache();
  const lifecycleDayMs = (config.lifecycleDaySeconds ?? daySeconds) * 1000;
  if (lifecycleDayMs !== daySeconds * 1000)
    logger.warn(
      { seconds: config.lifecycleDaySeconds },
      'days of lifecycle rules and named keys are shortened, for development',
    );
  const storage: ObjectStorage = {
    store: (request) => writer.store(request),
    discard: (body) => writer.discard(body),
    read: (request) => reader.read(request),
    copying: (section) => copies.run('copy', section),
    createBucketKeys: (ownerKey) => keys.create(ownerKey),
    rewrap: ({ streamId, wrap }, from, to) => keys.wrapStream(to, streamId, keys.unwrapStream(from, streamId, wrap)),
  };
  const lifecycle = new LifecycleWorker({
    ...background('lifecycle'),
    kv,
    index,
    storage,
    configurations,
    dayMs: lifecycleDayMs,
  });
  asides.push(lifecycle.setAside, rotator.setAside);
  const onChange = (change: ObjectChange) => void audit.observeChange(change);
  const observers = createObservers(
    { kv, index, configurations, storage, background, dayMs: lifecycleDayMs, onChange },
    config,
  );
  asides.push(observers.inventories.setAside);
  const { events, alerts, accessLogs } = observers;
  const arenas = [arena, feedArena];
  const budgetBytes = arenas.reduce((sum, { capacityBytes }) => sum + capacityBytes, 0);
  const usedBytes = () => budgetBytes - arenas.reduce((sum, { freeBytes }) => sum + freeBytes, 0);
  const metrics = new GatewayMetrics(components.metrics ?? noMetrics, {
    activeRequests: () => s3.activeRequests,
    traffic: () => s3.traffic(),
    memory: () => ({ usedBytes: usedBytes(), budgetBytes }),
    spilledBytes: () => spills.usedBytes,
    undeclared: () => declarer.backlog(),
    oldestUndeclaredSeconds: () => declarer.oldestSeconds(),
    declaredFiles: () => declarer.declared,
    refusedHolders: () => declarer.refusedHolders,
    unrecorded: () => holds.counts(),
    replacedHolders: () => replacer.replaced,
    segmentsWithHoles: async () => (await index.listHoles(maxCountedHoles)).length,
    filledHoles: () => filler.filled,
    keyRotations: () => rotator,
    setAside: () => asides.map((aside) => [aside.loop, aside.size] as const),
    providers: () => directory.counts(),
    placements: () => placer.counts,
    reads: () => addCounts(stripes.counts, feedStripes.counts),
    quotaAvailableBytes: () => quota.allAvailableBytes(),
    audit: () => audit,
    rateLimited: () => limits.refused,
    certificates: () => certificates,
    refusedCredentials: () => accounts.refusedCredentials(),
  });
  const audit = new AuditTrail({
    ...background('audit'),
    folder: config.auditDir,
    chain,
    nowMs,
    onEnded: (entry) => void alerts.observe(entry),
    ...(config.auditMaxBytes === undefined ? {} : { maxBytes: config.auditMaxBytes }),
    ...(config.auditAnchorMs === undefined ? {} : { anchorIntervalMs: config.auditAnchorMs }),
  });
  const vault = new FileKeyVault(config.keyVaultFile);
  const accounts = new Accounts({
    kv,
    networkId: chain.genesis,
    secret: components.wrappingKey.secretKey,
    gateway: encodeSs58(config.account, SS58_PREFIX),
    region: config.region,
    vault,
    dayMs: lifecycleDayMs,
    rootKeys: config.accounts,
    rng: systemRng,
    logger: logger.child({ component: 'iam' }),
  });
  const limits = new AccountLimits(ratesOf(config.accounts), nowMs);
  const served = new ServedAccounts({ accounts, limits, quota, declarer }, config.accounts);
  const keyUpkeep = createKeyUpkeep(background('iam'), accounts.namedKeys, served, lifecycleDayMs);
  const certificates =
    config.s3Tls === undefined
      ? undefined
      : new Certificates({ ...background('tls'), files: config.s3Tls.certificates });
  const s3: S3Server = new S3Server({
    index,
    configurations,
    events,
    accessLogs,
    lifecycleDayMs,
    customerKeysOverHttp: config.s3CustomerKeysOverHttp ?? false,
    storage,
    protection,
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
    credentials: accountCredentials(accounts, { nowMs, region: config.region }),
    limits,
    admin: createAdmin({
      ...{ accounts, audit, limits, index, protection, nowMs, quota, directory, declarer, holds, asides, rotator },
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
    logger: logger.child({ component: 's3' }),
    onAnswered: (operation, status, seconds) => metrics.answered(operation, status, seconds),
    spans: components.spans,
    ...(config.s3MaxConnections === undefined ? {} : { maxConnections: config.s3MaxConnections }),
    ...(config.s3IdleTimeoutMs === undefined ? {} : { idleTimeoutMs: config.s3IdleTimeoutMs }),
  });

  return {
    index,
    get s3Endpoint() {
      return s3.endpoint;
    },
    get s3TlsEndpoint() {
      return s3.tlsEndpoint;
    },
    backlog: () => declarer.backlog(),
    replaceAccounts: (accounts) => served.replace(accounts),
    setAside: () => Object.fromEntries(asides.flatMap(({ loop, size }) => (size === 0 ? [] : [[loop, size]]))),
    unrecorded: () => holds.counts(),
    retrySetAside() {
      holds.reviewNow();
      return asides.reduce((sum, aside) => sum + aside.retryAll(), 0);
    },
    async reloadCertificates() {
      await certificates?.reload();
    },
    usage() {
      return {
        memoryBytes: usedBytes(),
        requests: s3.activeRequests,
        availableBytes: Object.fromEntries(
          served.current.map((account) => [account.accessKeyId, quota.availableBytes(account)]),
        ),
      };
    },
    async start() {
      if (isUnused(kv)) {
        if (config.acceptLostIndex !== true && (await chain.hasDeclaredFiles())) throw indexLost();
        await markUsed(kv);
      }
      await audit.start();
      await lockClock.start();
      vault.open();
      await accounts.start();
      keyUpkeep.start();
      await rotator.start();
      await spills.start();
      await restorePending(index, quota);
      await directory.start();
      for (const { owner, territory } of served.current) await quota.open({ owner, territory });
      await replacer.start();
      await declarer.start();
      await filler.start();
      await renewer.start();
      await holders.start();
      await orphans.start();
      await observers.start();
      await lifecycle.start();
      await certificates?.start();
      await s3.start();
    },
    async stop() {
      await observers.stop();
      await s3.stop();
      await accessLogs.stop();
      await certificates?.stop();
      await audit.stop();
      await rotator.stop();
      await keyUpkeep.stop();
      await accounts.stop();
      vault.close();
      await lifecycle.stop();
      await orphans.stop();
      await holders.stop();
      await renewer.stop();
      await filler.stop();
      await declarer.stop();
      await replacer.stop();
      await directory.stop();
      client.close();
      await workers.stop();
      await spills.stop();
      await lockClock.stop();
    },
  };
}

function addCounts(one: ReadCounts, other: ReadCounts): ReadCounts {
  return { hedged: one.hedged + other.hedged, decoded: one.decoded + other.decoded };
}
