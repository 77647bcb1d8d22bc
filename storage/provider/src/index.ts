// @cess/provider: the storage node.
import './errors.js';

export { createSharedWork, type SharedWork } from './background/shared-work.js';
export { ProviderChainAdapter, type ProviderChainInit } from './chain/chain-adapter.js';
export { DutyAdapter, type DutyAdapterInit } from './chain/duty-adapter.js';
export { type EventListener, FinalizedFeed } from './chain/finalized-feed.js';
export type {
  ChainFragment,
  DutyEvent,
  FileEvent,
  FragmentAddress,
  GatewayKey,
  MinerRecord,
  ProviderChain,
  ProviderEvent,
  RegistrationRequest,
  SeenBlock,
} from './chain-port.js';
export type { ProviderComponents } from './components.js';
export type { ProviderConfig } from './config.js';
export type { DutyChain, TeeAddress } from './duty-chain.js';
export type { DutyProgress } from './duty-progress.js';
export { createProvider, type Provider } from './provider.js';
export { ProviderMetrics } from './provider-metrics.js';
export { createProviderOverChain, type ProviderOverChainInit } from './provider-over-chain.js';
export type { TeePort } from './tags/tee-port.js';
