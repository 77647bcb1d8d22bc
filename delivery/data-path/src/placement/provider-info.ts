// Providers as the data path knows them.
import type { ProviderAddress } from '@cess/node-api';

/** A provider as the chain knows it. */
export interface ProviderInfo extends ProviderAddress {
  /** Index on chain. */
  readonly index: number;
  readonly declaredBytes: number;
  readonly serviceBytes: number;
  /** Whether the chain lets it hold new fragments; what it holds is read in any case. */
  readonly takesFragments: boolean;
}

/** Where the list of providers comes from. */
export interface ProviderList {
  /** Whether the chain can be reached now. */
  readonly isConnected: boolean;
  listProviders(signal: AbortSignal): Promise<readonly ProviderInfo[]>;
}
