// Words that several pallets share. Pallets meet only through their `Needs`, which are written in these.

export type { FragmentPlace, RoundRef } from '@cess/types';

/** Fragments that a provider holds. */
export interface Holding {
  readonly bytes: bigint;
  readonly fragments: bigint;
}

/** What an owner gets back for lost fragments. */
export interface Refund {
  readonly owner: Uint8Array;
  readonly amount: bigint;
}
