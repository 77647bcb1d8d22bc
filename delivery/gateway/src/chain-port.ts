// What the gateway needs of the chain. Implemented over @cess/client (chain/chain-adapter.ts); never between a client
// of the gateway and its answer.
import type { ProviderList } from '@cess/data-path';

export interface DeclaredFragment {
  readonly root: Uint8Array;
  readonly holder: number | undefined;
}

export interface DeclaredSegment {
  readonly k: number;
  readonly ciphertextLength: number;
  readonly fragmentLength: number;
  readonly fragments: readonly DeclaredFragment[];
}

export interface FileDeclaration {
  readonly owner: Uint8Array;
  readonly territory: string;
  readonly orderId: Uint8Array;
  readonly segments: readonly DeclaredSegment[];
}

export interface HolderAttestation {
  /** Index of the provider on chain. */
  readonly provider: number;
  readonly signature: Uint8Array;
}

export interface Placement extends HolderAttestation {
  readonly fileId: Uint8Array;
  readonly segment: number;
  readonly fragment: number;
}

/** A fragment of a declared file has another holder; undefined: none, until somebody restores it. */
export interface HolderChange {
  readonly fileId: Uint8Array;
  readonly segment: number;
  readonly fragment: number;
  readonly holder: number | undefined;
}

/** How far the protection of a declared file has come. */
export type ProtectionStatus = 'declared' | 'tagged' | 'proven';

/** Calls resolve when their effect is in a finalized block; they throw `CHAIN_DISPATCH_FAILED` when it is refused. */
export interface GatewayChain extends ProviderList {
  readonly genesis: Uint8Array;
  /** Bytes of the territory still locked for this gateway at the finalized head. */
  lockedQuota(owner: Uint8Array, territory: string): Promise<number>;
  isDeclared(fileId: Uint8Array): Promise<boolean>;
  /** Who the chain says holds a fragment; undefined for a hole or an unknown file. */
  fragmentHolder(fileId: Uint8Array, segment: number, fragment: number): Promise<number | undefined>;
  /** Holders of all fragments of a segment; nobody for files that the chain does not know. */
  holdersOf(fileId: Uint8Array, segment: number, fragments: number): Promise<readonly (number | undefined)[]>;
  /** The least protected of these files decides. At most 1,000. */
  protectionOf(fileIds: readonly Uint8Array[]): Promise<ProtectionStatus>;
  /**
   * Hands over what finalized blocks change of holders, from now on; a block whose listener rejects comes again. `onGap`
   * says that blocks were missed, after a long outage. Ends with the returned function.
   */
  followHolders(listener: (changes: readonly HolderChange[]) => Promise<void>, onGap: () => void): () => Promise<void>;
  declareBatch(files: readonly FileDeclaration[], attestations: readonly HolderAttestation[]): Promise<void>;
  deleteFiles(owner: Uint8Array, fileIds: readonly Uint8Array[]): Promise<void>;
  reportPlacement(placement: Placement): Promise<void>;
}
