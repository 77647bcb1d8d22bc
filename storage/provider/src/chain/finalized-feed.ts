// Reads the provider events of finalized blocks once, and passes them to all providers of the process.
import type { ChainClient, EventRecord } from '@cess/client';
import { type Clock, systemClock } from '@cess/primitives';
import type { ProviderEvent, SeenBlock } from './chain-port.js';

export type EventListener = (events: readonly ProviderEvent[]) => Promise<void>;

export class FinalizedFeed {
  readonly #listeners = new Set<EventListener>();
  #end: (() => Promise<void>) | undefined;

  #latest: SeenBlock | undefined;

  constructor(
    private readonly client: Pick<ChainClient, 'followFinalized' | 'events'>,
    private readonly clock: Clock = systemClock,
  ) {}

  /** The last followed block. */
  get latest(): SeenBlock | undefined {
    return this.#latest;
  }

  /** Adds a listener. The first one starts the subscription, and removing the last one ends it. */
  subscribe(listener: EventListener): () => Promise<void> {
    this.#listeners.add(listener);
    // After a long outage the duties and upkeep compare with the chain, which finds what missed events would have told.
    this.#end ??= this.client.followFinalized(async ({ number }, hash) => {
      this.#latest = { number, seenAtMs: this.clock.nowMs() };
      const events = (await this.client.events(hash)).flatMap(toProviderEvent);
      if (events.length > 0) await Promise.all([...this.#listeners].map((each) => each(events)));
    });
    return async () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      const end = this.#end;
      this.#end = undefined;
      await end?.();
    };
  }
}

function toProviderEvent({ event }: EventRecord): ProviderEvent[] {
  if (event.type === 'FileBank') return toFileEvent(event.value);
  return event.type === 'Audit' ? toAuditEvent(event.value) : [];
}

function toFileEvent(event: Extract<EventRecord['event'], { type: 'FileBank' }>['value']): ProviderEvent[] {
  switch (event.type) {
    case 'FilesDeclared':
      return [{ type: 'declared', fileIds: event.value.files }];
    case 'FileDeleted':
      return [{ type: 'deleted', fileId: event.value.file_id }];
    case 'PlacementReported':
      return [{ type: 'placed', ...placeOf(event.value), provider: event.value.miner }];
    case 'FragmentLost':
      return [{ type: 'lost', ...placeOf(event.value), provider: event.value.miner }];
    case 'RestoralOrderCompleted':
      return [{ type: 'restored', ...placeOf(event.value), provider: event.value.miner }];
    case 'RestoralOrderOpened':
      return [{ type: 'ordered', ...placeOf(event.value) }];
    default:
      return [];
  }
}

function toAuditEvent(event: Extract<EventRecord['event'], { type: 'Audit' }>['value']): ProviderEvent[] {
  switch (event.type) {
    case 'ChallengeOpened':
    case 'DeadlineExtended':
      return [{ type: 'challenged', ...roundOf(event.value) }];
    case 'VerdictSubmitted':
      return [{ type: 'judged', ...roundOf(event.value), passed: event.value.passed }];
    case 'RoundClosed':
      return [{ type: 'closed', ...roundOf(event.value), outcome: event.value.outcome }];
    default:
      return [];
  }
}

function placeOf(event: { readonly file_id: Uint8Array; readonly segment: number; readonly fragment: number }) {
  return { fileId: event.file_id, segment: event.segment, fragment: event.fragment };
}

function roundOf(event: { readonly miner: number; readonly key_id: Uint8Array; readonly round: number }) {
  return { provider: event.miner, keyId: event.key_id, round: event.round };
}
