// Weights of System.
import type { Weight } from '@cess/chain-primitives';
import { refTime } from '../../frame/weight.js';
import { weightTable } from '../../weight-table.js';

export function remarkWeight({ remark }: { readonly remark: Uint8Array }): Weight {
  return refTime(BigInt(remark.length) * weightTable.remarkByte);
}
