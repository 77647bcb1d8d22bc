// The API of the runtime for the node: pure, synchronous, deterministic. The same calls on the same state give
// the same bytes on every machine. No method keeps state of its own: everything lives behind `Externalities`.
import type {
  ApplyExtrinsicResult,
  DigestItem,
  Header,
  TransactionSource,
  TransactionValidityError,
  ValidTransaction,
} from '@cess/chain-primitives';
import type { Result } from '@cess/primitives';
import type { Externalities } from './externalities.js';
import type { OnHookFailure } from './frame/contained-hooks.js';
import type { GenesisConfig } from './genesis.js';
import type { RuntimeVersion } from './version.js';

export interface HeaderFields {
  readonly parentHash: Uint8Array;
  readonly number: number;
  /** Pre-runtime items; the R²S slot claim is mandatory from block 1 on, the finalized block that the author knows is not. */
  readonly digest: readonly DigestItem[];
}

export interface InherentData {
  readonly timestampMs: bigint;
  /** Headers of late blocks that the author knows. Default: none. */
  readonly lateBlocks?: readonly Header[];
}

export type InherentError =
  | { readonly type: 'Missing' }
  | { readonly type: 'Malformed' }
  | { readonly type: 'TooFarInFuture'; readonly timestampMs: bigint };

export interface Runtime {
  readonly version: RuntimeVersion;
  /** Writes the genesis storage, the `:code` manifest included. */
  genesis(ext: Externalities, config: GenesisConfig): void;
  /** A hook that throws is rolled back and reported; the block continues without it. */
  initializeBlock(ext: Externalities, header: HeaderFields, onHookFailure?: OnHookFailure): void;
  /** Never throws on bad input. An `Err` leaves no trace in the state. */
  applyExtrinsic(ext: Externalities, encoded: Uint8Array): ApplyExtrinsicResult;
  /** The extrinsics that the author puts first into the open block. */
  inherentExtrinsics(ext: Externalities, data: InherentData): Uint8Array[];
  /** Checks the inherents of a foreign block against this node's data. */
  checkInherents(
    ext: Externalities,
    encodedExtrinsics: readonly Uint8Array[],
    data: InherentData,
  ): Result<undefined, InherentError>;
  finalizeBlock(ext: Externalities, onHookFailure?: OnHookFailure): Header;
  /** Validity for the block after `atBlockHash`, on whose state `ext` stands. Its changes must be thrown away. */
  validateTransaction(
    ext: Externalities,
    source: TransactionSource,
    encoded: Uint8Array,
    atBlockHash: Uint8Array,
  ): Result<ValidTransaction, TransactionValidityError>;
  /**
   * A runtime API by name, as `state_call` offers it. Throws `RUNTIME_API_UNKNOWN`, `SCALE_MALFORMED`,
   * `EXTRINSIC_MALFORMED`, `BLOCK_NOT_OPEN`, `BLOCK_INVALID`; whatever a stranger passes, never anything else.
   */
  call(ext: Externalities, api: string, args: Uint8Array): Uint8Array;
  /** Metadata with magic and version; not length-prefixed. */
  metadata(version: 14 | 15 | 16): Uint8Array;
}
