// @cess/provider: the storage node.
export { ProviderChainAdapter, type ProviderChainInit } from './chain/chain-adapter.js';
export { type FileListener, FinalizedFeed } from './chain/finalized-feed.js';
export type {
  ChainFragment,
  FileEvent,
  FragmentAddress,
  GatewayKey,
  MinerRecord,
  ProviderChain,
  RegistrationRequest,
} from './chain-port.js';
export type { ProviderConfig } from './config.js';
export { createProvider, type Provider, type ProviderComponents } from './provider.js';
export { createProviderOverChain, type ProviderOverChainInit } from './provider-over-chain.js';
