// Weights of StorageHandler.
import type { Weight } from '@cess/chain-primitives';
import { refTime } from '../../frame/weight.js';
import { weightTable } from '../../weight-table.js';
import { MAX_QUOTAS } from './declaration.js';

const table = weightTable.StorageHandler;

/** Weight of a call that costs the same whatever it finds. */
export function weightOf(call: Exclude<keyof typeof table, 'lock_quota' | 'onInitialize'>): Weight {
  return refTime(table[call].base);
}

/** Weight of a lock of quota beside so many quotas of others. */
export function lockWeight(quotas = MAX_QUOTAS): Weight {
  const { base, quota } = table.lock_quota;
  return refTime(base + quota * BigInt(quotas));
}

/** Weight of the end of a lease with so many quotas. */
export function leaseWeight(quotas: number): Weight {
  const { lease, quota } = table.onInitialize;
  return refTime(lease + quota * BigInt(quotas));
}
