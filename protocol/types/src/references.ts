// How layers refer to a fragment and to a round of the audit.

/** A fragment of a declared file. */
export interface FragmentPlace {
  readonly fileId: Uint8Array;
  readonly segment: number;
  readonly fragment: number;
}

/** A fragment of an upload, whose file may not be declared yet. */
export interface OrderPlace {
  readonly orderId: Uint8Array;
  readonly segment: number;
  readonly fragment: number;
}

/** A round of the audit of what one provider holds under one tagging key. */
export interface RoundRef {
  /** Index of the provider on chain. */
  readonly provider: number;
  readonly keyId: Uint8Array;
  readonly round: number;
}
