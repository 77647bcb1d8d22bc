// Deletions of files wait in a fleet: another gateway may be reading the file, and only it knows. Reads that take longer than this end
// with an error, and the client that asks again learns that the object is gone.
import { toHex } from '@cess/primitives';

const graceMs = 60_000;
/** Deletions that are remembered; beyond it, the oldest wait anew. */
const maxRemembered = 100_000;

export class DeletionGrace {
  readonly #seenAtMs = new Map<string, number>();

  constructor(private readonly nowMs: () => number) {}

  /** Whether the file must be kept for others. Begins with the first call. */
  isWaiting(fileId: Uint8Array): boolean {
    const name = toHex(fileId);
    const seenAtMs = this.#seenAtMs.get(name);
    if (seenAtMs === undefined) {
      const [oldest] = this.#seenAtMs.keys();
      if (this.#seenAtMs.size >= maxRemembered && oldest !== undefined) this.#seenAtMs.delete(oldest);
      this.#seenAtMs.set(name, this.nowMs());
      return true;
    }
    if (this.nowMs() - seenAtMs < graceMs) return true;
    this.#seenAtMs.delete(name);
    return false;
  }
}
