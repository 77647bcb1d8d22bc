// Samples what each account stores, once per period: counts the versions of all buckets in pages, then enters one sample per account.
// A round that a stop interrupts enters nothing and is repeated. The index has the time when the last round ended, so that a restart,
// or another gateway of a fleet, keeps the period. An account with a bucket that cannot be counted gets no sample in a round.
import { isUnreadable, type ObjectIndex, parseVersionId, type UsageTable, type VersionId } from '@cess/object-index';
import {
  BackgroundLoop,
  type BackgroundPorts,
  fromHex,
  isCessError,
  pause,
  SetAside,
  type Startable,
  toHex,
} from '@cess/primitives';
import type { ServedAccount } from '../served-account.js';
import { addCounts, countVersions, noVersions, type VersionCounts } from './count-versions.js';

export interface UsageSamplerInit extends BackgroundPorts {
  readonly index: Pick<ObjectIndex, 'bucketNames' | 'getBucket' | 'listVersions'>;
  readonly table: UsageTable;
  readonly served: () => readonly Pick<ServedAccount, 'owner'>[];
  /** From the end of a round to the start of the next. Default 1 hour. */
  readonly periodMs?: number | undefined;
}

/** Accounts by their owners in hex. */
interface Round {
  readonly counts: Map<string, VersionCounts>;
  /** A bucket of theirs cannot be counted. */
  readonly uncounted: Set<string>;
  /** There is a bucket whose owner cannot be read. */
  hasUnknownOwner: boolean;
}

const defaultPeriodMs = 3_600_000;
const versionsPerPage = 250;
/** Between two pages, so that requests are served: a store of this process answers a page at once. */
const pagePauseMs = 5;

export class UsageSampler implements Startable {
  /** Buckets that cannot be counted. */
  readonly setAside: SetAside;
  readonly #loop: BackgroundLoop;
  readonly #periodMs: number;
  #restMs = 0;

  constructor(private readonly init: UsageSamplerInit) {
    const name = 'usage samples';
    this.setAside = new SetAside(name, init);
    this.#periodMs = init.periodMs ?? defaultPeriodMs;
    const task = (signal: AbortSignal) => this.runIfDue(signal);
    this.#loop = new BackgroundLoop({ ...init, name, task, periodMs: () => this.#restMs });
  }

  async start(): Promise<void> {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** When the next round is due, in Unix milliseconds; not later than now: as soon as background work runs. */
  async nextRoundMs(): Promise<number> {
    const nowMs = this.init.timers.nowMs();
    const lastMs = await this.init.table.lastRoundMs();
    // A clock that was set back does not stop the samples.
    return lastMs === undefined || lastMs > nowMs ? nowMs : lastMs + this.#periodMs;
  }

  /** A round over all accounts, unless the last one is younger than the period. */
  async runIfDue(signal: AbortSignal): Promise<void> {
    const restMs = (await this.nextRoundMs()) - this.init.timers.nowMs();
    if (restMs <= 0) await this.#runRound(signal);
    this.#restMs = restMs > 0 ? restMs : this.#periodMs;
  }

  /**
   * Writes the samples, removes those of accounts that are neither served nor have a bucket, then the end of the round. A crash
   * between two of these repeats the round, whose samples replace those of the same hour and day.
   */
  async #runRound(signal: AbortSignal): Promise<void> {
    const { index, table, timers, served } = this.init;
    const counts = new Map(served().map(({ owner }) => [toHex(owner), noVersions]));
    const round: Round = { counts, uncounted: new Set(), hasUnknownOwner: false };
    for await (const bucket of index.bucketNames()) await this.#visit(bucket, round, signal);
    for (const [owner, { objects, versions, bytes }] of counts) {
      if (round.uncounted.has(owner)) continue;
      await table.add(fromHex(owner), { timeMs: timers.nowMs(), objects, versions, bytes });
    }
    if (!round.hasUnknownOwner)
      for await (const owner of table.owners()) if (!counts.has(toHex(owner))) await table.remove(owner);
    await table.endRound(timers.nowMs());
  }

  async #visit(bucket: string, round: Round, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { counts } = round;
    const owner = await this.#ownerOf(bucket);
    if (owner === 'unreadable') round.hasUnknownOwner = true;
    if (owner === undefined || owner === 'unreadable') return;
    const before = counts.get(owner) ?? noVersions;
    counts.set(owner, before);
    const isCounted = await this.setAside.attempt(
      `bucket ${bucket}`,
      async () => void counts.set(owner, addCounts(before, await this.#count(bucket, signal))),
      signal,
    );
    if (!isCounted) round.uncounted.add(owner);
  }

  /** In hex; undefined for a bucket that was deleted since. Other work reports a record that cannot be read. */
  async #ownerOf(bucket: string): Promise<string | undefined> {
    try {
      const record = await this.init.index.getBucket(bucket);
      return record === undefined ? undefined : toHex(record.owner);
    } catch (error) {
      if (isUnreadable(error) || isCessError(error, 'SCALE_MALFORMED')) return 'unreadable';
      throw error;
    }
  }

  async #count(bucket: string, signal: AbortSignal): Promise<VersionCounts> {
    const { index, timers } = this.init;
    let sum = noVersions;
    let from: { readonly after?: string; readonly afterVersion?: VersionId | undefined } = {};
    for (;;) {
      const request = { prefix: '', delimiter: '', limit: versionsPerPage, ...from };
      const { items, truncated } = await index.listVersions(bucket, request);
      sum = addCounts(sum, countVersions(items));
      const last = items.at(-1);
      if (!truncated || last?.type !== 'entry') return sum;
      from = { after: last.name, afterVersion: parseVersionId(last.value.versionId) };
      await pause(timers, pagePauseMs, signal);
      signal.throwIfAborted();
    }
  }
}
