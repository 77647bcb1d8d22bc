// Tags every held fragment (STORE-1 steps 5 and 6, docs/protocol/audit.md §2). Tagging runs in the lane of the process, only
// while no upload is running, and an upload interrupts it. Small fragments share a turn, because verifying many tags costs
// little more than verifying those of one fragment. The work list is the difference between the chain and the stored tags,
// so it survives a crash at any point: fragments without stored tags are tagged again, others are reported again.
import type { FragmentPlace } from '@cess/client';
import { BackgroundLoop, type BackgroundPorts, equalBytes, isAbort, isCessError, messageOf } from '@cess/primitives';
import type { DutyChain } from '../chain/duty-chain.js';
import { pagesOf } from '../chain/pages.js';
import type { DeclaredFiles, DeclaredListener } from '../holdings/declared-files.js';
import { type FileFragment, placeFields, placeName, placeOf } from '../holdings/place.js';
import { BackOff } from '../scheduling/back-off.js';
import type { BackgroundLane } from '../scheduling/background-lane.js';
import { Wakeup } from '../scheduling/wakeup.js';
import type { TagMaking } from './tag-maker.js';
import { TagReporter } from './tag-reporter.js';
import type { TagStore } from './tag-store.js';

const pageSize = 500;
/** Most fragments in the lane at a time. */
const mostUnderWay = 32;
const leastPauseMs = 2_000;
const mostPauseMs = 600_000;
/** While no worker is available, one fragment at a time is retried. The limit is low, so that all resume soon. */
const mostPauseForWorkersMs = 15_000;
const anyWorker = 'any worker';
const compareRetryMs = 5_000;
const longestWaitMs = 30_000;

export interface TaggerInit extends BackgroundPorts {
  readonly declaredFiles: DeclaredFiles;
  readonly tags: TagStore;
  readonly maker: TagMaking;
  readonly chain: Pick<DutyChain, 'fragments' | 'tagKey' | 'tagKeysOf' | 'reportTags'>;
  readonly lane: BackgroundLane;
  readonly ownIndex: () => number | undefined;
  /** Rebuilds a fragment whose bytes are corrupt. */
  readonly repair: (held: FileFragment, signal: AbortSignal) => Promise<void>;
  /** Pause between two comparisons with the chain. */
  readonly intervalMs: number;
}

export class Tagger implements DeclaredListener {
  readonly #queue = new Map<string, FragmentPlace>();
  readonly #pauses = new BackOff(leastPauseMs, mostPauseMs, 100_000);
  readonly #teeWorkers = new BackOff(leastPauseMs, mostPauseForWorkersMs, 1);
  readonly #work: Wakeup;
  readonly #comparison: BackgroundLoop;
  readonly #reporter: TagReporter;
  readonly #stopping = new AbortController();
  /** By place name. Each aborts the tagging of its fragment. */
  readonly #underWay = new Map<string, AbortController>();
  #running: Promise<unknown> = Promise.resolve();

