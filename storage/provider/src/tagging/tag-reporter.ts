// Reports stored tags to the chain in batches (docs/protocol/audit.md §2). It reports only tags that the chain does not have,
// because only such a report is free. When the chain rejects a batch, it is split in halves until the rejected fragment is
// found. The tags of that fragment are deleted. After several rejections the fragment is skipped until the next start.
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
  readonly chain: Pick<DutyChain, 'fragments' | 'tagKey' | 'tagKeysOf' | 'reportTags'>;
  readonly ownIndex: () => number | undefined;
  /** Called when the chain rejects the tags of this place, so that it gets new ones. */
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

  /** Queues the report of stored tags. */
  add(place: FragmentPlace): void {
    this.#waiting.set(placeName(place), placeOf(place));
    this.#loop.trigger();
  }

  remove(place: FragmentPlace): void {
    this.#waiting.delete(placeName(place));
    this.#refusals.delete(placeName(place));
  }

  /** Whether the chain rejected this place so often that it is skipped. */
  isSetAside(place: FragmentPlace): boolean {
    return (this.#refusals.get(placeName(place)) ?? 0) >= maxRefusals;
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** Waits briefly for more reports that fit into the batch. */
  async #gather(signal: AbortSignal): Promise<'again' | undefined> {
    if (this.#waiting.size < MAX_REPORTS) await pause(this.init.timers, gatherMs, signal);
    if (signal.aborted || this.#waiting.size === 0) return undefined;
    await this.reportSome(signal);
    return this.#waiting.size > 0 ? 'again' : undefined;
  }

  /** Reports one batch. Rejects when the chain cannot be reached; the reports then stay queued. */
  async reportSome(signal: AbortSignal): Promise<void> {
    const batch = [...this.#waiting.values()].slice(0, MAX_REPORTS);
    const due = await this.#dueOf(batch);
    const keys = new Map(due.map(({ keyId }) => [toHex(keyId), keyId]));
    for (const [name, keyId] of keys) {
      const entries = due.filter((entry) => toHex(entry.keyId) === name);
      await this.#report(keyId, entries, signal);
    }
  }

  /** The reports that the chain does not have yet. The others are removed from the queue. */
  async #dueOf(batch: readonly FragmentPlace[]): Promise<(TagReportEntry & { readonly keyId: Uint8Array })[]> {
    const { tags, chain } = this.init;
    const [fragments, keys] = await Promise.all([chain.fragments(batch), chain.tagKeysOf(batch)]);
    const revoked = await this.#revokedKeys(batch);
    const due = [];
    for (const [i, place] of batch.entries()) {
      const record = tags.get(place);
      const onChain = keys[i];
      if (record === undefined || fragments[i]?.holder !== this.init.ownIndex()) {
        this.#waiting.delete(placeName(place));
      } else if (onChain !== undefined) {
        this.#waiting.delete(placeName(place));
        await tags.setReported([place], equalBytes(onChain, record.keyId));
      } else if (revoked.has(toHex(record.keyId))) {
        await this.#replace(place);
      } else {
        const { keyId, tagsHash, signature } = record;
        due.push({ ...place, keyId, tagsHash, signature });
      }
    }
    return due;
  }

  /** Keys of these stored tags that the chain takes no tags of any more. */
  async #revokedKeys(batch: readonly FragmentPlace[]): Promise<ReadonlySet<string>> {
    const keyIds = new Map<string, Uint8Array>();
    for (const place of batch) {
      const record = this.init.tags.get(place);
      if (record !== undefined) keyIds.set(toHex(record.keyId), record.keyId);
    }
    const revoked = new Set<string>();
    for (const [name, keyId] of keyIds)
      if ((await this.init.chain.tagKey(keyId))?.isRevoked === true) revoked.add(name);
    return revoked;
  }

  /** Deletes tags under a revoked key; the fragment gets tags under another. */
  async #replace(place: FragmentPlace): Promise<void> {
    this.#waiting.delete(placeName(place));
    await this.init.tags.remove(place);
    this.init.onRefused(placeOf(place));
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
    this.init.logger.debug({ fragments: entries.length }, 'reported tags');
  }

  async #refused(place: FragmentPlace, error: unknown): Promise<void> {
    const name = placeName(place);
    const count = (this.#refusals.get(name) ?? 0) + 1;
    this.#refusals.set(name, count);
    this.#waiting.delete(name);
    const fields = { ...placeFields(place), cause: messageOf(error) };
    if (count >= maxRefusals)
      this.init.logger.error(fields, 'the chain rejects all tags of a fragment; skipping it until the next start');
    else this.init.logger.warn(fields, 'the chain rejected the tags of a fragment; requesting new ones');
    await this.init.tags.remove(place);
    if (count < maxRefusals) this.init.onRefused(placeOf(place));
  }
}

function isRefusal(error: unknown): boolean {
  return isCessError(error, 'CHAIN_DISPATCH_FAILED') || isCessError(error, 'CHAIN_CALL_INVALID');
}
