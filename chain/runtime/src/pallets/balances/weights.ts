// Weights of Balances.
import type { Weight } from '@cess/chain-primitives';
import { refTime } from '../../frame/weight.js';
import { weightTable } from '../../weight-table.js';

export const TRANSFER_WEIGHT = refTime(weightTable.transfer);

/** Weight of a migration that looks at so many accounts. */
export function migrationWeight(accounts: number): Weight {
  return refTime(BigInt(accounts) * weightTable.transfer);
}
