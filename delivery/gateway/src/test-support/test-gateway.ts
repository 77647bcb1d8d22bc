// A gateway on real sockets for tests: scripted providers, the chain as a table in memory, the index in memory.

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AnchorState, type LogPosition, neverAnchored, withAnchor } from '@cess/audit-log';
import type { ProviderInfo } from '@cess/data-path';
import '@cess/client';
import { createEd25519Signer, systemRng, x25519PairFromSecret } from '@cess/crypto';
import type { FinalizedState } from '@cess/object-receipt';
import {
  type BackgroundPorts,
  CessError,
  type Metrics,
  noMetrics,
  silentLogger,
  systemTimers,
  type Timers,
  throwFatal,
  toHex,
} from '@cess/primitives';
import { createMemoryKv, type Kv } from '@cess/store';
import type { SpanRecorder } from '@cess/telemetry';
import { fileId, segmentRoot } from '@cess/types';
import type { AlertConfig } from '../alerts/alert-watch.js';
import type {
  AuthorizedGateway,
  DeclarableSpace,
  DeclarationOutcome,
  FileDeclaration,
  GatewayChain,
  HolderAttestation,
  HolderChange,
  Placement,
  ProtectionStatus,
  RefusedHolder,
} from '../chain-port.js';
import type { FollowedGateway } from '../follow/followed-gateway.js';
import { createGateway } from '../gateway.js';
import type { Gateway, GatewayComponents, GatewayConfig } from '../gateway-config.js';
import type { RateLimits } from '../limits/account-limits.js';
import type { WebhookTarget } from '../webhooks/webhook-target.js';
import { ScriptedProvider } from './scripted-provider.js';
import { tableState } from './table-state.js';

export const testRegion = 'us-east-1';
export const testCredentials = { accessKeyId: 'TESTKEY', secretAccessKey: 'test-secret' };
/** Account and node key of the gateway. */
const testAccount = new Uint8Array(32).fill(5);
export const testSigner = createEd25519Signer(new Uint8Array(32).fill(99));
export const testOwner = new Uint8Array(32).fill(3);
/** The key of another account on the same gateway. */
export const foreignCredentials = { accessKeyId: 'FOREIGNKEY', secretAccessKey: 'foreign-secret' };
export const foreignOwner = new Uint8Array(32).fill(4);

export const testPorts: BackgroundPorts = {
  timers: systemTimers,
  rng: systemRng,
  logger: silentLogger,
  metrics: noMetrics,
  onFatal: throwFatal,
};

/** The chain as far as a gateway sees it. */
class TableChain implements GatewayChain {
  readonly genesis = new Uint8Array(32).fill(7);
  readonly files = new Map<string, { declaration: FileDeclaration; attestations: readonly HolderAttestation[] }>();
  readonly placements: Placement[] = [];
  readonly anchors: (readonly [log: string, position: LogPosition])[] = [];
  /** Providers that cannot be recorded as holders. */
  readonly refusedHolders = new Set<number>();
  /** Providers that the list shows as taking no fragments. */
  leaving = new Set<number>();
  quotaBytes = 2 ** 40;
  authorized: readonly AuthorizedGateway[] = [];
  /** The chain cannot be reached. */
  isAway = false;
  /** Whether it has files that this gateway declared before. */
  hasFiles = false;
  /** Why the chain records no file at all. */
  barrier: DeclarableSpace['barrier'];
  /** An error of the territory that the chain answers although the state shows no reason. */
  refusal: string | undefined;
  /** Calls of `declareBatch`, those that failed included. */
  declarations = 0;
  protection: ProtectionStatus = 'declared';
  readonly moved = new Map<string, number | undefined>();
  holderListener: ((changes: readonly HolderChange[]) => Promise<void>) | undefined;
  /** While true the chain gives no answer to declarations. */
  stalled = false;

  constructor(readonly providers: () => readonly ProviderInfo[]) {}

  get isConnected(): boolean {
    return !this.isAway;
  }

  async listProviders(): Promise<readonly ProviderInfo[]> {
    this.#assertReachable();
    return this.providers().map((one) => (this.leaving.has(one.index) ? { ...one, takesFragments: false } : one));
  }

