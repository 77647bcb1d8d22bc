// The calls of the process of a software enclave.
import type { AuthoritySet } from '@cess/client';
import type { TlsBinding } from '@cess/tls';
import type { EnclaveDescription, Judgement, JudgeRequest, TagRequest, TagSetAnswer } from './enclave.js';

/** Directory of the sealed files, and the values to pin if there are none yet. */
export interface OpenRequest {
  readonly dir: string;
  readonly genesis: Uint8Array;
  readonly authorities: AuthoritySet;
  /** Kind of the chain specification. A software enclave rejects all but `development`. */
  readonly chainType: 'development' | 'production';
}

interface EvidenceRequest {
  readonly controller: Uint8Array;
  readonly genesis: Uint8Array;
}

/** Arguments and result of every call. */
export interface EnclaveCalls {
  open: { args: [request: OpenRequest]; result: EnclaveDescription };
  evidence: { args: [request: EvidenceRequest]; result: Uint8Array };
  bindTlsKey: { args: [binding: TlsBinding]; result: Uint8Array };
  tag: { args: [request: TagRequest]; result: TagSetAnswer };
  judge: { args: [request: JudgeRequest]; result: readonly (Judgement | undefined)[] };
}
