// Samples of what an account stores: one for each hour of the last 31 days, and one for each UTC day of the last 400 days. A later
// sample of the same hour or day replaces the earlier one, so that an account has at most 1,144 records however often it is sampled.
// Beside them, when the newest round over all accounts ended.
import { type Static, safeInteger as size, struct, versionedRecord } from '@cess/codec';
import { concatBytes, utf8 } from '@cess/primitives';
import { decodeRecord, ifReadable } from './errors.js';
import type { Fence, IndexBackend } from './index-backend.js';
import { type IndexView, type Portions, readKey } from './index-view.js';
import { rangeOf } from './keys.js';
import { pageOf } from './pages.js';

const sample = struct({
  /** When it was taken, in Unix milliseconds. */
  timeMs: size,
  /** Current objects. */
  objects: size,
  /** All versions, delete markers included. */
  versions: size,
  /** Sum of the sizes of all versions. */
  bytes: size,
});
/** What an account stored at a time. */
export type UsageSample = Static<typeof sample>;

/** Which series of samples. */
export type UsageInterval = 'hour' | 'day';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const series: Readonly<Record<UsageInterval, { tag: Uint8Array; slotMs: number; keptMs: number }>> = {
  hour: { tag: utf8('h'), slotMs: hourMs, keptMs: 31 * dayMs },
  day: { tag: utf8('d'), slotMs: dayMs, keptMs: 400 * dayMs },
};
const intervals: readonly UsageInterval[] = ['hour', 'day'];

const sampleRecord = versionedRecord({ name: 'usage sample', version: 1, codec: sample });
const roundRecord = versionedRecord({ name: 'usage round', version: 1, codec: struct({ endedAtMs: size }) });

const samplePrefix = utf8('\0cess-usage/');
const roundKey = utf8('\0cess-usage-round');
const ownerLength = 32;
/** More than the records of one account. */
const maxSamples = 2_000;

export class UsageTable {
  constructor(
    private readonly backend: IndexBackend,
    private readonly fence?: Fence,
  ) {}

  /** Enters a sample in both series of an account, and removes what is too old, in one transaction. */
  add(owner: Uint8Array, taken: UsageSample): Promise<void> {
    const value = sampleRecord.encode(taken);
    return this.#commit(function* (view): Portions {
      for (const interval of intervals) {
        const { slotMs, keptMs } = series[interval];
        const slot = Math.floor(taken.timeMs / slotMs);
        const oldest = slot + 1 - keptMs / slotMs;
        const range = { gte: slotKey(owner, interval, 0), lt: slotKey(owner, interval, Math.max(0, oldest)) };
        for (const [key] of yield* view.page({ ...range, limit: maxSamples })) view.delete(key);
        view.put(slotKey(owner, interval, slot), value);
      }
    });
  }

  /** The samples of a series from `sinceMs` on, oldest first. Records that cannot be read are left out. */
  async list(owner: Uint8Array, interval: UsageInterval, sinceMs: number): Promise<readonly UsageSample[]> {
    const { slotMs } = series[interval];
    const gte = slotKey(owner, interval, Math.max(0, Math.floor(sinceMs / slotMs)));
    const page = await pageOf(this.backend, {
      ...rangeOf(seriesPrefix(owner, interval)),
      gte,
      limit: maxSamples,
    });
    return page.flatMap(([, value]) => {
      const read = ifReadable(() => decodeRecord(sampleRecord, value, 'a usage sample'));
      return read === undefined || read.timeMs < sinceMs ? [] : [read];
    });
  }

  /** Accounts with samples. */
  async *owners(): AsyncGenerator<Uint8Array> {
    const all = rangeOf(samplePrefix);
    let from: typeof all | undefined = all;
    while (from !== undefined) {
      const [first] = await pageOf(this.backend, { ...from, limit: 1 });
      if (first === undefined) return;
      const owner = first[0].slice(samplePrefix.length, samplePrefix.length + ownerLength);
      yield owner;
      const behind: Uint8Array | undefined = rangeOf(concatBytes(samplePrefix, owner)).lt;
      from = behind === undefined ? undefined : { ...all, gte: behind };
    }
  }

  /** Removes all samples of an account. */
  remove(owner: Uint8Array): Promise<void> {
    return this.#commit(function* (view): Portions {
      const range = rangeOf(concatBytes(samplePrefix, owner));
      for (const [key] of yield* view.page({ ...range, limit: maxSamples })) view.delete(key);
    });
  }

  /** When the newest round over all accounts ended, in Unix milliseconds; undefined before the first, or if the record cannot be read. */
  async lastRoundMs(): Promise<number | undefined> {
    const value = await this.backend.read((view) => readKey(view, roundKey));
    if (value === undefined) return undefined;
    return ifReadable(() => decodeRecord(roundRecord, value, 'the round of usage samples'))?.endedAtMs;
  }

  endRound(endedAtMs: number): Promise<void> {
    return this.backend.commit((view) => view.put(roundKey, roundRecord.encode({ endedAtMs })), { fence: this.fence });
  }

  #commit(transaction: (view: IndexView) => Portions): Promise<void> {
    return this.backend.commit(transaction, { fence: this.fence });
  }
}

const seriesPrefix = (owner: Uint8Array, interval: UsageInterval): Uint8Array =>
  concatBytes(samplePrefix, owner, series[interval].tag);

function slotKey(owner: Uint8Array, interval: UsageInterval, slot: number): Uint8Array {
  const number = new Uint8Array(8);
  new DataView(number.buffer).setBigUint64(0, BigInt(slot), false);
  return concatBytes(seriesPrefix(owner, interval), number);
}
