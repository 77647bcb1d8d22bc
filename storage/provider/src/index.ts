// @cess/provider: the storage node.
import './errors.js';

export type { ProviderChainInit } from './chain/chain-adapter.js';
export type {
  ChainFragment,
  DutyEvent,
  FileEvent,
  GatewayKey,
  ProviderChain,
  ProviderEvent,
  ProviderRecord,
  RegistrationRequest,
  SeenBlock,
} from './chain/chain-port.js';
export type { DutyAdapterInit } from './chain/duty-adapter.js';
export type { DutyChain } from './chain/duty-chain.js';
export { type EventListener, FinalizedFeed } from './chain/finalized-feed.js';
export type { ProviderComponents } from './components.js';
export type { ProviderConfig } from './config.js';
export { checkProvider, isSound, type ProviderCheck } from './inspection/check-provider.js';
export { type ProviderRepair, repairProvider } from './inspection/repair-provider.js';
export { chainHoldings } from './inspection/stopped-store.js';
export type { DutyProgress } from './metrics/duty-progress.js';
export { ProviderMetrics } from './metrics/provider-metrics.js';
export { createProvider, type Provider } from './provider.js';
export { createProviderOverChain, type ProviderOverChainInit } from './provider-over-chain.js';
export { createSharedWork, type SharedWork } from './scheduling/shared-work.js';
export type { TeePort } from './tagging/tee-port.js';
