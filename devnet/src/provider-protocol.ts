// The calls between the network and the thread in which its providers run.
import type { ProviderAction, ProviderStatus } from '@cess/node-api';

export interface ProviderSpec {
  readonly name: string;
  readonly dir: string;
  readonly nodeSeed: Uint8Array;
  readonly accountSeed: Uint8Array;
  /** Port of the last run; 0 selects a free port. */
  readonly port: number;
  readonly declaredBytes: number;
}

export interface ProviderThreadData {
  readonly rpcEndpoint: string;
  readonly host: string;
  readonly minFreeBytes: number;
  readonly scrubBytesPerSecond: number;
  readonly logFile: string;
  readonly logLevel: string;
  readonly providers: readonly ProviderSpec[];
}

/** Metrics texts of the running providers, by name. */
export type ProviderTexts = ReadonlyMap<string, string>;

/** The calls of the thread. */
export interface ProviderCalls {
  /** Resolves when all providers serve and are registered on chain. */
  readonly whenReady: { readonly args: readonly []; readonly result: undefined };
  readonly status: { readonly args: readonly []; readonly result: readonly ProviderStatus[] };
  readonly metrics: { readonly args: readonly []; readonly result: ProviderTexts };
  readonly act: { readonly args: readonly [name: string, action: ProviderAction]; readonly result: ProviderStatus };
  readonly shutdown: { readonly args: readonly []; readonly result: undefined };
}
