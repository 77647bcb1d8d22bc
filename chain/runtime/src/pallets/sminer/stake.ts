// Stake for declared space (ECON-3): 4000 CESS for each started TiB.
import { TiB } from '@cess/primitives';
import { STAKE_PER_TIB } from './types.js';

const TIB_BYTES = BigInt(TiB);

/** Stake for a declared space. */
export function stakeFor(declaredBytes: bigint): bigint {
  return ((declaredBytes + TIB_BYTES - 1n) / TIB_BYTES) * STAKE_PER_TIB;
}