  #assertReachable(): void {
    if (this.isAway) throw new CessError('RPC_TIMEOUT', 'The chain node is not reachable.');
  }

  async finalizedTimeMs(): Promise<number> {
    this.#assertReachable();
    return Date.now();
  }

  async lockedQuota(): Promise<number> {
    this.#assertReachable();
    return this.quotaBytes;
  }

  async declarableSpace(): Promise<DeclarableSpace> {
    return { bytes: this.barrier === undefined ? this.quotaBytes : 0, barrier: this.barrier };
  }

  async hasDeclaredFiles(): Promise<boolean> {
    return this.hasFiles;
  }

  async isDeclared(id: Uint8Array): Promise<boolean> {
    return this.files.has(toHex(id));
  }

  async fragmentHolder(id: Uint8Array, segment: number, fragment: number): Promise<number | undefined> {
    const reported = this.placements.find(
      (one) => toHex(one.fileId) === toHex(id) && one.segment === segment && one.fragment === fragment,
    );
    return reported?.provider ?? this.files.get(toHex(id))?.declaration.segments[segment]?.fragments[fragment]?.holder;
  }

  async holdersOf(id: Uint8Array, segment: number, fragments: number): Promise<readonly (number | undefined)[]> {
    return Promise.all(
      Array.from({ length: fragments }, (_, fragment) => {
        const key = `${toHex(id)}/${segment}/${fragment}`;
        return this.moved.has(key) ? this.moved.get(key) : this.fragmentHolder(id, segment, fragment);
      }),
    );
  }

  async protectionOf(): Promise<ProtectionStatus> {
    return this.protection;
  }

  followHolders(listener: (changes: readonly HolderChange[]) => Promise<void>): () => Promise<void> {
    this.holderListener = listener;
    return async () => {
      this.holderListener = undefined;
    };
  }

  /** The chain names another holder, or none; the gateway is told if it is there. */
  async moveFragment(change: HolderChange): Promise<void> {
    this.moved.set(`${toHex(change.fileId)}/${change.segment}/${change.fragment}`, change.holder);
    await this.holderListener?.([change]);
  }

  async declareBatch(
    files: readonly FileDeclaration[],
    attestations: readonly HolderAttestation[],
  ): Promise<DeclarationOutcome> {
    this.#assertReachable();
    this.declarations++;
    if (this.stalled) throw new CessError('RPC_TIMEOUT', 'The chain stands still.');
    if (this.barrier !== undefined) throw dispatchFailed('StorageHandler', 'NotActive');
    if (this.refusal !== undefined) throw dispatchFailed('StorageHandler', this.refusal);
    if (files.some((file) => storedBytesOf(file) > this.quotaBytes))
      throw dispatchFailed('StorageHandler', 'InsufficientQuota');
    const refused: RefusedHolder[] = [];
    for (const declaration of files) {
      const segmentRoots = declaration.segments.map(({ k, ciphertextLength, fragments }) =>
        segmentRoot({ k, ciphertextLength, fragmentRoots: fragments.map(({ root }) => root) }),
      );
      const id = fileId({
        genesis: this.genesis,
        owner: declaration.owner,
        orderId: declaration.orderId,
        segmentRoots,
      });
      const segments = declaration.segments.map((segment, index) => ({
        ...segment,
        fragments: segment.fragments.map(({ root, holder: provider }, fragment) => {
          if (provider === undefined || !this.refusedHolders.has(provider)) return { root, holder: provider };
          refused.push({ fileId: id, segment: index, fragment, provider, reason: 'NoSpace' });
          return { root, holder: undefined };
        }),
      }));
      const hasTooFew = segments.some(
        ({ k, fragments }) => fragments.filter(({ holder }) => holder !== undefined).length < k,
      );
      if (hasTooFew) throw dispatchFailed('FileBank', 'TooFewHolders');
      this.files.set(toHex(id), { declaration: { ...declaration, segments }, attestations });
    }
    return { refused, known: [] };
  }

  async deleteFiles(_owner: Uint8Array, ids: readonly Uint8Array[]): Promise<void> {
    for (const id of ids) this.files.delete(toHex(id));
  }

  async reportPlacement(placement: Placement): Promise<void> {
    if (this.refusedHolders.has(placement.provider)) {
      throw new CessError('CHAIN_DISPATCH_FAILED', 'The chain refuses this holder.', { name: 'InsufficientSpace' });
    }
    this.placements.push(placement);
  }

  async finalizedState(): Promise<FinalizedState> {
    this.#assertReachable();
    const { genesis } = this;
    const files = [...this.files.values()].map(({ declaration }) => declaration);
    return tableState({ genesis, gateway: testAccount, nodeKey: testSigner.publicKey, files });
  }

  async authorizedGateways(): Promise<readonly AuthorizedGateway[]> {
    this.#assertReachable();
    return this.authorized;
  }

  async anchorsOf(log: string): Promise<AnchorState> {
    this.#assertReachable();
    const anchors = this.anchors.filter(([name]) => name === log).map(([, position]) => position);
    return anchors.reduce(withAnchor, neverAnchored);
  }

  async anchor(log: string, position: LogPosition): Promise<void> {
    this.#assertReachable();
    this.anchors.push([log, position]);
  }
}

