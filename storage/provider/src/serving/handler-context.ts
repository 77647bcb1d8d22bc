// What the handlers share.
import type { ServerResponse } from 'node:http';
import type { Ed25519Signer } from '@cess/crypto';
import type { FragmentStore } from '@cess/fragment-store';
import type { DeclaredFiles } from '../holdings/declared-files.js';
import type { ProviderMetrics } from '../metrics/provider-metrics.js';
import type { Authenticator } from './request.js';

export interface HandlerContext {
  readonly store: FragmentStore;
  readonly declared: DeclaredFiles;
  readonly signer: Ed25519Signer;
  readonly genesis: Uint8Array;
  readonly auth: Authenticator;
  readonly maxFragmentBytes: number;
  readonly retentionSeconds: number;
  readonly declaredBytes: number;
  /** Fires when the provider stops. */
  readonly stopping: AbortSignal;
  readonly nowSeconds: () => number;
  /** This provider's index, if the chain gave it one. */
  readonly ownIndex: () => number | undefined;
  /** The index, or 503. */
  readonly requireIndex: () => number;
  /** Takes one of the places for uploads, or 503; gives it back with the returned function. */
  readonly enterUpload: () => () => void;
  readonly json: (response: ServerResponse, status: number, value: unknown) => void;
  readonly metrics: Pick<ProviderMetrics, 'uploadedBytes' | 'readBytes' | 'receipts'>;
}
