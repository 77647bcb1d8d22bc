// Samples of what an account stores: one for each hour of the last 31 days, and one for each UTC day of the last 400 days. A later
// sample of the same hour or day replaces the earlier one, so that an account has at most 1,144 records however often it is sampled.
// Beside them, as many records of its traffic: what gateways add for an hour or day makes a sum. They are records of their own, so
// that every gateway of a fleet adds, and one of an earlier version, which has samples only, reads and writes what it knows.
// And when the newest round over all accounts ended.
import { type Static, safeInteger as size, struct, versionedRecord } from '@cess/codec';
import { concatBytes, elementAt, utf8 } from '@cess/primitives';
import type { KvEntry } from '@cess/store';
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

const traffic = struct({
  /** Answered, refused ones included. */
  requests: size,
  receivedBytes: size,
  sentBytes: size,
});
/** What gateways transferred for an account. */
export type Traffic = Static<typeof traffic>;

export const noTraffic: Traffic = { requests: 0, receivedBytes: 0, sentBytes: 0 };

/** A sample, and the traffic of its hour or day and of those before it that have no sample. */
export interface Usage extends UsageSample, Traffic {}

/** Which series of samples. */
export type UsageInterval = 'hour' | 'day';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
interface Series {
  readonly samples: Uint8Array;
  readonly traffic: Uint8Array;
  readonly slotMs: number;
  readonly keptMs: number;
}
const series: Readonly<Record<UsageInterval, Series>> = {
  hour: { samples: utf8('h'), traffic: utf8('H'), slotMs: hourMs, keptMs: 31 * dayMs },
  day: { samples: utf8('d'), traffic: utf8('D'), slotMs: dayMs, keptMs: 400 * dayMs },
};
const intervals: readonly UsageInterval[] = ['hour', 'day'];

const sampleRecord = versionedRecord({ name: 'usage sample', version: 1, codec: sample });
const trafficRecord = versionedRecord({ name: 'traffic', version: 1, codec: traffic });
const roundRecord = versionedRecord({ name: 'usage round', version: 1, codec: struct({ endedAtMs: size }) });

const samplePrefix = utf8('\0cess-usage/');
const roundKey = utf8('\0cess-usage-round');
const ownerLength = 32;
/** More than the records of one account. */
const maxRecords = 4_000;

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
        const slot = slotAt(interval, taken.timeMs);
        const prefix = seriesPrefix(owner, interval, 'samples');
        yield* removeOld(view, prefix, interval, slot);
        view.put(slotKey(prefix, slot), value);
      }
    });
  }

  /**
   * Adds traffic to the hour and the day of `timeMs`, and removes what is too old, in one transaction. Every gateway of a fleet adds its
   * own, so no fence holds it. A record that cannot be read is replaced. After `INDEX_OUTCOME_UNKNOWN` nobody knows whether it was added.
   */
  addTraffic(owner: Uint8Array, timeMs: number, added: Traffic): Promise<void> {
    return this.backend.commit(function* (view): Portions {
      for (const interval of intervals) {
        const slot = slotAt(interval, timeMs);
        const prefix = seriesPrefix(owner, interval, 'traffic');
        yield* removeOld(view, prefix, interval, slot);
        const key = slotKey(prefix, slot);
        view.put(key, trafficRecord.encode(sumOf(readTraffic(yield* view.get(key)), added)));
      }
    });
  }

  /** The samples of a series from `sinceMs` on with their traffic, oldest first. Records that cannot be read are left out. */
  async list(owner: Uint8Array, interval: UsageInterval, sinceMs: number): Promise<readonly Usage[]> {
    const firstSlot = slotAt(interval, Math.max(0, sinceMs));
    const rangeOfKind = (kind: 'samples' | 'traffic') => {
      const prefix = seriesPrefix(owner, interval, kind);
      return { ...rangeOf(prefix), gte: slotKey(prefix, firstSlot), limit: maxRecords };
    };
    const [samples, transfers] = await this.backend.read(function* (view): Portions<[Entries, Entries]> {
      return [yield* view.page(rangeOfKind('samples')), yield* view.page(rangeOfKind('traffic'))];
    });
    const listed: Usage[] = [];
    let next = 0;
    for (const [key, value] of samples) {
      const read = ifReadable(() => decodeRecord(sampleRecord, value, 'a usage sample'));
      if (read === undefined) continue;
      let sum = noTraffic;
      for (; next < transfers.length; next++) {
        const [transferKey, transfer] = elementAt(transfers, next);
        if (slotOf(transferKey) > slotOf(key)) break;
        sum = sumOf(sum, readTraffic(transfer));
      }
      if (read.timeMs >= sinceMs) listed.push({ ...read, ...sum });
    }
    return listed;
  }

  /** Accounts with samples or traffic. */
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

  /** Removes all samples of an account, and its traffic. */
  remove(owner: Uint8Array): Promise<void> {
    return this.#commit(function* (view): Portions {
      const range = rangeOf(concatBytes(samplePrefix, owner));
      for (const [key] of yield* view.page({ ...range, limit: maxRecords })) view.delete(key);
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

type Entries = readonly KvEntry[];

export function sumOf(one: Traffic, other: Traffic): Traffic {
  return {
    requests: one.requests + other.requests,
    receivedBytes: one.receivedBytes + other.receivedBytes,
    sentBytes: one.sentBytes + other.sentBytes,
  };
}

function readTraffic(value: Uint8Array | undefined): Traffic {
  if (value === undefined) return noTraffic;
  return ifReadable(() => decodeRecord(trafficRecord, value, 'traffic of an account')) ?? noTraffic;
}

function* removeOld(view: IndexView, prefix: Uint8Array, interval: UsageInterval, newest: number): Portions {
  const { slotMs, keptMs } = series[interval];
  const oldest = Math.max(0, newest + 1 - keptMs / slotMs);
  const range = { gte: slotKey(prefix, 0), lt: slotKey(prefix, oldest), limit: maxRecords };
  for (const [key] of yield* view.page(range)) view.delete(key);
}

/** Number of the hour or UTC day since 1970. */
function slotAt(interval: UsageInterval, timeMs: number): number {
  return Math.floor(timeMs / series[interval].slotMs);
}

function seriesPrefix(owner: Uint8Array, interval: UsageInterval, kind: 'samples' | 'traffic'): Uint8Array {
  return concatBytes(samplePrefix, owner, series[interval][kind]);
}

function slotKey(prefix: Uint8Array, slot: number): Uint8Array {
  const number = new Uint8Array(8);
  new DataView(number.buffer).setBigUint64(0, BigInt(slot), false);
  return concatBytes(prefix, number);
}

function slotOf(key: Uint8Array): number {
  return Number(new DataView(key.buffer, key.byteOffset + key.length - 8, 8).getBigUint64(0, false));
}
