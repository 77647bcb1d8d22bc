// The memory for fragments that wait for their tags: taken before a body is read, refused when there is none left.
import { RequestRefused } from '@cess/node-api';

/** What one core tags in a second, roughly: how long those that wait will take. */
const taggedBytesPerSecond = 20_000_000;
const maxRetryAfterSeconds = 60;

export class MemoryBudget {
  #taken = 0;
  #holders = 0;

  constructor(private readonly bytes: number) {}

  /** Requests that have memory, and how much. */
  get inUse(): { readonly requests: number; readonly bytes: number } {
    return { requests: this.#holders, bytes: this.#taken };
  }

  /** Takes memory and gives it back with the returned function. Throws 503 `TEE_BUSY`. One fragment always fits. */
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
