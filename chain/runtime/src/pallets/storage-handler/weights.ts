// Weights of StorageHandler.
import type { Weight } from '@cess/chain-primitives';
import { refTime } from '../../frame/weight.js';
import { weightTable } from '../../weight-table.js';

export const CALL_WEIGHT = refTime(weightTable.territoryCall);

/** Weight of ending so many leases. */
export function sweepWeight(swept: number): Weight {
  return refTime(BigInt(swept) * weightTable.territoryCall);
}
