// The limits of a host and their defaults (docs/protocol/network.md §4). Limits of a request protocol or a gossip topic are
// part of its definition instead, because both sides must know them.

export interface NetworkLimits {
  /** Most connections. A quarter of them is kept for connections that this node opens, so that inbound ones cannot fill it. */
  readonly maxConnections: number;
  /** Most connections with addresses of one /24 of IPv4 or one /48 of IPv6, and most relayed ones. */
  readonly maxConnectionsPerRange: number;
  /** Most new inbound connections a second from one address. */
  readonly maxNewConnectionsPerSecond: number;
  /** Whether addresses of this machine and of private networks are exempt from the two limits by address: of networks on one machine or site. */
  readonly isPrivateExempt: boolean;
  /** The host looks for peers while it has fewer connected peers. */
  readonly targetPeers: number;
  /** Most requests that are handled at once, over all protocols; one peer gets at most half. */
  readonly maxRequests: number;
  /** Most gossip messages that are validated at once; one peer gets at most half. */
  readonly maxValidations: number;
  /** Most ids of gossip messages that the router remembers, of messages received and of own ones each; about 200 bytes each. */
  readonly maxSeenMessages: number;
  /** Largest gossip message of any topic. */
  readonly maxGossipBytes: number;
  /** Time in which a peer's penalty halves, and how long a ban lasts. */
  readonly penaltyHalfLifeMs: number;
  readonly banMs: number;
  /** Most peers with a penalty, and most bans, that are remembered. */
  readonly maxPenalties: number;
  /** Most entries of others in the store of the DHT, of each kind: capability records, known peers. */
  readonly maxStoredRecords: number;
  /** Most announcements ("this peer has this role at this place") in the store: in all, and for one role, place and shard. */
  readonly maxStoredAnnouncements: number;
  readonly maxAnnouncementsPerKey: number;
  /** Most relay reservations that a relay server gives. */
  readonly maxRelayReservations: number;
  /** Most time for opening a connection. */
  readonly dialTimeoutMs: number;
  /** A connection whose peer has not shown within this time that it belongs to the network is closed. */
  readonly identifyTimeoutMs: number;
}

export const defaultNetworkLimits: NetworkLimits = {
  maxConnections: 200,
  maxConnectionsPerRange: 8,
  maxNewConnectionsPerSecond: 5,
  isPrivateExempt: false,
  targetPeers: 30,
  maxRequests: 64,
  maxValidations: 256,
  maxSeenMessages: 65_536,
  maxGossipBytes: 1 << 20,
  penaltyHalfLifeMs: 600_000,
  banMs: 3_600_000,
  maxPenalties: 4096,
  maxStoredRecords: 8192,
  maxStoredAnnouncements: 32_768,
  maxAnnouncementsPerKey: 64,
  maxRelayReservations: 15,
  dialTimeoutMs: 10_000,
  identifyTimeoutMs: 10_000,
};
