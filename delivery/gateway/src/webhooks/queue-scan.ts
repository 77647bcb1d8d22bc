// Chooses what of the queue of a target is sent next (ADR 62). Messages of one lane keep their order, so a message that the receiver
// rejected holds back those behind it in its lane until its pause is over. It holds back nothing else: the scan goes on behind all
// messages that wait, and returns to them when a pause is over.
import type { MessageQueues, StoredMessage } from '@cess/object-index';

export interface Retry {
  readonly failures: number;
  readonly notBeforeMs: number;
}

export interface Batch {
  /** What may be sent now, by lane, each in its order. */
  readonly lanes: readonly (readonly StoredMessage[])[];
  readonly expired: readonly StoredMessage[];
  /** Whether the queue may have more behind this batch. */
  readonly hasMore: boolean;
}

export interface QueueScanInit {
  readonly queues: Pick<MessageQueues, 'read' | 'depth'>;
  readonly queue: string;
  readonly maxAgeMs: number;
  readonly onUnreadable: (error: unknown) => void;
}

/** Messages of one batch, and of one read. */
const pageSize = 256;
/** Reads of one batch: what they find may all have to wait. */
const maxPages = 16;
/**
 * A scan ends its retries after as many that were rejected again, and goes on with messages that were never sent. Otherwise a receiver
 * that rejects many messages slowly would be busy with these alone.
 */
const maxRejectedRetries = 64;
/** Longest time until the scan returns to messages that wait: they get too old meanwhile. */
const longestScanMs = 60_000;

export class QueueScan {
  /** Lanes whose oldest message waits for its retry, at most as many as the queue has messages. */
  readonly #held = new Map<string, Retry>();
  /** All messages up to this one are of such lanes. Undefined: the next batch begins with the oldest message. */
  #passed: bigint | undefined;
  #begunAtMs = Number.NEGATIVE_INFINITY;
  #rejectedRetries = 0;

  constructor(private readonly init: QueueScanInit) {}

  /** How often in a row the receiver has rejected the oldest message of a lane. */
  failures(lane: string): number {
    return this.#held.get(lane)?.failures ?? 0;
  }

  /** The receiver rejected the oldest message of a lane. */
  hold(lane: string, retry: Retry): void {
    if (this.#held.has(lane)) this.#rejectedRetries++;
    this.#held.set(lane, retry);
  }

  /** The oldest message of a lane has left the queue. */
  release(lane: string): void {
    this.#held.delete(lane);
  }

  /** Not everything of the newest batch was tried. */
  restart(): void {
    this.#passed = undefined;
  }

  /** When the scan returns to the messages that wait; undefined if there are none. */
  get returnsAtMs(): number | undefined {
    if (this.#held.size === 0) return undefined;
    let firstMs = this.#begunAtMs + longestScanMs;
    for (const { notBeforeMs } of this.#held.values()) firstMs = Math.min(firstMs, notBeforeMs);
    // Every return reads what waits, so a long queue has few of them.
    return Math.max(firstMs, this.#begunAtMs + this.init.queues.depth(this.init.queue));
  }

  async next(nowMs: number): Promise<Batch> {
    if (nowMs >= (this.returnsAtMs ?? nowMs)) this.#passed = undefined;
    if (this.#passed === undefined) {
      this.#begunAtMs = nowMs;
      this.#rejectedRetries = 0;
    }
    const found = new FoundMessages();
    for (let pages = 0; pages < maxPages && found.taken < pageSize; pages++) {
      const { page, isLast } = await this.#read();
      for (const message of page) {
        if (!this.#sort(message, found, nowMs)) return found.batch(true);
        this.#passed = message.sequence;
      }
      if (isLast) return found.batch(false);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return found.batch(true);
  }

  async #read(): Promise<{ readonly page: readonly StoredMessage[]; readonly isLast: boolean }> {
    const { queues, queue, onUnreadable } = this.init;
    let unreadable = 0;
    const count = (error: unknown) => {
      unreadable++;
      onUnreadable(error);
    };
    const page = await queues.read(queue, pageSize, count, this.#passed);
    return { page, isLast: page.length + unreadable < pageSize };
  }

  /** Adds the message to what was found, unless it has to wait. False: the batch ends before it. */
  #sort(message: StoredMessage, found: FoundMessages, nowMs: number): boolean {
    const { lane, createdAtMs } = message;
    const held = this.#held.get(lane);
    if (createdAtMs < nowMs - this.init.maxAgeMs) {
      // What follows in its lane need not wait for it.
      this.#held.delete(lane);
      found.expired.push(message);
    } else if (held === undefined || found.lanes.has(lane)) found.take(message);
    else if (held.notBeforeMs <= nowMs && this.#rejectedRetries < maxRejectedRetries) {
      if (found.retries >= maxRejectedRetries - this.#rejectedRetries) return false;
      found.retries++;
      found.take(message);
    }
    return true;
  }
}

class FoundMessages {
  readonly lanes = new Map<string, StoredMessage[]>();
  readonly expired: StoredMessage[] = [];
  taken = 0;
  retries = 0;

  take(message: StoredMessage): void {
    this.taken++;
    const others = this.lanes.get(message.lane);
    if (others === undefined) this.lanes.set(message.lane, [message]);
    else others.push(message);
  }

  batch(hasMore: boolean): Batch {
    return { lanes: [...this.lanes.values()], expired: this.expired, hasMore };
  }
}