function dispatchFailed(pallet: string, name: string): CessError {
  return new CessError('CHAIN_DISPATCH_FAILED', `${pallet}.${name}`, { pallet, name });
}

function storedBytesOf({ segments }: FileDeclaration): number {
  return segments.reduce((sum, { fragmentLength, fragments }) => sum + fragmentLength * fragments.length, 0);
}

function foreignAccount(owner: Uint8Array = foreignOwner) {
  const { publicKey: ownerKey } = x25519PairFromSecret(new Uint8Array(randomBytes(32)));
  return { ...foreignCredentials, owner, ownerKey, territory: 'foreign' };
}

export interface TestGateway {
  readonly gateway: Gateway;
  readonly chain: TableChain;
  readonly providers: readonly ScriptedProvider[];
  readonly kv: Kv;
  stop(): Promise<void>;
}

export interface TestGatewayOptions {
  readonly providers?: number;
  readonly kv?: Kv;
  /** Default: a folder of its own, removed at the end. */
  readonly auditDir?: string;
  /** Default: a file of its own, removed at the end. */
  readonly keyVaultFile?: string;
  /** Default: a folder of its own, removed at the end. */
  readonly accessLogDir?: string;
  readonly accessLogDeliveryMs?: number;
  /** Default: those of the system. */
  readonly timers?: Timers;
  readonly quotaBytes?: number;
  readonly barrier?: DeclarableSpace['barrier'];
  readonly hasFiles?: boolean;
  /** Chain and providers of another test gateway, which is stopped. */
  readonly over?: TestGateway;
  readonly acceptLostIndex?: boolean;
  /** Default: the gateway has an index of its own. */
  readonly follows?: FollowedGateway;
  readonly s3IdleTimeoutMs?: number;
  readonly s3MaxConnections?: number;
  readonly memoryBudgetBytes?: number;
  /** Default 0: every body is a file of its own. */
  readonly batchBelowBytes?: number;
  readonly packAfterMs?: number;
  /** Default: the index is not exported. */
  readonly indexExportMs?: number;
  /** Default 0, so that providers are read. */
  readonly smallCacheBytes?: number;
  readonly s3Domains?: readonly string[];
  readonly metrics?: Metrics;
  readonly spans?: SpanRecorder;
  readonly lifecycleDaySeconds?: number;
  /** Default: an hour. */
  readonly usageSampleMs?: number;
  readonly webhookTargets?: readonly WebhookTarget[];
  readonly alerts?: AlertConfig;
  readonly webhookPauses?: { readonly leastMs: number; readonly mostMs: number };
  readonly s3CustomerKeysOverHttp?: boolean;
  readonly s3Tls?: GatewayConfig['s3Tls'];
  readonly s3TrustedProxies?: readonly string[];
  /** Of the test account. */
  readonly limits?: RateLimits;
  /** The gateway serves a second account, that of `foreignCredentials`. */
  readonly hasForeignAccount?: boolean;
  /** Of the test account. */
  readonly owner?: Uint8Array;
  /** Of the second account. */
  readonly foreignOwner?: Uint8Array;
  readonly nativeApi?: GatewayConfig['nativeApi'];
  /** Default: none. */
  readonly console?: GatewayConfig['console'];
  /** The gateway is a member of a fleet. */
  readonly fleet?: GatewayComponents['fleet'];
  /** Beside Amazon's. */
  readonly storageClasses?: NonNullable<GatewayConfig['storageClasses']>;
}

async function startProviders(count: number, genesis: Uint8Array): Promise<ScriptedProvider[]> {
  const providers = Array.from({ length: count }, (_, index) => new ScriptedProvider(index, genesis));
  await Promise.all(providers.map((provider) => provider.start()));
  return providers;
}

