// The types of the fragment store.

/** Place and root of a fragment. Several places may hold the same root. Each is deleted separately. */
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
  /** Account of the gateway that stored it, 32 bytes. */
  readonly gateway: Uint8Array;
  /** An undeclared fragment is kept until this time, in Unix seconds. */
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
  /** Number of held places. */
  readonly fragments: number;
  /** Bytes of fragment files and logs on disk. */
  readonly usedBytes: number;
  /** Bytes of the logs alone. */
  readonly logBytes: number;
  /** Bytes of running puts. */
  readonly reservedBytes: number;
}

/** What recovery found and repaired at open. */
export interface RecoveryReport {
  /** Files of interrupted uploads. */
  readonly temporaryFiles: number;
  /** Fragment files without a record, which moved into quarantine. */
  readonly orphanFiles: number;
  /** All files in quarantine. */
  readonly quarantinedFiles: number;
  /** Records without a fragment file (a lost or wiped disk). */
  readonly lostFragments: number;
  /** Bytes truncated from the end of the newest log (a torn write). */
  readonly tornBytes: number;
  /** Skipped damaged regions inside logs. */
  readonly damagedRegions: number;
}

/** Rejects malformed ids before they are used as keys or paths. */
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
