// cess gateway: an S3 gateway as a process of its own. Owners let it act for them with `cess gateway authorize` and
// `cess territory lock`.
import { type ChainClient, type ChainIdentity, type ExtrinsicSigner, SS58_PREFIX } from '@cess/client';
import { createEd25519Signer, decodeSs58, encodeSs58, systemRng } from '@cess/crypto';
import {
  isProxyEntry,
  isStorageClass,
  openGatewayOverChain,
  recoverIfLost,
  type StorageClassName,
} from '@cess/gateway';
import { BackgroundLoop, CessError, GiB, MiB, systemTimers, toHex } from '@cess/primitives';
import {
  abandonUnreachableChain,
  byteCountSchema,
  chainRoleExample,
  chainRoleShape,
  connectChain,
  type GatewayReport,
  httpUrlSchema,
  joinPeerNetwork,
  portSchema,
  type Role,
  type RoleConfigFormat,
  type RoleContext,
  type RoleQuestion,
  readChainRole,
  resolveChainRolePaths,
} from '@cess/role-process';
import type { RoleKeys } from '@cess/sealing';
import { z } from 'zod';
import { AccountsWatch, accountSchema, assertServable, readAccount, readAccountsFile } from './accounts-file.js';
import { alertsSchema } from './alert-rules.js';
import { indexSchema, readIndexDatabase, resolveIndexPaths } from './index-database.js';
import { authoritiesOf, type ChainSpec, recoveryParts } from './recover.js';
import { registerGateway } from './registration.js';
import { hideHeaders, startTelemetry, telemetrySchema } from './telemetry.js';
import { hideQuery, readWebhookTarget, webhookTargetSchema } from './webhook-targets.js';

const secondsPerDay = 86_400;

const s3DomainSchema = z.string().regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'must be a domain name in lower case');

const certificateSchema = z.strictObject({
  /** PEM: the certificate of the server, then those between it and the root. */
  certificateFile: z.string().min(1),
  /** PEM, without a passphrase; keep it readable for this user only. */
  keyFile: z.string().min(1),
});

const proxySchema = z.string().refine(isProxyEntry, 'must be an IP address, or a network such as 10.0.0.0/8');

const storageClassSchema = z.custom<StorageClassName>((value) => typeof value === 'string' && isStorageClass(value), {
  message: 'must be CESS_<data>_<parity> with 2 to 16 data fragments and at most twice as many of parity',
});

