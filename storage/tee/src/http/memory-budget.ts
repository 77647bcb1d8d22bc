// The memory budget for fragments in tag requests. Memory is reserved before a body is read. A request is rejected when the
// budget is used up.
import { RequestRefused } from '@cess/node-api';

/** Bytes that one core tags per second, roughly. Used to estimate the waiting time. */
const taggedBytesPerSecond = 20_000_000;
const maxRetryAfterSeconds = 60;

export class MemoryBudget {
  #taken = 0;
  #holders = 0;

  constructor(private readonly bytes: number) {}

  /** Requests with reserved memory, and their bytes. */
  get inUse(): { readonly requests: number; readonly bytes: number } {
    return { requests: this.#holders, bytes: this.#taken };
  }

  /** Reserves memory. The result releases it. Throws 503 `TEE_BUSY`. A single fragment always fits. */
  take(bytes: number): () => void {
    if (this.#taken > 0 && this.#taken + bytes > this.bytes) {
      const seconds = Math.min(Math.ceil(this.#taken / taggedBytesPerSecond), maxRetryAfterSeconds);
      const message = 'As many fragments wait for tags as memory allows. Try again later.';
      throw new RequestRefused(503, 'TEE_BUSY', message, seconds);
    }
    this.#taken += bytes;
    this.#holders++;
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      this.#taken -= bytes;
      this.#holders--;
      isTaken = false;
    };
  }
}
