// Events of the growing chain for those who serve clients. Listeners run in a later turn of the event loop, in the order of
// events, never inside authoring or import; one that throws is reported and disturbs nobody else.
import type { Header } from '@cess/chain-primitives';

export interface ChainEvents {
  /** Any imported block. */
  imported: [header: Header, hash: Uint8Array];
  /** The best block changed. */
  best: [header: Header, hash: Uint8Array];
  /** One event per finalized block, in order. */
  finalized: [header: Header, hash: Uint8Array];
  justification: [justification: Uint8Array];
}

type Listener<E extends keyof ChainEvents> = (...args: ChainEvents[E]) => void;

export class ChainFeed {
  readonly #onFailure: (thrown: unknown) => void;
  readonly #listeners: { readonly [E in keyof ChainEvents]: Set<Listener<E>> } = {
    imported: new Set(),
    best: new Set(),
    finalized: new Set(),
    justification: new Set(),
  };

  /** `onFailure` receives errors thrown by listeners. */
  constructor(onFailure: (thrown: unknown) => void) {
    this.#onFailure = onFailure;
  }

  on<E extends keyof ChainEvents>(event: E, listener: Listener<E>): void {
    this.#listeners[event].add(listener);
  }

  off<E extends keyof ChainEvents>(event: E, listener: Listener<E>): void {
    this.#listeners[event].delete(listener);
  }

  emit<E extends keyof ChainEvents>(event: E, ...args: ChainEvents[E]): void {
    if (this.#listeners[event].size === 0) return;
    setImmediate(() => {
      for (const listener of [...this.#listeners[event]]) {
        try {
          listener(...args);
        } catch (thrown) {
          this.#onFailure(thrown);
        }
      }
    });
  }
}
