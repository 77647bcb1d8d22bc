// The HTTP server of a provider with its routes, authentication and limits.
import type { FragmentStore } from '@cess/fragment-store';
import { defaultBodyPace, maxClockSkewSeconds, NodeServer, ReplayGuard } from '@cess/node-api';
import { identityOf } from '@cess/tls';
import type { ProviderComponents } from '../components.js';
import {
  defaultMaxFragmentBytes,
  defaultMaxRequests,
  defaultMaxUploads,
  defaultRetentionSeconds,
  defaultStallTimeoutMs,
  maxBatches,
  type ProviderConfig,
} from '../config.js';
import type { AttestedFragments } from '../holdings/attested-fragments.js';
import type { DeclaredFiles } from '../holdings/declared-files.js';
import { observedRoute } from '../metrics/observed-route.js';
import type { ProviderMetrics } from '../metrics/provider-metrics.js';
import { CallerLimit } from './caller-limit.js';
import { providerNames, RequestRefused } from './errors.js';
import { KnownNodes } from './known-nodes.js';
import { createRoute } from './router.js';
import { UndeclaredLimit } from './undeclared-limit.js';

export interface ServerInit {
  readonly components: ProviderComponents;
  readonly config: ProviderConfig;
  readonly store: FragmentStore;
  readonly declaredFiles: DeclaredFiles;
  readonly attested: AttestedFragments;
  readonly ownIndex: () => number | undefined;
  readonly metrics: ProviderMetrics;
  /** Fires when the provider stops. */
  readonly stopping: AbortSignal;
}

/** Does not listen yet. Starts to load the list of gateways. */
export function createServer(init: ServerInit): NodeServer {
  const { components, config, store, declaredFiles, attested, ownIndex, metrics, stopping } = init;
  const { chain, clock, logger, nodeSigner, shared } = components;
  const nowMs = () => clock.nowMs();
  const knownNodes = new KnownNodes({ chain, nowMs, logger });
  const maxRequests = config.maxRequests ?? defaultMaxRequests;
  const uploads = new CallerLimit(config.maxUploads ?? defaultMaxUploads);
  const reads = new CallerLimit(maxRequests);
  const batches = new CallerLimit(maxBatches);
  const route = createRoute({
    store,
    declaredFiles,
    attested,
    undeclared: new UndeclaredLimit({ store, declaredBytes: config.declaredBytes, nowMs }),
    signer: nodeSigner,
    genesis: chain.genesis,
    auth: {
      nodeKey: nodeSigner.publicKey,
      replayGuard: new ReplayGuard(maxClockSkewSeconds),
      knownNodes,
      nowMs,
      onAuthenticated: (message) => server.authenticated(message),
    },
    bodyPace: config.bodyPace ?? defaultBodyPace,
    maxFragmentBytes: config.maxFragmentBytes ?? defaultMaxFragmentBytes,
    retentionSeconds: config.retentionSeconds ?? defaultRetentionSeconds,
    declaredBytes: config.declaredBytes,
    stopping,
    nowSeconds: () => Math.floor(nowMs() / 1000),
    ownIndex,
    requireIndex: () => {
      const index = ownIndex();
      if (index !== undefined) return index;
      throw new RequestRefused(503, 'PROVIDER_NOT_REGISTERED', 'The provider is not registered on chain yet.');
    },
    enterUpload: (gateway) => {
      const leave = uploads.enter(gateway);
      // Background work of the process makes room for uploads.
      const end = shared.activity.begin();
      return () => {
        leave();
        end();
      };
    },
    enterRead: (nodeKey) => reads.enter(nodeKey),
    enterBatch: (nodeKey) => batches.enter(nodeKey),
  });
  const observed = observedRoute(route, metrics);
  void knownNodes.refresh();
  const server: NodeServer = new NodeServer(
    {
      host: config.host,
      port: config.port,
      endpoint: config.endpoint,
      identity: identityOf(nodeSigner),
      isTlsOnLoopback: config.isTlsOnLoopback,
      nowMs,
      maxRequests,
      stallTimeoutMs: config.stallTimeoutMs ?? defaultStallTimeoutMs,
      logger,
      handle: async (message, response) => void (await observed(message, response)),
      onRefused: (code) => metrics.refusals.add(1, { code }),
    },
    providerNames,
  );
  return server;
}
