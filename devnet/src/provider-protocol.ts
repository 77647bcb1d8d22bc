// Messages between the network and the thread in which its providers run.
import type { ProviderAction, ProviderStatus } from '@cess/node-api';

export interface ProviderSpec {
  readonly name: string;
  readonly dir: string;
  readonly nodeSeed: Uint8Array;
  readonly accountSeed: Uint8Array;
  /** Port of the last run; 0 takes a free one. */
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

export type ProviderRequest =
  | { readonly id: number; readonly type: 'status' }
  | { readonly id: number; readonly type: 'metrics' }
  | { readonly id: number; readonly type: 'action'; readonly name: string; readonly action: ProviderAction }
  | { readonly id: number; readonly type: 'shutdown' };

/** Of those that run: name to text. */
export type ProviderTexts = ReadonlyMap<string, string>;

/** `metrics` is answered with texts, all else with the status of whom it concerns. */
export type ProviderReply =
  | { readonly id: number; readonly ok: true; readonly value: readonly ProviderStatus[] | ProviderTexts }
  | { readonly id: number; readonly ok: false; readonly code: string; readonly message: string };

/** Sent once all providers serve and are registered, or when one could not be started. */
export type ProviderNotice =
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly code: string; readonly message: string };
