// Messages between the worker and the process of its software enclave (child_process, serialization "advanced").
import type { AuthoritySet } from '@cess/client';
import type { WireError } from '@cess/primitives';
import type { EnclaveDescription, Judgement, JudgeRequest, TagRequest, TagSetAnswer } from './enclave.js';

/** Directory of the sealed files, and the values to pin if there are none yet. */
export interface OpenRequest {
  readonly dir: string;
  readonly genesis: Uint8Array;
  readonly authorities: AuthoritySet;
  /** Kind of the chain specification. A software enclave rejects all but `development`. */
  readonly chainType: 'development' | 'production';
  /** Nice value of the process. */
  readonly priority: number;
}

interface EvidenceRequest {
  readonly controller: Uint8Array;
  readonly genesis: Uint8Array;
}

/** Arguments and result of every call. */
export interface EnclaveCalls {
  readonly open: readonly [OpenRequest, EnclaveDescription];
  readonly evidence: readonly [EvidenceRequest, Uint8Array];
  readonly tag: readonly [TagRequest, TagSetAnswer];
  readonly judge: readonly [JudgeRequest, readonly (Judgement | undefined)[]];
}

export type EnclaveCallMessage = {
  [C in keyof EnclaveCalls]: { readonly id: number; readonly call: C; readonly request: EnclaveCalls[C][0] };
}[keyof EnclaveCalls];

export type EnclaveReply =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly error: WireError };
