// What goes over the wall between the node's thread and the engine's: plain data that structured clone keeps.
import type { Header, TransactionSource, TransactionValidityError, ValidTransaction } from '@cess/chain-primitives';
import type { HookFailure } from '@cess/runtime';
import type { ChainSpec } from '../chain-spec.js';
import type { BlockPointer } from './block-store.js';
import type { Reorganisation } from './canonical-chain.js';
import type { ProposedTransaction, RefusedTransaction } from './execution.js';
import type { HistoricBlock } from './history-import.js';
import type { VersionEra } from './runtime-registry.js';
import type { StateImportProgress } from './state-import.js';
import type { CallLimits } from './timed-state.js';

export interface ChainHeads {
  readonly genesisHash: Uint8Array;
  readonly best: BlockPointer;
  readonly finalized: BlockPointer;
}

export interface ProposeRequest {
  readonly slot: bigint;
  /** ed25519 key of the author. */
  readonly author: Uint8Array;
  /** Seed of the authority's key, for the VRF. */
  readonly secretSeed: Uint8Array;
  readonly transactions: readonly ProposedTransaction[];
  /** Milliseconds since the epoch after which no further transaction is applied. */
  readonly deadlineMs: number;
  readonly callLimits: CallLimits;
}

export interface Proposal {
  /** Without seal. */
  readonly header: Header;
  readonly extrinsics: readonly Uint8Array[];
  readonly refused: readonly RefusedTransaction[];
  /** Why building the block with transactions failed; such a block contains inherents only. */
  readonly degraded?: string;
}

export interface ImportedBlock extends Reorganisation {
  readonly pointer: BlockPointer;
  readonly header: Header;
  /** ed25519 key that sealed it. */
  readonly author: Uint8Array;
  readonly isBest: boolean;
  /** Hooks that threw in this block and were rolled back. */
  readonly hookFailures: readonly HookFailure[];
  /** Blocks so far that the clock of duties does not count, as of this block. */
  readonly lostBlocks: number;
}

/** The best chain changes if it lacks the block that became final. */
export interface Finalized extends Reorganisation {
  readonly finalized: BlockPointer;
  readonly best: BlockPointer;
  /** Ascending. */
  readonly newlyFinal: readonly BlockPointer[];
  readonly justification: Uint8Array;
}

export type ValidityVerdict =
  | { readonly ok: true; readonly value: ValidTransaction }
  | { readonly ok: false; readonly error: TransactionValidityError };

export interface EngineInit {
  readonly dataDir: string;
  readonly spec: ChainSpec;
  readonly keptBlocks?: number | undefined;
}

/** The engine's calls as a table of argument tuples and results. */
export interface EngineCalls {
  heads: { args: []; result: ChainHeads };
  versions: { args: []; result: VersionEra[] };
  propose: { args: [ProposeRequest]; result: Proposal };
  importBlock: { args: [Header, readonly Uint8Array[]]; result: ImportedBlock };
  /** With a record of the voter, both are durable together. */
  finalize: { args: [justification: Uint8Array, voterRecord?: Uint8Array]; result: Finalized };
  /** Makes the record of the voter durable. */
  putVoterRecord: { args: [Uint8Array]; result: undefined };
  /** The import of a state (state-import.ts). */
  stateImport: { args: []; result: StateImportProgress | undefined };
  beginStateImport: { args: [proofs: readonly Uint8Array[], keepsHistory: boolean]; result: StateImportProgress };
  /** True when the state is whole. */
  addStateRange: { args: [items: readonly Uint8Array[]]; result: boolean };
  /** Gives up the import that is under way, if there is one. */
  dropStateImport: { args: []; result: undefined };
  addHistory: { args: [ascending: readonly HistoricBlock[]]; result: undefined };
  validate: { args: [TransactionSource, readonly Uint8Array[]]; result: ValidityVerdict[] };
  close: { args: []; result: undefined };
}

export type EngineMethod = keyof EngineCalls;
