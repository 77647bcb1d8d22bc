// Bounds of the RPC server: everything that clients can make grow.

export interface RpcLimits {
  readonly maxMessageBytes: number;
  readonly maxConnections: number;
  readonly maxBatch: number;
  readonly maxSubscriptionsPerConnection: number;
  readonly maxPendingPerConnection: number;
  /** Characters of the requests under way on one connection. */
  readonly maxPendingBytes: number;
  /** A connection that reads this much too slowly is closed. */
  readonly maxUnsentBytes: number;
}

export const defaultRpcLimits: RpcLimits = {
  maxMessageBytes: 8 * 1024 * 1024,
  maxConnections: 512,
  maxBatch: 64,
  maxSubscriptionsPerConnection: 1024,
  maxPendingPerConnection: 256,
  maxPendingBytes: 16 * 1024 * 1024,
  maxUnsentBytes: 32 * 1024 * 1024,
};
