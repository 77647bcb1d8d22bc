// Shows events to those who listen, and remembers the newest ones, so that a listener whose connection broke goes on where it was.
// Everything is in memory: a restart begins a new history.
import type { ObjectChange } from '@cess/object-index';
import { FairPlaces } from '@cess/primitives';
import { eventRecord, sequencerOf } from './event-record.js';

export interface LiveEvent {
  /** Grows from event to event. */
  readonly id: string;
  readonly eventName: string;
  readonly bucket: string;
  readonly key: string;
  /** JSON, `{"Records":[…]}`. */
  readonly text: string;
}

export interface Listener {
  readonly wants: (event: LiveEvent) => boolean;
  readonly onEvent: (event: LiveEvent) => void;
  /** The gateway stops. */
  readonly onStop: () => void;
}

export interface Resumed {
  /** Events behind the id that the listener named, oldest first. */
  readonly missed: readonly LiveEvent[];
  /** Whether there may have been more that are forgotten. */
  readonly hasGap: boolean;
}

const maxHistory = 4_096;
const maxListeners = 64;
/** Configurations of buckets have ids; the stream belongs to none. */
const configurationId = 'ListenBucketNotification';

export class EventHub {
  readonly #listeners = new Set<Listener>();
  readonly #places = new FairPlaces(maxListeners);
  readonly #history: LiveEvent[] = [];
  /** Of the newest event that is forgotten; before the first, every earlier id is unknown. */
  #forgotten: string;

  /** `firstId`: the id that the next event would have now. */
  constructor(
    private readonly region: string,
    firstId: bigint,
  ) {
    this.#forgotten = sequencerOf(firstId);
  }

  publish(eventName: string, change: ObjectChange): void {
    const record = eventRecord(eventName, change, { region: this.region, configurationId });
    const { bucket, key } = change.name;
    const event = { id: sequencerOf(change.sequence), eventName, bucket, key };
    const live = { ...event, text: JSON.stringify({ Records: [record] }) };
    this.#history.push(live);
    if (this.#history.length > maxHistory) this.#forgotten = this.#history.shift()?.id ?? this.#forgotten;
    for (const listener of [...this.#listeners]) if (listener.wants(live)) listener.onEvent(live);
  }

  /** The result removes the listener. Undefined when the account of the listener has its share of the places. */
  add(account: string, listener: Listener): (() => void) | undefined {
    const leave = this.#places.tryEnter(account);
    if (leave === undefined) return undefined;
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      leave();
    };
  }

  since(lastId: string, wants: Listener['wants']): Resumed {
    const missed = this.#history.filter((event) => event.id > lastId && wants(event));
    return { missed, hasGap: lastId < this.#forgotten };
  }

  stop(): void {
    for (const { onStop } of [...this.#listeners]) onStop();
  }
}
