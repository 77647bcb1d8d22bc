// Bounds of the RPC server: everything that clients can make grow.

export interface RpcLimits {
  readonly maxMessageBytes: number;
  readonly maxConnections: number;
  /** Connections from one IPv4 address or one /64 network of IPv6, so that nobody takes all of them. */
  readonly maxConnectionsPerClient: number;
  readonly maxBatch: number;
  /** Characters of one response, one notification, or all responses of a batch. */
  readonly maxResponseBytes: number;
  readonly maxSubscriptionsPerConnection: number;
  /** Keys of all storage subscriptions of a connection. */
  readonly maxWatchedKeysPerConnection: number;
  readonly maxPendingPerConnection: number;
  /** Characters of the requests in progress on one connection. */
  readonly maxPendingBytes: number;
  /** A connection that reads this much too slowly is closed. */
  readonly maxUnsentBytes: number;
  /** Unsent bytes of all connections together; beyond it the slowest reader is closed. */
  readonly maxUnsentBytesTotal: number;
}

export const defaultRpcLimits: RpcLimits = {
  maxMessageBytes: 8 * 1024 * 1024,
  maxConnections: 512,
  maxConnectionsPerClient: 256,
  maxBatch: 64,
  maxResponseBytes: 15 * 1024 * 1024,
  maxSubscriptionsPerConnection: 1024,
  maxWatchedKeysPerConnection: 8192,
  maxPendingPerConnection: 256,
  maxPendingBytes: 16 * 1024 * 1024,
  maxUnsentBytes: 32 * 1024 * 1024,
  maxUnsentBytesTotal: 256 * 1024 * 1024,
};
