// Queues of messages that leave the gateway (ADR 62). A message is written in the transaction of the change that it tells, and
// removed when its receiver has it: a crash neither loses one nor invents one, and at most sends one twice.
import { bytes, safeInteger, str, struct, versionedRecord } from '@cess/codec';
import type { KvOperation } from '@cess/store';
import { decodeRecord, isUnreadable } from './errors.js';
import type { IndexBackend } from './index-backend.js';
import type { IndexView } from './index-view.js';
import { rangeOf } from './keys.js';
import { messageKey, messageTable, queueOfMessageKey, queuePrefix, sequenceOfMessageKey } from './message-keys.js';
import { backendPages, pageOf } from './pages.js';

export interface QueuedMessage {
  /** The same for every attempt, so that receivers recognise a repetition. */
  readonly id: string;
  readonly createdAtMs: number;
  /** Messages of one lane are delivered in their order. */
  readonly lane: string;
  readonly body: Uint8Array;
}

export interface StoredMessage extends QueuedMessage {
  readonly sequence: bigint;
}

export const messageRecord = versionedRecord<QueuedMessage>({
  name: 'message',
  version: 1,
  codec: struct({ id: str, createdAtMs: safeInteger, lane: str, body: bytes() }),
});

export class MessageQueues {
  readonly #depths = new Map<string, number>();

  constructor(private readonly backend: IndexBackend) {}

  /** Counts what the queues hold: at the start, and while other gateways change them. */
  async recount(): Promise<void> {
    const depths = new Map<string, number>();
    for await (const page of backendPages(this.backend, rangeOf(messageTable)))
      for (const [key] of page) {
        const queue = queueOfMessageKey(key);
        depths.set(queue, (depths.get(queue) ?? 0) + 1);
      }
    this.#depths.clear();
    for (const [queue, depth] of depths) this.#depths.set(queue, depth);
  }

  /** Names of queues that hold messages, those that nothing delivers included. */
  names(): string[] {
    return [...this.#depths].flatMap(([queue, depth]) => (depth > 0 ? [queue] : []));
  }

  depth(queue: string): number {
    return this.#depths.get(queue) ?? 0;
  }

  /** Call `revoke` if the transaction fails. */
  append(view: IndexView, queue: string, { sequence, ...message }: StoredMessage): void {
    view.put(messageKey(queue, sequence), messageRecord.encode(message));
    this.#count(queue, 1);
  }

  revoke(queues: readonly string[]): void {
    for (const queue of queues) this.#count(queue, -1);
  }

  /**
   * The oldest messages, or the oldest behind the sequence `after`. Those that cannot be read are removed: no receiver will ever get
   * them.
   */
  async read(
    queue: string,
    limit: number,
    onUnreadable: (error: unknown) => void,
    after?: bigint,
  ): Promise<StoredMessage[]> {
    const found: StoredMessage[] = [];
    const unreadable: bigint[] = [];
    const range = rangeOf(queuePrefix(queue));
    const gte = after === undefined ? range.gte : messageKey(queue, after + 1n);
    for (const [key, value] of await pageOf(this.backend, { ...range, gte, limit })) {
      const sequence = sequenceOfMessageKey(key);
      try {
        found.push({ sequence, ...decodeRecord(messageRecord, value, 'a message') });
      } catch (error) {
        if (!isUnreadable(error)) throw error;
        unreadable.push(sequence);
        onUnreadable(error);
      }
    }
    await this.remove(queue, unreadable);
    return found;
  }

  /** A crash may bring the newest removals back: these messages are delivered once more. */
  async remove(queue: string, sequences: readonly bigint[]): Promise<void> {
    if (sequences.length === 0) return;
    const operations = sequences.map((sequence): KvOperation => ({ type: 'delete', key: messageKey(queue, sequence) }));
    await this.backend.write(operations);
    this.#count(queue, -sequences.length);
  }

  #count(queue: string, added: number): void {
    this.#depths.set(queue, Math.max(0, this.depth(queue) + added));
  }
}
