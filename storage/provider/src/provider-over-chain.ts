// A provider over a connection to a chain node, with the system clock and randomness. A process that hosts several providers
// shares one connection and one feed among them.
import type { ChainClient, ExtrinsicSigner, Submitter } from '@cess/client';
import { createEd25519Signer, systemRng } from '@cess/crypto';
import { type Logger, type Metrics, noMetrics, type OnFatal, systemClock } from '@cess/primitives';
import { ProviderChainAdapter } from './chain/chain-adapter.js';
import { DutyAdapter } from './chain/duty-adapter.js';
import type { FinalizedFeed } from './chain/finalized-feed.js';
import type { ProviderConfig } from './config.js';
import { createProvider, type Provider } from './provider.js';
import type { SharedWork } from './scheduling/shared-work.js';

export interface ProviderOverChainInit {
  readonly client: ChainClient;
  readonly feed: FinalizedFeed;
  /** Signs for the provider's account. Its creator stops it before the provider. */
  readonly submitter: Submitter;
  readonly account: ExtrinsicSigner;
  /** Seed of the ed25519 key that signs receipts and attestations. */
  readonly nodeSeed: Uint8Array;
  /** Shared by the providers of the process. Its creator stops it after them. */
  readonly shared: SharedWork;
  /** Whether endpoints may be loopback or private addresses. For development only. */
  readonly allowPrivateEndpoints: boolean;
  readonly logger: Logger;
  readonly onFatal: OnFatal;
  /** Default: none. */
  readonly metrics?: Metrics;
}

/** A provider that is not started yet. */
export function createProviderOverChain(init: ProviderOverChainInit, config: ProviderConfig): Provider {
  const { client, feed, submitter, logger, shared, allowPrivateEndpoints, metrics = noMetrics } = init;
  const { account } = init.account;
  return createProvider(
    {
      chain: new ProviderChainAdapter({ client, submitter, feed, account }),
      duties: new DutyAdapter({ client, submitter, allowPrivateEndpoints }),
      shared,
      nodeSigner: createEd25519Signer(init.nodeSeed),
      account,
      clock: systemClock,
      rng: systemRng,
      logger,
      onFatal: init.onFatal,
      metrics,
    },
    config,
  );
}
