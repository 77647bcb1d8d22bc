// The price of state. Whoever makes the chain keep an entry that neither a stake nor the price of space pays for has a deposit on
// hold for as long as the entry stays (docs/protocol/ledger.md §3). Each deposit is recorded with its amount, so that another
// price in a later version changes nothing about earlier ones.
import { CESS } from '@cess/primitives';

/** An entry of the state, with its key. */
export const DEPOSIT_PER_ITEM = CESS / 1000n;
/** A byte of the value of an entry. */
export const DEPOSIT_PER_BYTE = CESS / 100_000n;

export function stateDeposit(items: number, bytes: number): bigint {
  return BigInt(items) * DEPOSIT_PER_ITEM + BigInt(bytes) * DEPOSIT_PER_BYTE;
}
