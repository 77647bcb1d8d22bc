// What a TEE worker keeps behind a wall: the keys that make tags and sign verdicts (TEE-1, TEE-2). Secrets never cross this
// interface, and nothing that its caller says of the chain is believed: every request carries a finalized header with its
// justification, and read proofs against it (decision in docs/protocol/audit.md §4.2).
import type { RoundRef } from '@cess/client';
import type { TagPublicKey } from '@cess/proofs';

/** The public parts of an enclave. */
export interface EnclaveDescription {
  /** What protects the keys. `software`: DEVELOPMENT ONLY, nothing protects them from whoever owns the machine. */
  readonly kind: 'software';
  /** ed25519 key that signs tag sets, verdicts and evidence. */
  readonly signerKey: Uint8Array;
  /** The tagging key with its proof of possession. */
  readonly publicKey: TagPublicKey;
  readonly keyId: Uint8Array;
  readonly epoch: number;
  /** The SRS of the tagging key, 49,152 bytes. */
  readonly srs: Uint8Array;
}

/** A block with the proof that it is final. */
export interface FinalizedBlock {
  /** SCALE. */
  readonly header: Uint8Array;
  /** In GRANDPA's format (docs/protocol/finality.md §1). */
  readonly justification: Uint8Array;
}

/** Trie nodes of the block's state under the keys that the request needs. */
export type ReadProof = readonly Uint8Array[];

/** Which fragment is to be tagged for whom. */
export interface TagPlaceOf {
  /** Node key of the provider that asks. */
  readonly callerKey: Uint8Array;
  readonly fileId: Uint8Array;
  readonly segment: number;
  readonly fragment: number;
  /** Root of the bytes, as the provider names it. */
  readonly root: Uint8Array;
  /** Tagging key, as the provider names it. */
  readonly keyId: Uint8Array;
}

export interface TagRequest extends TagPlaceOf {
  readonly block: FinalizedBlock;
  readonly proof: ReadProof;
  readonly bytes: Uint8Array;
}

export interface TagSetAnswer {
  /** xi, 64 bytes. */
  readonly signature: Uint8Array;
  /** 48 bytes for each block. */
  readonly tags: Uint8Array;
}

export interface JudgeRequest {
  readonly block: FinalizedBlock;
  readonly rounds: readonly (RoundRef & { readonly proof: ReadProof })[];
}

export interface Judgement extends RoundRef {
  readonly passed: boolean;
  /** Of the verdict's digest, by the signer key. */
  readonly signature: Uint8Array;
}

/**
 * Refusals are coded errors: `ENCLAVE_EVIDENCE` (header, justification or proof do not hold), `ENCLAVE_ROLLBACK`,
 * `ENCLAVE_GENESIS`, and for tags `NODE_UNKNOWN`, `NOT_HOLDER`, `KEY_UNKNOWN`, `ROOT_MISMATCH`.
 */
export interface Enclave {
  describe(): EnclaveDescription;
  /** What the chain takes for this enclave from that controller: for the kind `software` the signer key's signature. */
  evidenceFor(controller: Uint8Array, genesis: Uint8Array): Promise<Uint8Array>;
  tag(request: TagRequest, signal?: AbortSignal): Promise<TagSetAnswer>;
  /** The verdict on each round; undefined for what is not this worker's to judge in the state of the block. */
  judge(request: JudgeRequest, signal?: AbortSignal): Promise<readonly (Judgement | undefined)[]>;
  close(): Promise<void>;
  /** How often its process had to be started again, for an enclave that is a process. */
  readonly restarts?: number;
}
