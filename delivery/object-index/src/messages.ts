// Queues of messages that leave the gateway (ADR 62). A message is written in the transaction of the change that it tells, and
// removed when its receiver has it: a crash neither loses one nor invents one, and at most sends one twice.
import { bytes, safeInteger, str, struct, versionedRecord } from '@cess/codec';
import { concatBytes, fromUtf8, utf8 } from '@cess/primitives';
import type { Kv, KvOperation } from '@cess/store';
import { decodeRecord, isUnreadable } from './errors.js';
import type { IndexView } from './index-view.js';
import { rangeOf } from './keys.js';
import { entriesInPages } from './pages.js';
import { ordinalAt } from './records.js';
import { ordinalIn, ordinalValue } from './version-keys.js';

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

export const messageTable = utf8('m/');
export const messageRecord = versionedRecord<QueuedMessage>({
  name: 'message',
  version: 1,
  codec: struct({ id: str, createdAtMs: safeInteger, lane: str, body: bytes() }),
});

/** The greatest sequence that was queued. It outlives the message, so that sequences grow also when the clock goes back. */
const sequenceKey = utf8('\0cess-message-sequence');
const sequenceBytes = 8;
const zero = new Uint8Array(1);

/** Names of queues hold no zero byte. */
const queuePrefix = (queue: string): Uint8Array => concatBytes(messageTable, utf8(queue), zero);
const messageKey = (queue: string, sequence: bigint): Uint8Array =>
  concatBytes(queuePrefix(queue), ordinalValue(sequence));
const sequenceOfKey = (key: Uint8Array): bigint => ordinalIn(key.subarray(key.length - sequenceBytes));
const queueOfKey = (key: Uint8Array): string =>
  fromUtf8(key.subarray(messageTable.length, key.length - sequenceBytes - zero.length));

export class MessageQueues {
  readonly #depths = new Map<string, number>();
  #sequence: bigint;

  constructor(private readonly kv: Kv) {
    const stored = kv.get(sequenceKey);
    this.#sequence = stored?.length === sequenceBytes ? ordinalIn(stored) : 0n;
    for (const [key] of entriesInPages(kv, rangeOf(messageTable))) this.#count(queueOfKey(key), 1);
  }

  /** Names of queues that hold messages, those that nothing delivers included. */
  names(): string[] {
    return [...this.#depths].flatMap(([queue, depth]) => (depth > 0 ? [queue] : []));
  }

  depth(queue: string): number {
    return this.#depths.get(queue) ?? 0;
  }

  /** Begins with the time, like the ordinals of versions. */
  nextSequence(nowMs: number): bigint {
    const least = ordinalAt(nowMs);
    this.#sequence = this.#sequence < least ? least : this.#sequence + 1n;
    return this.#sequence;
  }

  /** Call `revoke` if the transaction fails. */
  append(view: IndexView, queue: string, { sequence, ...message }: StoredMessage): void {
    view.put(messageKey(queue, sequence), messageRecord.encode(message));
    view.put(sequenceKey, ordinalValue(sequence));
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
    for (const [key, value] of this.kv.entries({ ...range, gte, limit })) {
      const sequence = sequenceOfKey(key);
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
    await this.kv.write(operations);
    this.#count(queue, -sequences.length);
  }

  #count(queue: string, added: number): void {
    this.#depths.set(queue, Math.max(0, this.depth(queue) + added));
  }
}
