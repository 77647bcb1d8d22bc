// The words of the store: which fragment, held for whom, until when.

/** Where a fragment belongs, and its root. The same root may be held for several places; each is deleted alone. */
export interface FragmentId {
  /** 32 bytes. */
  readonly orderId: Uint8Array;
  /** Index of the segment in its file, u32. */
  readonly segment: number;
  /** Index of the fragment in its segment, u16. */
  readonly fragment: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
}

export interface StoredFragment extends FragmentId {
  readonly length: number;
  /** Account of the gateway for which it is held, 32 bytes. */
  readonly gateway: Uint8Array;
  /** Unix seconds until which it is kept while undeclared. */
  readonly expirySeconds: number;
  /** The file that declares it on chain; undefined until then. */
  readonly fileId: Uint8Array | undefined;
}

export interface PutFragment extends FragmentId {
  readonly length: number;
  readonly gateway: Uint8Array;
  readonly expirySeconds: number;
}

export interface FragmentUpdate {
  readonly id: FragmentId;
  readonly expirySeconds?: number;
  readonly fileId?: Uint8Array;
}

export interface StoreUsage {
  /** Places held. */
  readonly fragments: number;
  /** Bytes of fragment files and logs on disk. */
  readonly usedBytes: number;
  /** Bytes of the logs alone. */
  readonly logBytes: number;
  /** Bytes of puts under way. */
  readonly reservedBytes: number;
}

/** What opening had to put right. */
export interface RecoveryReport {
  /** Files of uploads that never ended. */
  readonly temporaryFiles: number;
  /** Fragment files that no record names. */
  readonly orphanFiles: number;
  /** Records whose fragment file is gone (a lost or wiped disk). */
  readonly lostFragments: number;
  /** Bytes cut from the end of the newest log (a torn write). */
  readonly tornBytes: number;
  /** Damaged regions inside logs that were stepped over. */
  readonly damagedRegions: number;
}

/** Refuses malformed ids before they become keys or paths. */
export function isFragmentId(id: FragmentId): boolean {
  return (
    id.orderId.length === 32 &&
    id.root.length === 32 &&
    Number.isInteger(id.segment) &&
    id.segment >= 0 &&
    id.segment <= 0xffff_ffff &&
    Number.isInteger(id.fragment) &&
    id.fragment >= 0 &&
    id.fragment <= 0xffff
  );
}
