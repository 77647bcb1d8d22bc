// What a TEE worker needs of the chain. Implemented over @cess/client (chain/chain-adapter.ts). The enclave does not trust these
// answers: it gets proofs.
import type { RoundRef } from '@cess/client';
import type { TagPublicKey } from '@cess/proofs';
import type { FinalizedBlock, Judgement, ReadProof } from './enclave/enclave.js';

/** The chain's record of this worker. */
export interface WorkerRecord {
  readonly worker: number;
  readonly signerKey: Uint8Array;
  readonly endpoint: string;
  readonly state: 'Active' | 'Suspended' | 'Exited';
  /** Whether the stake is high enough to participate. */
  readonly isStakeEnough: boolean;
}

export interface WorkerRegistration {
  readonly signerKey: Uint8Array;
  readonly endpoint: string;
  /** Account of the credited consensus node. */
  readonly bond: Uint8Array | undefined;
  readonly publicKey: TagPublicKey;
  readonly epoch: number;
  readonly evidence: Uint8Array;
}

export interface FinalizedHead extends FinalizedBlock {
  readonly hash: Uint8Array;
  readonly number: number;
}

/** A round that a worker must judge, up to and including block `verifyBy`. */
export interface DueRound extends RoundRef {
  readonly verifyBy: number;
}

/** Events of finalized blocks, in order. */
export type TeeEvent =
  | ({ readonly type: 'due'; readonly worker: number | undefined } & DueRound)
  | ({ readonly type: 'settled' } & RoundRef)
  | { readonly type: 'suspended'; readonly worker: number };

/** Calls resolve when they are finalized. */
export interface TeeChain {
  readonly genesis: Uint8Array;
  /** The record of the signing account at the finalized head. */
  ownRecord(): Promise<WorkerRecord | undefined>;
  register(registration: WorkerRegistration): Promise<void>;
  updateEndpoint(endpoint: string): Promise<void>;
  resume(): Promise<void>;
  submitVerdicts(verdicts: readonly Judgement[], signal: AbortSignal): Promise<void>;
  /** The newest finalized block with its justification. */
  finalizedHead(): Promise<FinalizedHead>;
  /** Raw values at a block. */
  read(at: Uint8Array, keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]>;
  /** A read proof at a block. It may prove more keys than requested. */
  prove(at: Uint8Array, keys: readonly Uint8Array[]): Promise<ReadProof>;
  /** All rounds that wait for a verdict of the worker, at the finalized head. */
  roundsDue(worker: number): AsyncIterable<DueRound>;
  /**
   * Passes the events of every later finalized block to the listener. Repeats a block whose listener rejects. Calls
   * `onGap` when blocks were missed after a long outage. The result ends it.
   */
  follow(listener: (events: readonly TeeEvent[], number: number) => void, onGap: () => void): () => Promise<void>;
}
