import { ChainClient } from '@cess/client';
import { type Logger, silentLogger } from '@cess/primitives';

/** A chain node and how to reach it. */
export interface ConnectChainOptions {
  /** `ws://host:port` or `wss://host:port` of a chain node. */
  readonly endpoint: string;
  /** Default: silent. */
  readonly logger?: Logger;
  /** Time for one call. Default 20 s. */
  readonly requestTimeoutMs?: number;
  /** Called when the node turns out to be of another chain after a reconnection. Default: an uncaught error. */
  readonly onFatal?: (error: unknown) => void;
}

/**
 * A connection to a chain node, which reconnects by itself until `close`. What the node says is not verified: `@cess/sdk/light` verifies.
 * Throws `RPC_TIMEOUT`.
 */
export function connectChain({ logger = silentLogger, ...options }: ConnectChainOptions): Promise<ChainClient> {
  return ChainClient.connect({ logger, ...options });
}
