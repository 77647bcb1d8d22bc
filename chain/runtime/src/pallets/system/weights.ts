// Weights of System.
import type { Weight } from '@cess/chain-primitives';
import { refTime } from '../../frame/weight.js';
import { weightTable } from '../../weight-table.js';

const table = weightTable.System;

/** Weight of a remark of these bytes. */
export function remarkWeight(call: keyof typeof table, { remark }: { readonly remark: Uint8Array }): Weight {
  const { base, byte } = table[call];
  return refTime(base + byte * BigInt(remark.length));
}
