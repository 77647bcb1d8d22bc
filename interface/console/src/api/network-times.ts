// How long the network takes to notice losses and to repair them: what ended in some blocks, measured from the block that began it. Pure;
// `follow-times.ts` reads it.
import type { RoleEvent } from './role-events.js';

/**
 * `Verdict`: a question to a provider was answered and judged. `Failure`: the chain recorded that a question cannot be answered, and
 * opened orders for what is lost. `Repair`: an order for a fragment that had a holder was carried out. `Hole`: one for a fragment that
 * was stored without a holder.
 */
type TimedKind = 'Verdict' | 'Failure' | 'Repair' | 'Hole';
const timedKinds: readonly TimedKind[] = ['Verdict', 'Failure', 'Repair', 'Hole'];

export interface TimedEnd {
  readonly kind: TimedKind;
  readonly blocks: number;
}

export interface ReadBlocks {
  /** First and last block whose events were read. */
  readonly first: number;
  readonly last: number;
  /** Unix milliseconds of them. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** Blocks in which everything that is tagged is asked for once. */
  readonly cycle: number;
  readonly ends: readonly TimedEnd[];
  /** Ends whose beginning cannot be read any more. */
  readonly unknown: number;
}

export interface Duration {
  readonly blocks: number;
  /** Estimated by the average time of the blocks that were read; undefined while only one was. */
  readonly ms: number | undefined;
}

interface TimeRow {
  readonly kind: TimedKind;
  readonly count: number;
  /** Undefined where nothing ended. */
  readonly median: Duration | undefined;
  readonly longest: Duration | undefined;
}

export interface NetworkTimes extends Omit<ReadBlocks, 'ends' | 'cycle'> {
  readonly cycle: Duration;
  readonly rows: readonly TimeRow[];
}

/** Median and longest duration of each kind. */
export function timesOf({ ends, cycle, ...read }: ReadBlocks): NetworkTimes {
  const { first, last, firstMs, lastMs } = read;
  const msPerBlock = last > first ? (lastMs - firstMs) / (last - first) : undefined;
  const duration = (blocks: number): Duration => ({
    blocks,
    ms: msPerBlock === undefined ? undefined : blocks * msPerBlock,
  });
  const rows = timedKinds.map((kind): TimeRow => {
    const durations = ends.filter((end) => end.kind === kind).map(({ blocks }) => blocks);
    const sorted = durations.sort((a, b) => a - b);
    const [median, longest] = [medianOf(sorted), sorted.at(-1)].map((blocks) =>
      blocks === undefined ? undefined : duration(blocks),
    );
    return { kind, count: sorted.length, median, longest };
  });
  return { ...read, cycle: duration(cycle), rows };
}

/** Of ascending numbers; of two in the middle their mean. Undefined of none. */
export function medianOf(sorted: readonly number[]): number | undefined {
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}

/** What ends with an event; undefined for events that end nothing that is measured. */
export function endOf({ pallet, name, value }: Pick<RoleEvent, 'pallet' | 'name' | 'value'>): EndEvent | undefined {
  if (pallet === 'Audit' && name === 'VerdictSubmitted') return { kind: 'Verdict', round: value as RoundOf };
  if (pallet === 'Audit' && name === 'RoundClosed') {
    const round = value as RoundOf & { readonly outcome: string };
    return round.outcome === 'Invalid' || round.outcome === 'Conceded' ? { kind: 'Failure', round } : undefined;
  }
  if (pallet === 'FileBank' && name === 'RestoralOrderCompleted') return { kind: 'Order', place: value as PlaceOf };
  return undefined;
}

interface RoundOf {
  readonly miner: number;
  readonly key_id: Uint8Array;
  readonly round: number;
}
interface PlaceOf {
  readonly file_id: Uint8Array;
  readonly segment: number;
  readonly fragment: number;
}
export type EndEvent =
  | { readonly kind: 'Verdict' | 'Failure'; readonly round: RoundOf }
  | { readonly kind: 'Order'; readonly place: PlaceOf };
