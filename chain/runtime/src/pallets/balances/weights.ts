// Weights of Balances.
import type { Weight } from '@cess/chain-primitives';
import { refTime } from '../../frame/weight.js';
import { weightTable } from '../../weight-table.js';

const table = weightTable.Balances;

/** Weight of a call. None depends on its arguments. */
export function weightOf(call: keyof typeof table): Weight {
  return refTime(table[call].base);
}

/** Weight of a migration that looks at so many accounts. */
export function migrationWeight(accounts: number): Weight {
  return refTime(BigInt(accounts) * table.transfer_keep_alive.base);
}
