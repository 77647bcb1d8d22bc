// The tasks of the proof thread, as messages and as the port that the duties use.
import type { Challenge, FragmentIdentity, TagRefusal } from '@cess/proofs';

/** A tagging key as recorded on chain. */
export interface TagKey {
  readonly keyId: Uint8Array;
  readonly x: Uint8Array;
  readonly xAlpha: Uint8Array;
  readonly srsHash: Uint8Array;
}

/** A tagging key with its SRS, which was verified when it was fetched. */
export interface TagKeyWithSrs extends TagKey {
  readonly srs: Uint8Array;
}

export interface TagCheck {
  readonly key: TagKeyWithSrs;
  readonly signerKey: Uint8Array;
  readonly identity: FragmentIdentity;
  /** The fragment in pieces. The check takes over their memory. */
  readonly fragment: readonly Uint8Array[];
  readonly tags: Uint8Array;
  readonly signature: Uint8Array;
}

/** Some challenged blocks of one fragment, in the order of its indices, starting at position `from`. */
export interface BlockBatch {
  /** Number of the fragment in the challenge. */
  readonly fragment: number;
  readonly from: number;
  /** The task takes over their memory. */
  readonly blocks: readonly Uint8Array[];
  readonly tags: readonly Uint8Array[];
}

export interface ReconstructJob {
  readonly k: number;
  readonly n: number;
  /** Index of the wanted shard. */
  readonly wanted: number;
  /** k shards of one length with their indices. The task takes over their memory. */
  readonly shards: readonly { readonly index: number; readonly bytes: Uint8Array }[];
}

export type SrsVerdict = 'ok' | 'KEY_MALFORMED' | 'SRS_WRONG';
export type TagVerdict = 'ok' | 'KEY_MALFORMED' | 'SRS_DAMAGED' | TagRefusal;

/**
 * The port. `prove` and `verify` have priority over queued tasks of other types. Calls throw `PROOF_WORKER_BUSY`,
 * `PROOF_WORKER_CRASHED` (retryable), `PROOF_WORKER_STOPPED`, `ABORTED`.
 */
export interface ProofWork {
  /** podr2.md §2.5. */
  checkSrs(key: TagKey, srs: Uint8Array, signal?: AbortSignal): Promise<SrsVerdict>;
  /** podr2.md §4.3. Queued checks run as one batch. `mayBeHeld`: uploads may pause the check. */
  checkTags(check: TagCheck, signal?: AbortSignal, mayBeHeld?: boolean): Promise<TagVerdict>;
  /** podr2.md §5.1. Throws `PROOF_MATERIAL_DAMAGED` when the stored SRS or a stored tag is damaged. */
  prove(
    key: TagKeyWithSrs,
    challenge: Challenge,
    blocks: AsyncIterable<BlockBatch>,
    signal?: AbortSignal,
  ): Promise<Uint8Array>;
  /** podr2.md §5.3. */
  verify(key: TagKey, challenge: Challenge, proof: Uint8Array, signal?: AbortSignal): Promise<boolean>;
  /** data-path.md §3.3, one shard of one stripe. */
  reconstruct(job: ReconstructJob, signal?: AbortSignal): Promise<Uint8Array>;
}

export type ProofTask =
  | { readonly type: 'srs'; readonly key: TagKey; readonly srs: Uint8Array }
  | { readonly type: 'tags'; readonly checks: readonly TagCheck[] }
  | { readonly type: 'begin'; readonly session: number; readonly key: TagKeyWithSrs; readonly challenge: Challenge }
  | { readonly type: 'add'; readonly session: number; readonly batch: BlockBatch }
  | { readonly type: 'finish'; readonly session: number }
  | { readonly type: 'drop'; readonly session: number }
  | { readonly type: 'verify'; readonly key: TagKey; readonly challenge: Challenge; readonly proof: Uint8Array }
  | { readonly type: 'reconstruct'; readonly job: ReconstructJob };

/** Results by task type. */
export interface ProofAnswers {
  srs: SrsVerdict;
  tags: readonly TagVerdict[];
  begin: boolean;
  add: boolean;
  finish: Uint8Array;
  drop: boolean;
  verify: boolean;
  reconstruct: Uint8Array;
}

/** The calls of the thread. */
export interface ProofCalls {
  readonly execute: { readonly args: readonly [task: ProofTask]; readonly result: ProofAnswers[keyof ProofAnswers] };
}

/** The memory that is transferred to the thread with a task. */
export function transfersOf(task: ProofTask): ArrayBuffer[] {
  const views =
    task.type === 'tags'
      ? task.checks.flatMap(({ fragment }) => fragment)
      : task.type === 'add'
        ? task.batch.blocks
        : task.type === 'reconstruct'
          ? task.job.shards.map(({ bytes }) => bytes)
          : [];
  // A view of shared or pooled memory is copied, because others use the rest of it.
  const whole = views.filter((view) => view.byteLength === view.buffer.byteLength);
  return [...new Set(whole.map((view) => view.buffer))].filter(
    (buffer): buffer is ArrayBuffer => buffer instanceof ArrayBuffer,
  );
}

/** The data that the thread is started with. */
export interface ProofThreadData {
  readonly niceness: number;
  /** One i32. `gateClosed` pauses a check of tags between two steps until it is opened. */
  readonly gate: Int32Array<SharedArrayBuffer>;
}

export const gateOpen = 0;
export const gateClosed = 1;
