// Limits what one gateway stores here without declaring it. Registering a gateway costs nothing and undeclared fragments are
// kept for days, so without a limit one gateway could fill every provider for nothing.
import type { FragmentStore } from '@cess/fragment-store';
import { toHex } from '@cess/primitives';
import { RequestRefused } from './errors.js';

/** Share of the declared space that the undeclared fragments of one gateway may take. */
const mostShare = 0.5;
/** How long a count is used. It lacks the uploads that run while it is made; `UploadLimit` bounds those. */
const countedForMs = 30_000;
const scanPauseEvery = 20_000;

export interface UndeclaredLimitInit {
  readonly store: Pick<FragmentStore, 'fragments'>;
  readonly declaredBytes: number;
  readonly nowMs: () => number;
}

export class UndeclaredLimit {
  /** Undeclared bytes by gateway: those of the last count and those accepted since. */
  #bytes = new Map<string, number>();
  #countedAtMs = Number.NEGATIVE_INFINITY;
  #counting: Promise<void> | undefined;

  constructor(private readonly init: UndeclaredLimitInit) {}

  /** Counts an upload. Throws 507 when the gateway has stored too much that it has not declared. */
  async take(gateway: Uint8Array, length: number): Promise<void> {
    if (this.init.nowMs() - this.#countedAtMs >= countedForMs) {
      this.#counting ??= this.#count().finally(() => {
        this.#counting = undefined;
      });
      await this.#counting;
    }
    const key = toHex(gateway);
    const bytes = (this.#bytes.get(key) ?? 0) + length;
    if (bytes > this.init.declaredBytes * mostShare) {
      throw new RequestRefused(
        507,
        'UNDECLARED_LIMIT',
        'The gateway has stored too much here without declaring it. Declare it, or use other providers.',
      );
    }
    this.#bytes.set(key, bytes);
  }

  async #count(): Promise<void> {
    this.#countedAtMs = this.init.nowMs();
    const bytes = new Map<string, number>();
    let seen = 0;
    for (const { fileId, gateway, length } of this.init.store.fragments()) {
      if (fileId === undefined) {
        const key = toHex(gateway);
        bytes.set(key, (bytes.get(key) ?? 0) + length);
      }
      if (++seen % scanPauseEvery === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    this.#bytes = bytes;
  }
}