const schema = z
  .strictObject({
    ...chainRoleShape('gateway'),
    s3Host: z.string().min(1).default('127.0.0.1'),
    /** For plain HTTP; null: HTTPS only, which then needs `s3TlsPort`. */
    s3Port: portSchema.nullable().default(9000),
    /** For HTTPS, with `s3Certificates`; null: no TLS. */
    s3TlsPort: portSchema.nullable().default(null),
    /** The first serves clients that name no host. Files are read again when they change. */
    s3Certificates: z.array(certificateSchema).max(64).default([]),
    /** Proxies that begin every connection with a PROXY header. */
    s3TrustedProxies: z.array(proxySchema).max(64).default([]),
    /** Public URL of the S3 endpoint, recorded on chain. */
    endpoint: httpUrlSchema,
    domain: z.string().min(1).default('localhost'),
    region: z.string().min(1).default('us-east-1'),
    /** Domains for virtual-hosted buckets (`bucket.domain`); other hosts are served in path style only. */
    s3Domains: z.array(s3DomainSchema).max(16).default(['localhost']),
    s3WebsiteDomains: z.array(s3DomainSchema).max(16).default(['website.localhost']),
    /** Take encryption keys of customers over plain HTTP: a proxy with TLS stands before the gateway. */
    s3CustomerKeysOverHttp: z.boolean().default(false),
    accounts: z.array(accountSchema).max(1000),
    /** JSON with more accounts, an array of the same form; it is read again when it changes. */
    accountsFile: z.string().min(1).nullable().default(null),
    /** Export what changes in the index into the network (ADR 73), so that `cess gateway recover` brings it back; null: do not. */
    indexExport: z
      .strictObject({
        /** Between two exports. */
        everySeconds: z.number().int().min(1).max(60).default(15),
      })
      .nullable()
      .default({ everySeconds: 15 }),
    /** Serve a copy of the buckets that another gateway exports, read-only; the data folder holds nothing else. */
    follow: z
      .strictObject({
        /** Account of the other gateway. */
        gateway: z.string().min(1),
        /** Between two looks at its anchors. */
        everySeconds: z.number().int().min(1).max(600).default(6),
      })
      .nullable()
      .default(null),
    /** Recover the index from the network at the start if the data folder has none. Only where no other gateway has this key. */
    recoverLostIndex: z.boolean().default(false),
    /** Start once over an empty index although the chain has files that this gateway declared; they stay lost. */
    acceptLostIndex: z.boolean().default(false),
    memoryBudgetBytes: byteCountSchema.min(96 * MiB).default(208 * MiB),
    /** Small bodies are stored together and packed (ADR 72); null: every body is a file of its own. */
    smallObjects: z
      .strictObject({
        /** Largest body that counts as small. */
        maxBytes: byteCountSchema
          .min(1)
          .max(MiB / 8)
          .default(MiB / 8),
        /** How long small objects wait for others before they are packed and declared. */
        packAfterSeconds: z.number().int().min(1).max(secondsPerDay).default(60),
        /** Memory for small objects that were stored or read last. */
        cacheBytes: byteCountSchema.default(32 * MiB),
      })
      .nullable()
      .default({ maxBytes: MiB / 8, packAfterSeconds: 60, cacheBytes: 32 * MiB }),
    /** Storage classes that new objects may have beside Amazon's, such as CESS_2_1 (ADR 76). */
    storageClasses: z.array(storageClassSchema).max(64).default([]),
    /** The upload API of the existing gateways below `/.native` (ADR 75); null: none. */
    nativeApi: z
      .strictObject({
        /** `fid`: whoever knows the fid of a file reads it, as clients of DeOSS expect; `signed`: its owner alone. */
        reads: z.enum(['fid', 'signed']).default('fid'),
        /** How long a signed message is accepted; whoever sees it can use it until then. */
        signatureWindowSeconds: z.number().int().min(60).max(secondsPerDay).default(900),
      })
      .nullable()
      .default(null),
    /** Where the object index lies; null: in "dataDir". A database lets several gateways serve the same buckets. */
    index: indexSchema.nullable().default(null),
    /** Disk space for bytes of slow clients. */
    spillBudgetBytes: byteCountSchema.default(4 * GiB),
    /** One client address gets at most half; clients behind one proxy share an address. */
    s3MaxConnections: z.number().int().min(2).max(65_536).default(2_048),
    /** Pages for people on a port of their own; null: none. HTTPS where "s3Certificates" are. */
    console: z
      .strictObject({
        host: z.string().min(1).default('127.0.0.1'),
        port: portSchema.default(8080),
        /** Folder of the built pages; null: that of this installation. */
        assets: z.string().min(1).nullable().default(null),
        /** URL of the S3 endpoint in links that people share; null: where the gateway listens. */
        s3Endpoint: httpUrlSchema.nullable().default(null),
      })
      .nullable()
      .default(null),
    /** Alerts by rule on the audit log. */
    alerts: alertsSchema.nullable().default(null),
    /** Export of spans and metrics to OpenTelemetry; null: none. */
    telemetry: telemetrySchema.nullable().default(null),
    /** Receivers of events that buckets may name. */
    webhookTargets: z
      .array(webhookTargetSchema)
      .max(100)
      .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'names must be unique')
      .default([]),
    /** Most bytes of the audit log; the oldest entries that are anchored on the chain are removed beyond. */
    auditMaxBytes: byteCountSchema.min(64 * MiB).default(16 * GiB),
    /** Pause between two samples of what accounts store; one for each hour is kept. */
    usageSampleSeconds: z.number().int().min(1).max(secondsPerDay).default(3_600),
    /** Length of a day of lifecycle rules; only on development networks. */
    lifecycleDaySeconds: z.number().int().min(1).max(secondsPerDay).default(secondsPerDay),
  })
  .refine(({ accounts, accountsFile }) => accounts.length > 0 || accountsFile !== null, {
    path: ['accounts'],
    message: 'must name an account, unless there is an "accountsFile"',
  })
  .refine(({ index, smallObjects }) => index === null || smallObjects === null, {
    path: ['smallObjects'],
    message: 'must be null with "index": gateways that share an index cannot pack small objects yet',
  })
  .refine(({ index, indexExport, recoverLostIndex }) => index === null || (indexExport === null && !recoverLostIndex), {
    path: ['indexExport'],
    message: 'and "recoverLostIndex" must be off with "index": an index in a database is not exported yet',
  });

