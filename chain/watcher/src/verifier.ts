// The node's side of the verification thread: made when it is first needed, made anew when it dies.
import { Worker } from 'node:worker_threads';
import { CessError, createDeferred, type Deferred } from '@cess/primitives';
import type { Challenge } from '@cess/proofs';

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

export interface VerificationRequest extends VerificationInput {
  readonly id: number;
}

export type VerificationReply =
  | { readonly id: number; readonly isRight: boolean }
  | { readonly id: number; readonly failure: string };

export class Verifier {
  readonly #pending = new Map<number, Deferred<boolean>>();
  #worker: Worker | undefined;
  #nextId = 1;

  /** Whether the proof answers the challenge. Throws `VERIFIER_FAILED`. */
  verify(input: VerificationInput): Promise<boolean> {
    const worker = this.#worker ?? this.#spawn();
    const id = this.#nextId++;
    const answer = createDeferred<boolean>();
    this.#pending.set(id, answer);
    worker.postMessage({ ...input, id } satisfies VerificationRequest);
    return answer.promise;
  }

  async stop(): Promise<void> {
    await this.#worker?.terminate();
  }

  #spawn(): Worker {
    const worker = new Worker(new URL('./verification-thread.js', import.meta.url));
    this.#worker = worker;
    worker.on('message', (reply: VerificationReply) => {
      const answer = this.#pending.get(reply.id);
      this.#pending.delete(reply.id);
      if ('isRight' in reply) answer?.resolve(reply.isRight);
      else answer?.reject(failed(reply.failure));
    });
    worker.on('error', () => {});
    worker.on('exit', () => {
      this.#worker = undefined;
      for (const { reject } of this.#pending.values()) reject(failed('its thread has ended'));
      this.#pending.clear();
    });
    return worker;
  }
}

function failed(reason: string): CessError<'VERIFIER_FAILED'> {
  return new CessError('VERIFIER_FAILED', `A proof could not be verified: ${reason}.`, { reason });
}
