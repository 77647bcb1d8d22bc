// What a recovery needs of the chain and of providers.

/** The commitment of a gateway to the exported index of an owner. */
export interface IndexAnchor {
  readonly gateway: Uint8Array;
  readonly owner: Uint8Array;
  /** Number of the newest file. */
  readonly number: number;
  /** Id of the newest file. */
  readonly head: Uint8Array;
}

export interface RecordedSegment {
  readonly k: number;
  readonly ciphertextLength: number;
  readonly fragmentLength: number;
  readonly fragments: readonly { readonly root: Uint8Array; readonly holder: number | undefined }[];
}

/** A file as the chain records it. */
export interface RecordedFile {
  readonly owner: Uint8Array;
  readonly territory: string;
  readonly orderId: Uint8Array;
  readonly gateway: Uint8Array;
  readonly storedBytes: number;
  readonly segments: readonly RecordedSegment[];
}

/** The finalized chain. */
export interface RecoveryChain {
  readonly genesis: Uint8Array;
  /** The anchors of all exported indexes, proven against a finalized header. */
  anchors(): Promise<readonly IndexAnchor[]>;
  /** Undefined for a file that the chain does not know. */
  fileRecord(fileId: Uint8Array): Promise<RecordedFile | undefined>;
}

export interface FragmentSource {
  /** The first bytes of a fragment, unverified. Throws a coded error if the holder is unknown, does not answer or has it not. */
  read(holder: number, root: Uint8Array, length: number, signal: AbortSignal): Promise<Uint8Array>;
}
