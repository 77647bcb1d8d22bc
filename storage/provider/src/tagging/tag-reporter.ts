// Tells the chain of stored tags (docs/protocol/audit.md §2), many in one call. Only what is due is reported, since only then
// a report is free. A batch that the chain refuses is halved until the guilty one is alone; that one's tags are thrown
// away, and after a few times it is left alone until the next start.
import { type FragmentPlace, MAX_REPORTS } from '@cess/client';
import {
  BackgroundLoop,
  type BackgroundPorts,
  equalBytes,
  isCessError,
  messageOf,
  pause,
  toHex,
} from '@cess/primitives';
import type { DutyChain, TagReportEntry } from '../chain/duty-chain.js';
import { placeFields, placeName, placeOf } from '../holdings/place.js';
import type { TagStore } from './tag-store.js';

const gatherMs = 1_500;
const backOff = { leastMs: 5_000, mostMs: 60_000 };
const maxRefusals = 5;

export interface TagReporterInit extends BackgroundPorts {
  readonly tags: TagStore;
  readonly chain: Pick<DutyChain, 'fragments' | 'tagKeysOf' | 'reportTags'>;
  readonly ownIndex: () => number | undefined;
  /** The chain does not take the tags of this place: it needs others. */
  readonly onRefused: (place: FragmentPlace) => void;
}

export class TagReporter {
  readonly #waiting = new Map<string, FragmentPlace>();
  readonly #refusals = new Map<string, number>();
  readonly #loop: BackgroundLoop;

  constructor(private readonly init: TagReporterInit) {
    const task = (signal: AbortSignal) => this.#gather(signal);
    this.#loop = new BackgroundLoop({ ...init, name: 'tag reporter', task, backOff });
  }

  /** Its tags are stored. */
  add(place: FragmentPlace): void {
    this.#waiting.set(placeName(place), placeOf(place));
    this.#loop.trigger();
  }

  remove(place: FragmentPlace): void {
    this.#waiting.delete(placeName(place));
    this.#refusals.delete(placeName(place));
  }

  /** Whether the chain refused this place so often that it is left alone. */
  isSetAside(place: FragmentPlace): boolean {
    return (this.#refusals.get(placeName(place)) ?? 0) >= maxRefusals;
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** Waits a moment for others that can share the call. */
  async #gather(signal: AbortSignal): Promise<'again' | undefined> {
    if (this.#waiting.size < MAX_REPORTS) await pause(this.init.timers, gatherMs, signal);
    if (signal.aborted || this.#waiting.size === 0) return undefined;
    await this.reportSome(signal);
    return this.#waiting.size > 0 ? 'again' : undefined;
  }

  /** One batch. Rejects when the chain cannot be reached; then all of it goes on waiting. */
  async reportSome(signal: AbortSignal): Promise<void> {
    const batch = [...this.#waiting.values()].slice(0, MAX_REPORTS);
    const due = await this.#dueOf(batch);
    const keys = new Map(due.map(({ keyId }) => [toHex(keyId), keyId]));
    for (const [name, keyId] of keys) {
      const entries = due.filter((entry) => toHex(entry.keyId) === name);
      await this.#report(keyId, entries, signal);
    }
  }

  /** What the chain does not know yet; the rest is settled. */
  async #dueOf(batch: readonly FragmentPlace[]): Promise<(TagReportEntry & { readonly keyId: Uint8Array })[]> {
    const { tags, chain } = this.init;
    const [fragments, keys] = await Promise.all([chain.fragments(batch), chain.tagKeysOf(batch)]);
    const due = [];
    for (const [i, place] of batch.entries()) {
      const record = tags.get(place);
      const onChain = keys[i];
      if (record === undefined || fragments[i]?.holder !== this.init.ownIndex()) {
        this.#waiting.delete(placeName(place));
      } else if (onChain !== undefined) {
        this.#waiting.delete(placeName(place));
        await tags.setReported([place], equalBytes(onChain, record.keyId));
      } else {
        const { keyId, tagsHash, signature } = record;
        due.push({ ...place, keyId, tagsHash, signature });
      }
    }
    return due;
  }

  async #report(keyId: Uint8Array, entries: readonly TagReportEntry[], signal: AbortSignal): Promise<void> {
    try {
      await this.init.chain.reportTags(keyId, entries, signal);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const [only, ...others] = entries;
      if (only === undefined) return;
      if (others.length === 0) return this.#refused(only, error);
      const middle = entries.length >> 1;
      await this.#report(keyId, entries.slice(0, middle), signal);
      await this.#report(keyId, entries.slice(middle), signal);
      return;
    }
    await this.init.tags.setReported(entries, true);
    for (const entry of entries) {
      this.#waiting.delete(placeName(entry));
      this.#refusals.delete(placeName(entry));
    }
    this.init.logger.debug({ fragments: entries.length }, 'tags reported');
  }

  async #refused(place: FragmentPlace, error: unknown): Promise<void> {
    const name = placeName(place);
    const count = (this.#refusals.get(name) ?? 0) + 1;
    this.#refusals.set(name, count);
    this.#waiting.delete(name);
    const fields = { ...placeFields(place), cause: messageOf(error) };
    if (count >= maxRefusals) this.init.logger.error(fields, 'the chain takes no tags of a fragment; it is left alone');
    else this.init.logger.warn(fields, 'the chain refused the tags of a fragment; it gets others');
    await this.init.tags.remove(place);
    if (count < maxRefusals) this.init.onRefused(placeOf(place));
  }
}

function isRefusal(error: unknown): boolean {
  return isCessError(error, 'CHAIN_DISPATCH_FAILED') || isCessError(error, 'CHAIN_CALL_INVALID');
}