export type GatewayRoleConfig = z.infer<typeof schema>;

export const gatewayConfigFormat: RoleConfigFormat<GatewayRoleConfig> = {
  role: 'gateway',
  schema,
  example: {
    ...chainRoleExample('gateway'),
    s3Host: '127.0.0.1',
    s3Port: 9000,
    s3TlsPort: null,
    s3Certificates: [],
    s3TrustedProxies: [],
    endpoint: 'http://127.0.0.1:9000',
    domain: 'localhost',
    region: 'us-east-1',
    s3Domains: ['localhost'],
    s3WebsiteDomains: ['website.localhost'],
    auditMaxBytes: 16 * GiB,
    s3CustomerKeysOverHttp: false,
    usageSampleSeconds: 3_600,
    lifecycleDaySeconds: secondsPerDay,
    accounts: [
      {
        credentialsFile: 'credentials.json',
        owner: 'cXgPLnCqgLAMQBwTTrqXJ1WgkQrUrpxq8QHRJ8DqKFaQoC4u7',
        ownerKey: `0x${'00'.repeat(32)}`,
        territory: 'default',
      },
    ],
    accountsFile: null,
    console: { host: '127.0.0.1', port: 8080, assets: null, s3Endpoint: null },
    webhookTargets: [],
    alerts: null,
    telemetry: null,
    indexExport: { everySeconds: 15 },
    follow: null,
    recoverLostIndex: false,
    acceptLostIndex: false,
    memoryBudgetBytes: 208 * MiB,
    smallObjects: { maxBytes: MiB / 8, packAfterSeconds: 60, cacheBytes: 32 * MiB },
    index: null,
    nativeApi: null,
    storageClasses: [],
    spillBudgetBytes: 4 * GiB,
    s3MaxConnections: 2_048,
  },
  resolvePaths: (config, absolute) => ({
    ...resolveChainRolePaths(config, absolute),
    s3Certificates: config.s3Certificates.map(({ certificateFile, keyFile }) => ({
      certificateFile: absolute(certificateFile),
      keyFile: absolute(keyFile),
    })),
    accounts: config.accounts.map((account) => ({
      ...account,
      credentialsFile: absolute(account.credentialsFile),
    })),
    accountsFile: config.accountsFile === null ? null : absolute(config.accountsFile),
    console:
      config.console === null || config.console.assets === null
        ? config.console
        : { ...config.console, assets: absolute(config.console.assets) },
    index: config.index === null ? null : resolveIndexPaths(config.index, absolute),
    webhookTargets: config.webhookTargets.map((target) => ({ ...target, secretFile: absolute(target.secretFile) })),
  }),
  withoutSecrets: (config) => ({
    ...config,
    telemetry: config.telemetry === null ? null : hideHeaders(config.telemetry),
    webhookTargets: config.webhookTargets.map(hideQuery),
  }),
};

function smallObjectsOf({ maxBytes, packAfterSeconds, cacheBytes }: NonNullable<GatewayRoleConfig['smallObjects']>) {
  return { batchBelowBytes: maxBytes, packAfterMs: packAfterSeconds * 1000, smallCacheBytes: cacheBytes };
}

function nativeApiOf({ reads, signatureWindowSeconds }: NonNullable<GatewayRoleConfig['nativeApi']>) {
  return { reads, signatureWindowMs: signatureWindowSeconds * 1000 };
}

/** What the pages of the console are and connect to. A chain that is found by a peer-to-peer address is not relayed. */
function consoleOf({ console, chainRpc }: GatewayRoleConfig, spec: ChainSpec, installedAssets: string) {
  if (console === null) return undefined;
  return {
    host: console.host,
    port: console.port,
    assets: console.assets ?? installedAssets,
    s3Endpoint: console.s3Endpoint ?? undefined,
    chainRpc: chainRpc.startsWith('/') ? undefined : chainRpc,
    authorities: authoritiesOf(spec).authorities.map(({ key }) => toHex(key)),
  };
}

