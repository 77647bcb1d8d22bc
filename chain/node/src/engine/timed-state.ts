// The state as a call sees it while a block is built: a call that takes too long is abandoned at its next access to the state.
// The runtime rolls it back as it does with every call that throws. Blocks are never imported over such a state: how long
// a call takes differs from machine to machine.
import type { Clock } from '@cess/primitives';
import type { Externalities } from '@cess/runtime';
import type { OverlayState } from '@cess/state';

/** The clock is read once in so many accesses. */
const accessesPerCheck = 16;

export interface CallLimits {
  /** A call that runs longer is at fault. */
  readonly budgetMs: number;
  /** Milliseconds since the epoch at which every call ends, so that the block can be closed in its slot. */
  readonly endMs: number;
}

/** Thrown into a call that takes too long. */
export class CallAbandoned extends Error {
  override readonly name = 'CallAbandoned';
  /** @param isAtFault the call used up its own budget, not what others had left of the block. */
  constructor(readonly isAtFault: boolean) {
    super(isAtFault ? 'the call exceeded its time' : 'the time of the block is over');
  }
}

export class TimedState implements Externalities {
  readonly #state: OverlayState;
  readonly #limits: CallLimits;
  readonly #clock: Clock;
  readonly #startMs: number;
  #accesses = 0;

  /** For one call, which begins now. */
  constructor(state: OverlayState, limits: CallLimits, clock: Clock) {
    this.#state = state;
    this.#limits = limits;
    this.#clock = clock;
    this.#startMs = clock.nowMs();
  }

  get(key: Uint8Array): Uint8Array | undefined {
    this.#check();
    return this.#state.get(key);
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.#check();
    this.#state.put(key, value);
  }

  delete(key: Uint8Array): void {
    this.#check();
    this.#state.delete(key);
  }

  *keys(prefix: Uint8Array, startAfter?: Uint8Array, limit?: number): IterableIterator<Uint8Array> {
    for (const key of this.#state.keys(prefix, startAfter, limit)) {
      this.#check();
      yield key;
    }
  }

  beginTransaction(): void {
    this.#state.beginTransaction();
  }

  commitTransaction(): void {
    this.#state.commitTransaction();
  }

  rollbackTransaction(): void {
    this.#state.rollbackTransaction();
  }

  storageRoot(): Uint8Array {
    return this.#state.storageRoot();
  }

  extrinsicsRoot(encodedExtrinsics: readonly Uint8Array[]): Uint8Array {
    return this.#state.extrinsicsRoot(encodedExtrinsics);
  }

  #check(): void {
    if (++this.#accesses % accessesPerCheck !== 0) return;
    const now = this.#clock.nowMs();
    if (now - this.#startMs > this.#limits.budgetMs) throw new CallAbandoned(true);
    if (now > this.#limits.endMs) throw new CallAbandoned(false);
  }
}
