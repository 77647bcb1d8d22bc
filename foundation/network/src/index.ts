// @cess/network: the peer-to-peer host over libp2p: requests, gossip, and capability records that anyone finds by key, role and place.
import './errors.js';

export type { CapabilityDirectory, CapabilityQuery } from './capability-directory.js';
export {
  type Capabilities,
  type CapabilityRecord,
  type Capacity,
  type NetworkRole,
  networkRoles,
  type RecordProblem,
  recordLimits,
  signCapabilityRecord,
  verifyCapabilityRecord,
} from './capability-record.js';
export type { GossipMessage, GossipSubscription, GossipTopic, GossipVerdict } from './gossip.js';
export { defaultNetworkLimits, type NetworkLimits } from './limits.js';
export { type ConnectedPeer, type NetworkHost, type NetworkHostOptions, openNetworkHost } from './network-host.js';
export { declareNetworkMetrics, type NetworkReadings } from './network-metrics.js';
export { keyOfPeerId, type PeerId, peerIdOfKey } from './peer-id.js';
export type { Offence } from './peer-reputation.js';
export type { RequestContext, RequestHandler, RequestProtocol } from './request-protocol.js';