async function openGatewayRole(
  config: GatewayRoleConfig,
  passphrase: string | undefined,
  { installedAssets, ...context }: RoleContext & { readonly installedAssets: string },
) {
  const { logger, metrics, cleanups, onFatal } = context;
  const { accountsFile } = config;
  const configured = await Promise.all(config.accounts.map(readAccount));
  const accounts = accountsFile === null ? configured : [...configured, ...(await readAccountsFile(accountsFile))];
  assertServable(accounts);
  const { spec, keys, account } = await readChainRole(config, passphrase);
  const nodeSigner = createEd25519Signer(keys.nodeSeed);
  const register = (client: ChainClient) => registerGateway(config, { client, account, keys, logger });
  let abandonChain: () => Promise<void> = async () => {};
  const connect = async (remembered: ChainIdentity | undefined) => {
    const client = await connectChain(config, context, remembered);
    abandonChain = () => abandonUnreachableChain(client);
    const record = { roles: ['gateway'] as const, endpoints: [config.endpoint] };
    await joinPeerNetwork(config, { seed: keys.nodeSeed, genesis: client.genesisHash, record }, context);
    if (client.isConnected) await register(client);
    else registerLater(context, () => register(client));
    return client;
  };
  const { wrappingKey } = keys;
  const { dataDir, s3Host, region, s3Domains, s3WebsiteDomains, acceptLostIndex } = config;
  const { memoryBudgetBytes, spillBudgetBytes, s3MaxConnections, auditMaxBytes } = config;
  const limits = { memoryBudgetBytes, spillBudgetBytes, s3MaxConnections, auditMaxBytes };
  const isDevelopment = spec.type === 'development';
  const { lifecycleDaySeconds, s3CustomerKeysOverHttp } = config;
  if (lifecycleDaySeconds !== secondsPerDay && !isDevelopment) {
    const advice = 'Remove it: on this network lifecycle rules and named keys count days of 24 hours.';
    throw new CessError('CONFIG_INVALID', `"lifecycleDaySeconds" is for development networks only. ${advice}`, {});
  }
  if (config.recoverLostIndex) await recoverLost(config, { spec, keys, account, context, register });
  const spans =
    config.telemetry === null
      ? undefined
      : await startTelemetry(config.telemetry, context, encodeSs58(account.account, SS58_PREFIX));
  const opened = await openGatewayOverChain(
    {
      connect,
      account,
      nodeSigner,
      wrappingKey,
      dataDir,
      follows: followOf(config, spec),
      fleet: config.index === null ? undefined : readIndexDatabase(config.index),
      allowPrivateEndpoints: isDevelopment,
      logger,
      onFatal,
      metrics,
      spans,
    },
    {
      accounts,
      s3Host,
      ...transportOf(config),
      region,
      s3Domains,
      s3WebsiteDomains,
      s3CustomerKeysOverHttp,
      acceptLostIndex,
      ...limits,
      ...(config.indexExport === null ? {} : { indexExportMs: config.indexExport.everySeconds * 1000 }),
      ...(config.smallObjects === null ? {} : smallObjectsOf(config.smallObjects)),
      storageClasses: config.storageClasses,
      ...(config.nativeApi === null ? {} : { nativeApi: nativeApiOf(config.nativeApi) }),
      lifecycleDaySeconds,
      usageSampleMs: config.usageSampleSeconds * 1000,
      console: consoleOf(config, spec, installedAssets),
      webhookTargets: config.webhookTargets.map(readWebhookTarget),
      ...(config.alerts === null ? {} : { alerts: requireTarget(config.alerts, config.webhookTargets) }),
    },
  );
  cleanups.push(
    () => opened.stop(),
    () => abandonChain(),
  );
  const { gateway } = opened;
  const ports = { timers: systemTimers, rng: systemRng, logger, metrics, onFatal };
  const watch =
    accountsFile === null
      ? undefined
      : new AccountsWatch({ ...ports, file: accountsFile, configured, served: accounts, gateway });
  watch?.start();
  cleanups.push(() => watch?.stop());
  return {
    endpoint: gateway.s3Endpoint,
    reload: () => {
      watch?.trigger();
      return gateway.reloadCertificates();
    },
    answer: async (question: RoleQuestion): Promise<GatewayReport> => {
      if (question === 'retry') gateway.retrySetAside();
      return {
        undeclared: await gateway.backlog(),
        unexportedSeconds: gateway.unexportedSeconds() ?? null,
        console: gateway.consoleEndpoint ?? null,
        setAside: gateway.setAside(),
        unrecorded: await gateway.unrecorded(),
      };
    },
  };
}

