// @cess/node: the composition root of a chain node.
import './errors.js';

export { type AuthorityKey, type ChainNode, type ChainNodeInit, createChainNode, type SyncMode } from './chain-node.js';
export { type ChainSpec, parseChainSpec } from './chain-spec.js';
export { genesisHashOf, specDigest } from './engine/genesis.js';
export { type EpochRecord, openKeptEpoch } from './finality/kept-epoch.js';
export type { VoterEpoch } from './finality/voting-finality.js';
export { NodeMetrics } from './node-metrics.js';
export type { LocalSocket, LocalSocketListener } from './rpc/local-socket.js';
export { isOrigin, parseRpcOrigins, type RpcOrigins } from './rpc/origin-check.js';
export type { RpcLimits } from './rpc/rpc-limits.js';
