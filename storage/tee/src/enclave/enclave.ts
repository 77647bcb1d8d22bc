// The interface of an enclave, which holds the keys that make tags and sign verdicts (TEE-1, TEE-2). Secrets never cross it, and
// the enclave trusts nothing that its caller says about the chain: every request carries a finalized header with its
// justification, and read proofs against it (docs/protocol/audit.md §4.2).
import type { RoundRef } from '@cess/client';
import type { TagPublicKey } from '@cess/proofs';
import type { TlsBinding } from '@cess/tls';

/** The public parts of an enclave. */
export interface EnclaveDescription {
  /** What protects the keys. `software`: DEVELOPMENT ONLY, the owner of the machine can read them. */
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
  /** How the voters changed from the set that the enclave pinned, SCALE of `FinalityProof`; undefined: they did not. */
  readonly setChanges?: Uint8Array | undefined;
}

/** Trie nodes of the block's state for the keys that the request needs. */
export type ReadProof = readonly Uint8Array[];

/** The fragment to tag and the provider that requests it. */
export interface TagPlaceOf {
  /** Node key of the requesting provider. */
  readonly callerKey: Uint8Array;
  readonly fileId: Uint8Array;
  readonly segment: number;
  readonly fragment: number;
  /** Root of the bytes, according to the provider. */
  readonly root: Uint8Array;
  /** Id of the tagging key, according to the provider. */
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
  /** Signature of the verdict's digest by the signer key. */
  readonly signature: Uint8Array;
}

/**
 * Rejections are coded errors: `ENCLAVE_EVIDENCE` (invalid header, justification or proof), `ENCLAVE_ROLLBACK`,
 * `ENCLAVE_GENESIS`, and for tags `NODE_UNKNOWN`, `NOT_HOLDER`, `KEY_UNKNOWN`, `ROOT_MISMATCH`.
 */
export interface Enclave {
  describe(): EnclaveDescription;
  /** The evidence that the chain accepts for this enclave and controller. For `software`: a signature of the signer key. */
  evidenceFor(controller: Uint8Array, genesis: Uint8Array): Promise<Uint8Array>;
  /** The signature with which the signer key vouches for a TLS key of the worker (`tlsBindingMessage`). */
  bindTlsKey(binding: TlsBinding): Promise<Uint8Array>;
  tag(request: TagRequest, signal?: AbortSignal): Promise<TagSetAnswer>;
  /** The verdict on each round. Undefined for a round that this worker must not judge in the state of the block. */
  judge(request: JudgeRequest, signal?: AbortSignal): Promise<readonly (Judgement | undefined)[]>;
  close(): Promise<void>;
  /** Restarts of the process, for an enclave that runs in one. */
  readonly restarts?: number;
}
