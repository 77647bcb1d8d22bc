// The node's side of the verification thread.
import { CessError, type Logger, messageOf, systemTimers } from '@cess/primitives';
import type { Challenge } from '@cess/proofs';
import { openThread, WorkerCall } from '@cess/workers';

export interface VerificationInput {
  /** As the chain records it. */
  readonly key: {
    readonly id: Uint8Array;
    readonly x: Uint8Array;
    readonly xAlpha: Uint8Array;
    readonly srsHash: Uint8Array;
  };
  readonly challenge: Challenge;
  readonly proof: Uint8Array;
}

/** The calls of the thread. */
export interface VerificationCalls {
  readonly verify: { readonly args: readonly [input: VerificationInput]; readonly result: boolean };
}

/** The verdict checker has one proof verified at a time. */
const maxPending = 16;

export class Verifier {
  readonly #thread: WorkerCall<VerificationCalls>;

  constructor(logger: Logger) {
    const url = new URL('./verification-thread.js', import.meta.url);
    this.#thread = new WorkerCall({
      name: 'verification',
      open: () => openThread({ name: 'verification', url }),
      maxPending,
      busy: () => failed('too many proofs wait for the verification thread'),
      gone: (reason) => failed(reason?.error === undefined ? 'its thread has ended' : messageOf(reason.error)),
      timers: systemTimers,
      logger,
    });
  }

  /** Whether the proof answers the challenge. Throws `VERIFIER_FAILED`. */
  verify(input: VerificationInput): Promise<boolean> {
    return this.#thread.call('verify', [input]);
  }

  stop(): Promise<void> {
    return this.#thread.stop();
  }
}

function failed(reason: string): CessError<'VERIFIER_FAILED'> {
  return new CessError('VERIFIER_FAILED', `A proof could not be verified: ${reason}.`, { reason });
}
