// Records that background work cannot process: unreadable, refused, damaged. Each is set aside, so that it never stops the
// others: counted, logged, listed for a person, and skipped until someone retries it. The list is kept in memory; after a
// restart the work meets the same records and sets them aside again.
import { type BackgroundPorts, declareFailureCounter } from './background-loop.js';
import { type CessError, isCessError, isRetryable, messageOf } from './error.js';
import type { Counter } from './metrics.js';

export interface SetAsideEntry {
  /** The work that cannot process the record. */
  readonly loop: string;
  /** The record, for example the id of a file. */
  readonly name: string;
  readonly code: string;
  readonly reason: string;
  readonly sinceMs: number;
}

/** Bounds the memory; a record beyond it is attempted in every run. */
const maxEntries = 10_000;

export interface SetAsideOptions {
  /** Failures in a row after which a record is set aside. Default 1. */
  readonly attempts?: number;
  /** What `attempt` does with a retryable error: throw it to the loop (default), or skip the record until the next run. */
  readonly onRetryable?: 'throw' | 'skip';
}

export class SetAside {
  readonly #failures = new Map<string, number>();
  readonly #entries = new Map<string, SetAsideEntry>();
  readonly #failed: Counter<'loop' | 'code'>;

  constructor(
    readonly loop: string,
    private readonly ports: BackgroundPorts,
    private readonly options: SetAsideOptions = {},
  ) {
    this.#failed = declareFailureCounter(ports.metrics);
  }

  get size(): number {
    return this.#entries.size;
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  list(): SetAsideEntry[] {
    return [...this.#entries.values()];
  }

  /** Makes the next run process all records again; returns their number. */
  retryAll(): number {
    const { size } = this.#entries;
    this.#entries.clear();
    this.#failures.clear();
    return size;
  }

  /** The record is gone, or was processed by other means. */
  forget(name: string): void {
    this.#entries.delete(name);
    this.#failures.delete(name);
  }

  /**
   * Processes one record unless it is set aside; true if that succeeded. A coded error that is not retryable sets the
   * record aside. Everything else but a skipped retryable error is thrown on.
   */
  async attempt(name: string, work: () => Promise<void>, signal?: AbortSignal): Promise<boolean> {
    if (this.#entries.has(name)) return false;
    try {
      await work();
      this.#failures.delete(name);
      return true;
    } catch (error) {
      if (signal?.aborted || !isCessError(error)) throw error;
      if (isRetryable(error) && this.options.onRetryable !== 'skip') throw error;
      this.refuse(name, error);
      return false;
    }
  }

  /** Notes an error of a record, and sets the record aside if retrying cannot help. */
  refuse(name: string, error: CessError): void {
    if (this.#entries.has(name)) return;
    const { logger, timers } = this.ports;
    const { code } = error;
    this.#failed.add(1, { loop: this.loop, code });
    const fields = { loop: this.loop, record: name, code, cause: messageOf(error), ...error.data };
    const failures = (this.#failures.get(name) ?? 0) + 1;
    if (isRetryable(error) || code === 'ABORTED' || failures < (this.options.attempts ?? 1)) {
      if (!isRetryable(error) && this.#failures.size < maxEntries) this.#failures.set(name, failures);
      return logger.warn(fields, 'a record could not be processed; retrying');
    }
    this.#failures.delete(name);
    logger.error(fields, 'a record cannot be processed and is set aside');
    if (this.#entries.size >= maxEntries) return;
    this.#entries.set(name, { loop: this.loop, name, code, reason: messageOf(error), sinceMs: timers.nowMs() });
  }
}
