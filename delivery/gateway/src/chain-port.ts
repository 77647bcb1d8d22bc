// The chain as the gateway uses it. chain/chain-adapter.ts implements it over @cess/client. No S3 response waits for
// the chain.
import type { AnchorState, LogPosition } from '@cess/audit-log';
import type { ProviderList } from '@cess/data-path';
import type { HoldReason } from '@cess/object-index';
import type { FinalizedState } from '@cess/object-receipt';

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
  /** Last block in which the chain accepts the attestation. */
  readonly until: number;
  readonly signature: Uint8Array;
}

export interface FragmentPlace {
  readonly fileId: Uint8Array;
  readonly segment: number;
  readonly fragment: number;
}

export interface Placement extends HolderAttestation, FragmentPlace {}

/** A named holder that the chain did not record: its fragment is a hole. */
export interface RefusedHolder extends FragmentPlace {
  readonly provider: number;
  readonly reason: string;
}

export interface DeclarationOutcome {
  readonly refused: readonly RefusedHolder[];
  /** Files that were recorded by an earlier declaration, whose holders may differ from those named now. */
  readonly known: readonly Uint8Array[];
}

/** A fragment of a declared file changed its holder; undefined: it has no holder until a provider restores it. */
export interface HolderChange {
  readonly fileId: Uint8Array;
  readonly segment: number;
  readonly fragment: number;
  readonly holder: number | undefined;
}

/** What this gateway may declare in a territory now. */
export interface DeclarableSpace {
  readonly bytes: number;
  /** Why it may declare nothing, whatever the quota; only the owner can change that. */
  readonly barrier: Exclude<HoldReason, 'quota-exceeded'> | undefined;
}

/** A registered gateway that an owner authorised. */
export interface AuthorizedGateway {
  readonly account: Uint8Array;
  /** X25519 key to which keys are wrapped for it. */
  readonly wrappingKey: Uint8Array;
}

/** The protection status of a declared file. Lost: fewer than k fragments of some segment have a holder. */
export type ProtectionStatus = 'lost' | 'declared' | 'tagged' | 'proven';

/** Calls resolve when their effect is in a finalized block; they throw `CHAIN_DISPATCH_FAILED` on rejection. */
export interface GatewayChain extends ProviderList {
  readonly genesis: Uint8Array;
  /** Time of the newest finalized block, in Unix milliseconds. */
  finalizedTimeMs(): Promise<number>;
  /** Bytes of the territory still locked for this gateway at the finalized head. */
  lockedQuota(owner: Uint8Array, territory: string): Promise<number>;
  declarableSpace(owner: Uint8Array, territory: string): Promise<DeclarableSpace>;
  /** Whether this gateway has declared any file. Reads the records of the whole network until it finds one. */
  hasDeclaredFiles(): Promise<boolean>;
  isDeclared(fileId: Uint8Array): Promise<boolean>;
  /** The holder of a fragment on chain; undefined for a hole or an unknown file. */
  fragmentHolder(fileId: Uint8Array, segment: number, fragment: number): Promise<number | undefined>;
  /** Holders of all fragments of a segment; empty for files that the chain does not know. */
  holdersOf(fileId: Uint8Array, segment: number, fragments: number): Promise<readonly (number | undefined)[]>;
  /** The status of the least protected of these files. At most 1,000 files. */
  protectionOf(fileIds: readonly Uint8Array[]): Promise<ProtectionStatus>;
  /**
   * Subscribes to holder changes in finalized blocks. A block whose listener rejects is delivered again. `onGap` is
   * called when blocks were missed after a long outage. The returned function unsubscribes.
   */
  followHolders(listener: (changes: readonly HolderChange[]) => Promise<void>, onGap: () => void): () => Promise<void>;
  /** Declares all files or none. A named holder that the chain refuses leaves a hole. */
  declareBatch(
    files: readonly FileDeclaration[],
    attestations: readonly HolderAttestation[],
  ): Promise<DeclarationOutcome>;
  deleteFiles(owner: Uint8Array, fileIds: readonly Uint8Array[]): Promise<void>;
  reportPlacement(placement: Placement): Promise<void>;
  /** The newest finalized state, with proofs of what is read. */
  finalizedState(): Promise<FinalizedState>;
  /** The gateways that an owner lets act, at the finalized head; those without a registration are left out. */
  authorizedGateways(owner: Uint8Array): Promise<readonly AuthorizedGateway[]>;
  /** The anchors of a log of this gateway at the finalized head. */
  anchorsOf(log: string): Promise<AnchorState>;
  anchor(log: string, position: LogPosition): Promise<void>;
}
