// What a TEE worker needs of the chain. Implemented over @cess/client (chain/chain-adapter.ts). Nothing that it says is
// believed by the enclave, which gets proofs.
import type { RoundRef } from '@cess/client';
import type { TagPublicKey } from '@cess/proofs';
import type { FinalizedBlock, Judgement, ReadProof } from './enclave/enclave.js';

/** This worker's own record. */
export interface WorkerRecord {
  readonly worker: number;
  readonly signerKey: Uint8Array;
  readonly endpoint: string;
  readonly state: 'Active' | 'Suspended' | 'Exited';
  /** Whether the stake is enough to take part. */
  readonly isStakeEnough: boolean;
}

export interface WorkerRegistration {
  readonly signerKey: Uint8Array;
  readonly endpoint: string;
  /** Account of the consensus node that it credits. */
  readonly bond: Uint8Array | undefined;
  readonly publicKey: TagPublicKey;
  readonly epoch: number;
  readonly evidence: Uint8Array;
}

export interface FinalizedHead extends FinalizedBlock {
  readonly hash: Uint8Array;
  readonly number: number;
}

/** A round that a worker is to judge up to and including block `verifyBy`. */
export interface DueRound extends RoundRef {
  readonly verifyBy: number;
}

/** What finalized blocks say, in their order. */
export type TeeEvent =
  | ({ readonly type: 'due'; readonly worker: number | undefined } & DueRound)
  | ({ readonly type: 'settled' } & RoundRef)
  | { readonly type: 'suspended'; readonly worker: number };

/** Calls resolve when they are finalized. */
export interface TeeChain {
  readonly genesis: Uint8Array;
  /** Of the account that signs, at the finalized head. */
  ownRecord(): Promise<WorkerRecord | undefined>;
  register(registration: WorkerRegistration): Promise<void>;
  updateEndpoint(endpoint: string): Promise<void>;
  resume(): Promise<void>;
  submitVerdicts(verdicts: readonly Judgement[], signal: AbortSignal): Promise<void>;
  /** The newest finalized block with its justification. */
  finalizedHead(): Promise<FinalizedHead>;
  /** Raw values at a block. */
  read(at: Uint8Array, keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]>;
  /** Read proof at a block, which may prove more than was asked for. */
  prove(at: Uint8Array, keys: readonly Uint8Array[]): Promise<ReadProof>;
  /** All rounds that wait for the worker at the finalized head. */
  roundsDue(worker: number): AsyncIterable<DueRound>;
  /**
   * Hands over the events of every finalized block from now on; a block whose listener rejects comes again. `onGap`
   * says that blocks were missed, after a long outage. Ends with the returned function.
   */
  follow(listener: (events: readonly TeeEvent[], number: number) => void, onGap: () => void): () => Promise<void>;
}
