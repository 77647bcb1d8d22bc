// Configuration of one provider. Sizes in bytes, times in the unit of the name.

export interface ProviderConfig {
  /** Directory of this provider alone. */
  readonly dir: string;
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** What is registered on chain; `http://host:port` unless given. */
  readonly endpoint?: string;
  /** Space that is declared and staked for, and never exceeded. */
  readonly declaredBytes: number;
  /** Free bytes left on the disk. Default 1 GiB. */
  readonly minFreeBytes?: number;
  /** How long undeclared fragments are kept. Default and least in production 7 days. */
  readonly retentionSeconds?: number;
  /** Pause between two rounds of upkeep (collection and comparison with the chain). Default 10 minutes. */
  readonly upkeepIntervalMs?: number;
  /** Requests at once; more are answered 503. Default 256. */
  readonly maxRequests?: number;
  /** Uploads at once; more are answered 503. Default 64. */
  readonly maxUploads?: number;
  /** A connection without a byte in either direction for this long is closed. Default 30 s. */
  readonly stallTimeoutMs?: number;
  /** Longest fragment. Default 32 MiB. */
  readonly maxFragmentBytes?: number;
  /** Restoral orders that are worked on at once. Default 4; 0 takes none. */
  readonly maxRestorals?: number;
  /** Pause between two looks at the queue of restoral orders, on average. Default 15 s. */
  readonly restoralIntervalMs?: number;
  /** Rate at which held fragments are read to find rot, all providers of the process together. Default 8 MiB/s; 0: never. */
  readonly scrubBytesPerSecond?: number;
  /** Pause between two passes over all held fragments; the first begins after a minute at the latest. Default 1 hour. */
  readonly scrubIntervalMs?: number;
}

export const defaultUpkeepIntervalMs = 600_000;
export const defaultMaxRestorals = 4;
export const defaultRestoralIntervalMs = 15_000;
export const defaultScrubBytesPerSecond = 8 * 1024 * 1024;
export const defaultScrubIntervalMs = 3_600_000;

export const defaultRetentionSeconds = 7 * 24 * 3600;
export const defaultMaxFragmentBytes = 32 * 1024 * 1024;
