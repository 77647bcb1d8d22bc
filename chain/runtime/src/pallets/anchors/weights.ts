// Weights of Anchors.
import type { Weight } from '@cess/chain-primitives';
import { refTime } from '../../frame/weight.js';
import { weightTable } from '../../weight-table.js';

const table = weightTable.Anchors;

/** Weight of a call. None depends on its arguments. */
export function weightOf(call: keyof typeof table): Weight {
  return refTime(table[call].base);
}

/** Weight of a migration that changes so many anchors. */
export function migrationWeight(anchors: number): Weight {
  return refTime(BigInt(anchors) * table.anchor.base);
}
