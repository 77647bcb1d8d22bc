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
}

export const defaultRetentionSeconds = 7 * 24 * 3600;
export const defaultMaxFragmentBytes = 32 * 1024 * 1024;
