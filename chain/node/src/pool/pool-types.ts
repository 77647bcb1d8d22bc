// Words of the transaction pool.
import type { TransactionValidityError } from '@cess/chain-primitives';

/** Status of a watched transaction, as `author_extrinsicUpdate` reports it. */
export type TransactionStatus =
  | { readonly type: 'future' | 'ready' | 'dropped' | 'invalid' }
  | { readonly type: 'inBlock' | 'retracted' | 'finalized' | 'finalityTimeout' | 'usurped'; readonly hash: Uint8Array };

export type StatusListener = (status: TransactionStatus) => void;

/** `usurped`, `dropped`, `invalid`, `finalized`, `finalityTimeout`: nothing follows. */
export function isFinalStatus(status: TransactionStatus): boolean {
  return ['usurped', 'dropped', 'invalid', 'finalized', 'finalityTimeout'].includes(status.type);
}

export type PoolRefusal =
  | { readonly type: 'already-known' }
  | { readonly type: 'too-low-priority' }
  | { readonly type: 'full' }
  | { readonly type: 'too-large' }
  | { readonly type: 'banned' }
  | { readonly type: 'validity'; readonly error: TransactionValidityError };

export interface PoolLimits {
  readonly maxTransactions: number;
  readonly maxBytes: number;
  /** Transactions that depend on a missing one. */
  readonly maxFuture: number;
  /** Transactions of one account. */
  readonly maxPerSender: number;
}

export const defaultPoolLimits: PoolLimits = {
  maxTransactions: 8192,
  maxBytes: 64 * 1024 * 1024,
  maxFuture: 1024,
  maxPerSender: 1024,
};
