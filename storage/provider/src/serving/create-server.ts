// The HTTP server of a provider with its routes, authentication and limits.
import type { FragmentStore } from '@cess/fragment-store';
import { maxClockSkewSeconds, NodeServer, ReplayGuard } from '@cess/node-api';
import type { ProviderComponents } from '../components.js';
import {
  defaultMaxFragmentBytes,
  defaultMaxRequests,
  defaultMaxUploads,
  defaultRetentionSeconds,
  defaultStallTimeoutMs,
  type ProviderConfig,
} from '../config.js';
import type { AttestedFragments } from '../holdings/attested-fragments.js';
import type { DeclaredFiles } from '../holdings/declared-files.js';
import { observedRoute } from '../metrics/observed-route.js';
import type { ProviderMetrics } from '../metrics/provider-metrics.js';
import { providerNames, RequestRefused } from './errors.js';
import { KnownNodes } from './known-nodes.js';
import { createRoute } from './router.js';
import { UndeclaredLimit } from './undeclared-limit.js';
import { UploadLimit } from './upload-limit.js';

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
  const uploads = new UploadLimit(config.maxUploads ?? defaultMaxUploads, shared.activity);
  const route = createRoute({
    store,
    declaredFiles,
    attested,
    undeclared: new UndeclaredLimit({ store, declaredBytes: config.declaredBytes, nowMs }),
    signer: nodeSigner,
    genesis: chain.genesis,
    auth: { nodeKey: nodeSigner.publicKey, replayGuard: new ReplayGuard(maxClockSkewSeconds), knownNodes, nowMs },
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
    enterUpload: () => uploads.enter(),
  });
  const observed = observedRoute(route, metrics);
  void knownNodes.refresh();
  return new NodeServer(
    {
      host: config.host,
      port: config.port,
      maxRequests: config.maxRequests ?? defaultMaxRequests,
      stallTimeoutMs: config.stallTimeoutMs ?? defaultStallTimeoutMs,
      logger,
      handle: async (message, response) => void (await observed(message, response)),
      onRefused: (code) => metrics.refusals.add(1, { code }),
    },
    providerNames,
  );
}
