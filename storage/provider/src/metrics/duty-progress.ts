// What a provider reports of its duties: counts since the start, and the work that is left.

export interface DutyProgress {
  /** Held fragments that have tags. */
  readonly tagged: number;
  /** Held fragments that wait for tags. */
  readonly toTag: number;
  /** Held fragments whose tags are on chain. */
  readonly reported: number;
  /** Number of the last round in which the provider submitted a proof. */
  readonly lastProofRound: number | undefined;
  readonly proofs: { readonly passed: number; readonly submitted: number; readonly conceded: number };
  /** Restoral orders claimed. */
  readonly claimed: number;
  /** Fragments restored for claimed orders. */
  readonly restored: number;
  /** Bytes read from other providers for restoral and repair. */
  readonly bytesRead: number;
  /** Bytes of fragments rebuilt for restoral and repair. */
  readonly bytesRebuilt: number;
  /** Fragments read by the scrubber. */
  readonly scrubbed: number;
  /** Bytes read by the scrubber. */
  readonly scrubbedBytes: number;
  /** Fragments found corrupt or missing. */
  readonly rotten: number;
  /** Fragments repaired in place. */
  readonly repaired: number;
}