  constructor(private readonly init: TaggerInit) {
    this.#work = new Wakeup(init.timers);
    this.#comparison = new BackgroundLoop({
      ...init,
      name: 'tag comparison',
      task: () => this.compare(),
      periodMs: () => (init.ownIndex() === undefined ? compareRetryMs : init.intervalMs),
    });
    this.#reporter = new TagReporter({ ...init, onRefused: (place) => this.#retryLater(place) });
  }

  /** Fragments that wait for tags. */
  get waiting(): number {
    return this.#queue.size;
  }

  start(): void {
    const { signal } = this.#stopping;
    this.#running = this.#tagAll(signal);
    this.#comparison.start();
    this.#reporter.start();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([this.#running, this.#comparison.stop(), this.#reporter.stop()]);
  }

  /** Compares with the chain soon, because events may have been missed. */
  recheck(): void {
    this.#comparison.retryNow();
  }

  added(place: FragmentPlace): void {
    if (this.#reporter.isSetAside(place)) return;
    this.#queue.set(placeName(place), placeOf(place));
    this.#work.wake();
  }

  removed(place: FragmentPlace): void {
    const name = placeName(place);
    this.#queue.delete(name);
    this.#pauses.succeeded(name);
    this.#reporter.remove(place);
    this.#underWay.get(name)?.abort();
    this.init.tags.remove(place).catch((error: unknown) => {
      this.init.logger.debug(
        { cause: messageOf(error) },
        'failed to delete the tags of a removed fragment; the next comparison will',
      );
    });
  }

  /** The chain took the fragment away. If it is given back, its tags must be reported again. */
  async taken(place: FragmentPlace): Promise<void> {
    await this.init.tags.setReported([place], false);
  }

  /** Compares held fragments and stored tags with the chain. Rejects when the chain does not answer. */
  async compare(): Promise<void> {
    const { declaredFiles, tags, chain } = this.init;
    const own = this.init.ownIndex();
    if (own === undefined) return;
    for (let page = tags.page(undefined, pageSize); page.length > 0; page = tags.page(page.at(-1), pageSize)) {
      for (const place of page) if (declaredFiles.at(place) === undefined) await tags.remove(place);
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (const page of pagesOf(declaredFiles.all(), pageSize)) {
      const places = page.map(placeOf);
      const [fragments, keys] = await Promise.all([chain.fragments(places), chain.tagKeysOf(places)]);
      for (const [i, held] of page.entries()) {
        const fragment = fragments[i];
        if (fragment?.holder !== own || !equalBytes(fragment.root, held.root)) continue;
        await this.#settle(placeOf(held), keys[i]);
      }
    }
  }

  /** Queues the tagging or the report of a fragment. True if it needs nothing from a TEE worker. */
  async #settle(place: FragmentPlace, onChain: Uint8Array | undefined): Promise<boolean> {
    const known = this.init.tags.get(place);
    const isRight = known !== undefined && (onChain === undefined || equalBytes(known.keyId, onChain));
    if (!isRight) {
      if (!this.#queue.has(placeName(place))) this.added(place);
      return false;
    }
    if (onChain !== undefined) await this.init.tags.setReported([place], true);
    else if (!this.#reporter.isSetAside(place)) this.#reporter.add(place);
    return true;
  }

  async #tagAll(signal: AbortSignal): Promise<void> {
    const running = new Set<Promise<void>>();
    while (!signal.aborted) {
      if (running.size >= this.#mostUnderWay) {
        await Promise.race(running);
        continue;
      }
      const { place, waitMs } = this.#nextReady();
      if (place === undefined) await this.#work.wait(waitMs, signal);
      else {
        const tagging: Promise<void> = this.#tagInTurn(place, signal).finally(() => {
          running.delete(tagging);
          this.#work.wake();
        });
        running.add(tagging);
      }
    }
    await Promise.all(running);
  }

  #nextReady(): { readonly place: FragmentPlace | undefined; readonly waitMs: number } {
    const now = this.init.timers.nowMs();
    let waitMs = longestWaitMs;
    if (this.init.ownIndex() === undefined) return { place: undefined, waitMs: leastPauseMs };
    const untilWorkers = this.#teeWorkers.readyAtMs(anyWorker) - now;
    if (untilWorkers > 0) return { place: undefined, waitMs: untilWorkers };
    for (const [name, place] of this.#queue) {
      if (this.#underWay.has(name)) continue;
      const untilReady = this.#pauses.readyAtMs(name) - now;
      if (untilReady <= 0) return { place, waitMs: 0 };
      waitMs = Math.min(waitMs, untilReady);
    }
    return { place: undefined, waitMs };
  }

  /** While no worker is available, one fragment probes for one. */
  get #mostUnderWay(): number {
    return this.#teeWorkers.failures(anyWorker) > 0 ? 1 : mostUnderWay;
  }

  /** An interrupted or stopped fragment stays in the work list. */
  async #tagInTurn(place: FragmentPlace, stopping: AbortSignal): Promise<void> {
    const name = placeName(place);
    const controller = new AbortController();
    this.#underWay.set(name, controller);
    const signal = AbortSignal.any([controller.signal, stopping]);
    const bytes = this.init.declaredFiles.at(place)?.length ?? 0;
    const work = (interrupted: AbortSignal) => this.#tagOne(place, signal, interrupted);
    try {
      await this.init.lane.run(work, signal, { bytes });
    } catch (error) {
      if (!isCessError(error) && !isAbort(error)) this.init.onFatal(error, 'tagger');
    } finally {
      this.#underWay.delete(name);
    }
  }

  async #tagOne(place: FragmentPlace, signal: AbortSignal, interrupted: AbortSignal): Promise<void> {
    const name = placeName(place);
    const held = this.init.declaredFiles.at(place);
    try {
      if (held === undefined || (await this.#tag(held, signal, interrupted))) this.#queue.delete(name);
      this.#pauses.succeeded(name);
      this.#teeWorkers.succeeded(anyWorker);
    } catch (error) {
      if (signal.aborted) return;
      if (interrupted.aborted || !isCessError(error)) throw error;
      this.#pause(name, isCessError(error, 'TEE_NONE_AVAILABLE'));
      const fields = { ...placeFields(place), cause: messageOf(error), failures: this.#pauses.failures(name) };
      this.init.logger.debug(fields, 'failed to tag a fragment; retrying later');
      if (held !== undefined && isCessError(error, 'PROVIDER_FRAGMENT_ROTTEN')) await this.#repair(held, signal);
    }
  }

  /** When no worker is available, all fragments share one short pause. Concurrent failures count once. */
  #pause(name: string, isForWorkers: boolean): void {
    const now = this.init.timers.nowMs();
    this.#pauses.failed(name, now, isForWorkers ? mostPauseForWorkersMs : mostPauseMs);
    if (isForWorkers && this.#teeWorkers.readyAtMs(anyWorker) <= now) this.#teeWorkers.failed(anyWorker, now);
  }

  /** True when the fragment leaves the work list. */
  async #tag(held: FileFragment, signal: AbortSignal, interrupted: AbortSignal): Promise<boolean> {
    const { chain, maker, tags } = this.init;
    const own = this.init.ownIndex();
    const place = placeOf(held);
    const [[fragment], [onChain]] = await Promise.all([chain.fragments([place]), chain.tagKeysOf([place])]);
    // Not held by this provider on chain. The event that changes this queues the fragment again.
    if (own === undefined || fragment?.holder !== own) return true;
    if (await this.#settle(place, onChain)) return true;
    await maker.make(held, own, onChain, signal, interrupted);
    if (onChain !== undefined) await tags.setReported([place], true);
    else if (tags.get(place) !== undefined) this.#reporter.add(place);
    return true;
  }

  async #repair(held: FileFragment, signal: AbortSignal): Promise<void> {
    await this.init.repair(held, signal).catch((error: unknown) => {
      this.init.logger.warn({ ...placeFields(held), cause: messageOf(error) }, 'failed to repair a corrupt fragment');
    });
  }

  #retryLater(place: FragmentPlace): void {
    this.#pauses.failed(placeName(place), this.init.timers.nowMs());
    this.added(place);
  }
}
