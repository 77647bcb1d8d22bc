// Rejects uploads before they start when the disk or the declared capacity cannot hold them. It reads the free space of the
// disk only when the last value, minus the uploads admitted since, approaches the limit, or after 64 MiB of uploads.
import { CessError } from '@cess/primitives';

const remeasureBytes = 64 * 1_048_576;

export interface SpaceLimits {
  /** Bytes of the disk that stay free. */
  readonly minFreeBytes: number;
  /** Capacity of the store. */
  readonly maxBytes: number;
}

export class SpaceGuard {
  #reserved = 0;
  #measured = 0;
  #admitted = Number.POSITIVE_INFINITY;

  constructor(
    private readonly limits: SpaceLimits,
    private readonly measure: () => Promise<number>,
    private readonly usedBytes: () => number,
  ) {}

  get reservedBytes(): number {
    return this.#reserved;
  }

  /** Reserves space for an upload. The caller releases it when the upload has ended. Throws `FRAGMENT_STORE_FULL`. */
  async reserve(length: number): Promise<() => void> {
    this.#reserved += length;
    let released = false;
    const release = () => {
      if (!released) this.#reserved -= length;
      released = true;
    };
    try {
      await this.#check(length);
    } catch (error) {
      release();
      throw error;
    }
    return release;
  }

  async #check(length: number): Promise<void> {
    const { minFreeBytes, maxBytes } = this.limits;
    if (this.usedBytes() + this.#reserved > maxBytes) {
      throw new CessError('FRAGMENT_STORE_FULL', 'The declared space of this provider is full.', {
        maxBytes,
      });
    }
    if (this.#admitted > remeasureBytes || this.#measured - this.#admitted - this.#reserved < 2 * minFreeBytes) {
      this.#measured = await this.measure();
      this.#admitted = 0;
    }
    if (this.#measured - this.#admitted - this.#reserved < minFreeBytes) {
      throw new CessError('FRAGMENT_STORE_FULL', 'The disk is too full for another fragment. Free space on it.', {
        freeBytes: this.#measured,
        minFreeBytes,
      });
    }
    this.#admitted += length;
  }
}