export async function startTestGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const genesis = new Uint8Array(32).fill(7);
  const providers = options.over?.providers ?? (await startProviders(options.providers ?? 16, genesis));
  const infos = providers.map(({ info }) => info);
  const chain = options.over?.chain ?? new TableChain(() => infos);
  if (options.barrier !== undefined) chain.barrier = options.barrier;
  if (options.hasFiles !== undefined) chain.hasFiles = options.hasFiles;
  if (options.quotaBytes !== undefined) chain.quotaBytes = options.quotaBytes;
  const kv = options.kv ?? createMemoryKv();
  const spillDir = await mkdtemp(join(tmpdir(), 'cess-spill-'));
  const vaultDir = await mkdtemp(join(tmpdir(), 'cess-vault-'));
  const auditDir = options.auditDir ?? (await mkdtemp(join(tmpdir(), 'cess-audit-')));
  const accessLogDir = options.accessLogDir ?? (await mkdtemp(join(tmpdir(), 'cess-access-logs-')));
  const inventoryDir = await mkdtemp(join(tmpdir(), 'cess-inventory-'));
  const gateway = createGateway(
    {
      kv,
      fleet: options.fleet,
      chain,
      follows: options.follows,
      timers: options.timers ?? systemTimers,
      logger: silentLogger,
      onFatal: throwFatal,
      metrics: options.metrics ?? noMetrics,
      spans: options.spans,
      signer: testSigner,
      wrappingKey: x25519PairFromSecret(new Uint8Array(32).fill(42)),
    },
    {
      account: testAccount,
      accounts: [
        {
          ...testCredentials,
          ...options.limits,
          owner: options.owner ?? testOwner,
          ownerKey: x25519PairFromSecret(new Uint8Array(randomBytes(32))).publicKey,
          territory: 'default',
        },
        ...(options.hasForeignAccount === true ? [foreignAccount(options.foreignOwner)] : []),
      ],
      s3Host: '127.0.0.1',
      s3Port: 0,
      spillDir,
      auditDir,
      keyVaultFile: options.keyVaultFile ?? join(vaultDir, 'named-keys'),
      accessLogDir,
      inventoryDir,
      ...(options.accessLogDeliveryMs === undefined ? {} : { accessLogDeliveryMs: options.accessLogDeliveryMs }),
      auditAnchorMs: 200,
      batchBelowBytes: options.batchBelowBytes ?? 0,
      packAfterMs: options.packAfterMs,
      indexExportMs: options.indexExportMs,
      smallCacheBytes: options.smallCacheBytes ?? 0,
      ...(options.memoryBudgetBytes === undefined ? {} : { memoryBudgetBytes: options.memoryBudgetBytes }),
      region: testRegion,
      providerStallMs: 6_000,
      attestPatienceMs: 1_000,
      acceptLostIndex: options.acceptLostIndex ?? false,
      ...(options.lifecycleDaySeconds === undefined ? {} : { lifecycleDaySeconds: options.lifecycleDaySeconds }),
      usageSampleMs: options.usageSampleMs,
      ...(options.alerts === undefined ? {} : { alerts: options.alerts }),
      ...(options.webhookPauses === undefined ? {} : { webhookPauses: options.webhookPauses }),
      ...(options.webhookTargets === undefined ? {} : { webhookTargets: options.webhookTargets }),
      ...(options.s3CustomerKeysOverHttp === undefined
        ? {}
        : { s3CustomerKeysOverHttp: options.s3CustomerKeysOverHttp }),
      nativeApi: options.nativeApi,
      console: options.console,
      storageClasses: options.storageClasses ?? [],
      s3Tls: options.s3Tls,
      s3TrustedProxies: options.s3TrustedProxies ?? [],
      ...(options.s3Domains === undefined ? {} : { s3Domains: options.s3Domains }),
      ...(options.s3MaxConnections === undefined ? {} : { s3MaxConnections: options.s3MaxConnections }),
      ...(options.s3IdleTimeoutMs === undefined ? {} : { s3IdleTimeoutMs: options.s3IdleTimeoutMs }),
    },
  );
  await gateway.start().catch(async (error: unknown) => {
    await Promise.allSettled([gateway.stop()]);
    await Promise.all(providers.map((provider) => provider.stop()));
    throw error;
  });
  return {
    gateway,
    chain,
    providers,
    kv,
    async stop() {
      await gateway.stop();
      await rm(spillDir, { recursive: true, force: true });
      await rm(vaultDir, { recursive: true, force: true });
      await rm(inventoryDir, { recursive: true, force: true });
      if (options.accessLogDir === undefined) await rm(accessLogDir, { recursive: true, force: true });
      if (options.auditDir === undefined) await rm(auditDir, { recursive: true, force: true });
      await Promise.all(providers.map((provider) => provider.stop()));
    },
  };
}
