// Weights of Sminer.
import type { Weight } from '@cess/chain-primitives';
import { refTime } from '../../frame/weight.js';
import { weightTable } from '../../weight-table.js';

export const CALL_WEIGHT = refTime(weightTable.providerCall);
/** A signature is verified. */
export const SIGNATURE_WEIGHT = refTime(weightTable.nodeKey);
/** An entry is released, or moved after a look at the questions of the provider. */
const PER_RELEASE = 300_000_000n;

export function releasesWeight(count: number): Weight {
  return refTime(BigInt(count) * PER_RELEASE);
}
