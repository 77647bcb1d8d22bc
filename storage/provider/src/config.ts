// Configuration of one provider. Sizes in bytes, times in the unit of the name.
import type { BodyPace } from '@cess/node-api';

export interface ProviderConfig {
  /** Directory that only this provider uses. */
  readonly dir: string;
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** URL that is registered on chain. Default: scheme, host and port of the server. */
  readonly endpoint?: string;
  /** Whether the server speaks TLS on loopback, too. Default false. Elsewhere it always does. */
  readonly isTlsOnLoopback?: boolean;
  /** Space that the provider declares and stakes for. It never stores more. */
  readonly declaredBytes: number;
  /** Bytes of the disk that stay free. Default 1 GiB. */
  readonly minFreeBytes?: number;
  /** How long undeclared fragments are kept. Default 7 days, which is also the minimum in production. */
  readonly retentionSeconds?: number;
  /** Pause between two rounds of upkeep (garbage collection and comparison with the chain). Default 10 minutes. */
  readonly upkeepIntervalMs?: number;
  /** Most concurrent requests. One client address, and one reading node, get at most half. Others get 503. Default 256. */
  readonly maxRequests?: number;
  /** Most concurrent uploads. One gateway gets at most half. Others get 503. Default 64. */
  readonly maxUploads?: number;
  /** Least rate of request bodies. Slower ones get 408. Default: 30 KiB in 30 s. */
  readonly bodyPace?: BodyPace;
  /** The server closes a connection that moves no byte for this long. Default 30 s. */
  readonly stallTimeoutMs?: number;
  /** Longest fragment. Default 32 MiB. */
  readonly maxFragmentBytes?: number;
  /** Most restoral orders that the provider claims at a time. Default 4. 0 claims none. */
  readonly maxRestorals?: number;
  /** Average pause between two reads of the restoral queue. Default 15 s. */
  readonly restoralIntervalMs?: number;
  /** Rate at which all providers of the process together scrub fragments. Default 8 MiB/s. 0 disables scrubbing. */
  readonly scrubBytesPerSecond?: number;
  /** Pause between two scrubbing passes. The first starts within a minute. Default 1 hour. */
  readonly scrubIntervalMs?: number;
}

export const defaultMaxRequests = 256;
export const defaultMaxUploads = 64;
/** Most concurrent holdings and renewals, whose bodies lie in memory. */
export const maxBatches = 16;
export const defaultStallTimeoutMs = 30_000;
export const defaultUpkeepIntervalMs = 600_000;
export const defaultMaxRestorals = 4;
export const defaultRestoralIntervalMs = 15_000;
export const defaultScrubBytesPerSecond = 8 * 1024 * 1024;
export const defaultScrubIntervalMs = 3_600_000;

export const defaultRetentionSeconds = 7 * 24 * 3600;
export const defaultMaxFragmentBytes = 32 * 1024 * 1024;