/** Throws `CONFIG_INVALID` for an address that is none, or an index that cannot be a copy. */
function followOf({ follow, index, indexExport }: GatewayRoleConfig, spec: ChainSpec) {
  if (index !== null && indexExport !== null)
    throw new CessError('CONFIG_INVALID', 'An index in a database is not exported: remove "indexExport".', {});
  if (follow === null) return undefined;
  if (index !== null || indexExport !== null)
    throw new CessError('CONFIG_INVALID', '"follow" goes with neither "index" nor "indexExport".', {});
  const { gateway, everySeconds } = follow;
  return { gateway: accountOf(gateway), periodMs: everySeconds * 1000, authorities: authoritiesOf(spec) };
}

function accountOf(address: string): Uint8Array {
  const decoded = decodeSs58(address);
  if (decoded.ok) return decoded.value.accountId;
  throw new CessError('CONFIG_INVALID', `"follow.gateway": "${address}" is no account.`, {});
}

interface LostIndexParts {
  readonly spec: ChainSpec;
  readonly keys: RoleKeys;
  readonly account: ExtrinsicSigner;
  readonly context: RoleContext;
  readonly register: (client: ChainClient) => Promise<void>;
}

/** Does nothing if the folder has an index, or the chain no anchor of one. */
async function recoverLost(config: GatewayRoleConfig, parts: LostIndexParts): Promise<void> {
  const { context, register } = parts;
  const client = await connectChain(config, context);
  await register(client);
  const { logger } = context;
  const report = await recoverIfLost({
    ...recoveryParts(config.dataDir, { ...parts, client, logger }),
    isForced: false,
    onProgress: () => {},
    signal: new AbortController().signal,
  });
  if (report === undefined) return;
  const { entries, unknown } = report;
  logger.warn(
    { entries, unknown: unknown.length },
    'the index of the gateway was lost and is recovered from the network',
  );
}

function requireTarget<T extends { readonly target: string }>(alerts: T, targets: readonly { name: string }[]): T {
  if (targets.some(({ name }) => name === alerts.target)) return alerts;
  throw new CessError(
    'CONFIG_INVALID',
    `"alerts.target" names "${alerts.target}", which is not in "webhookTargets".`,
    {},
  );
}

/** Throws `CONFIG_INVALID` for ports and certificates that do not fit together. */
function transportOf({ s3Port, s3TlsPort, s3Certificates, s3TrustedProxies }: GatewayRoleConfig) {
  if ((s3TlsPort === null) !== (s3Certificates.length === 0))
    throw new CessError('CONFIG_INVALID', '"s3TlsPort" and "s3Certificates" need each other.', {});
  if (s3Port === null && s3TlsPort === null)
    throw new CessError('CONFIG_INVALID', 'The gateway needs a port: set "s3Port" or "s3TlsPort".', {});
  return {
    s3Port: s3Port ?? undefined,
    ...(s3TlsPort === null ? {} : { s3Tls: { port: s3TlsPort, certificates: s3Certificates } }),
    s3TrustedProxies,
  };
}

/** The chain cannot be reached: registers as soon as it can. Requests of clients do not wait for it. */
function registerLater({ logger, metrics, cleanups, onFatal }: RoleContext, register: () => Promise<void>): void {
  const ports = { timers: systemTimers, rng: systemRng, logger, metrics, onFatal };
  const registration = new BackgroundLoop({ ...ports, name: 'gateway registration', task: register });
  registration.trigger();
  registration.start();
  cleanups.push(() => registration.stop());
}

/** The role that `cess gateway` runs. `installedAssets`: folder of the pages of the console that this installation has. */
export function createGatewayRole(installedAssets: string): Role<GatewayRoleConfig> {
  return {
    format: gatewayConfigFormat,
    open: (config, passphrase, context) => openGatewayRole(config, passphrase, { ...context, installedAssets }),
  };
}
