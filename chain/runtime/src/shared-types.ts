// Words that several pallets share. Pallets meet only through their `Needs`, which are written in these.

/** A fragment of a stored file. */
export interface FragmentPlace {
  readonly fileId: Uint8Array;
  readonly segment: number;
  readonly fragment: number;
}

/** A round of the audit: of the registry that a provider has under a tagging key. */
export interface RoundRef {
  readonly provider: number;
  readonly keyId: Uint8Array;
  readonly round: number;
}

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
