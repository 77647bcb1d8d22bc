// What happens in a run, as plain data: made from a seed (scenarios), replayed, and shrunk by leaving parts out (SI-20).
import type { LinkQuality } from './links.js';

/** What a Byzantine authority does; docs/protocol/simulation.md §4. */
export type ByzantineKind =
  | 'twin'
  | 'two-faced'
  | 'vote-withholder'
  | 'late-releaser'
  | 'invalid-vrf'
  | 'stale-set'
  | 'bogus-catch-up'
  | 'surplus-equivocation'
  | 'unused-headers'
  | 'silent';

export interface Byzantine {
  readonly seat: number;
  readonly kind: ByzantineKind;
}

/** Times are milliseconds of virtual time since the start. Nodes are numbered by their seats; twins follow the others. */
export type Fault =
  /** The process ends and starts again. */
  | {
      readonly type: 'crash';
      readonly atMs: number;
      readonly untilMs: number;
      readonly node: number;
      /** What becomes of writes that are not durable: all are kept, as when only the process ends, or lost. Absent: a random suffix is lost. */
      readonly unsynced?: 'kept' | 'lost';
    }
  /** Nothing passes between the groups; nodes that no group names are alone. */
  | {
      readonly type: 'partition';
      readonly atMs: number;
      readonly untilMs: number;
      readonly groups: readonly number[][];
    }
  /** Nothing passes from the one to the others; the other direction works. */
  | {
      readonly type: 'one-way';
      readonly atMs: number;
      readonly untilMs: number;
      readonly from: readonly number[];
      readonly to: readonly number[];
    }
  /** Everything from and to the node waits until the end. */
  | { readonly type: 'clog'; readonly atMs: number; readonly untilMs: number; readonly node: number }
  | { readonly type: 'loss'; readonly atMs: number; readonly untilMs: number; readonly share: number }
  /** The next writes of the node fail. */
  | { readonly type: 'disk-failure'; readonly atMs: number; readonly node: number; readonly writes: number }
  /** The database of an earlier time is put back between a crash and the next start. */
  | {
      readonly type: 'restore';
      readonly backUpAtMs: number;
      readonly atMs: number;
      readonly untilMs: number;
      readonly node: number;
    }
  /** The clock of the machine is set. */
  | { readonly type: 'clock'; readonly atMs: number; readonly node: number; readonly shiftMs: number };

export interface MachinePlan {
  readonly offsetMs: number;
  /** Seconds gained in a second. */
  readonly drift: number;
  readonly startMs: number;
}

export interface Plan {
  readonly seed: number;
  readonly scenario: string;
  readonly validators: number;
  /** So many of the validators are elected for each era of 72 seconds; absent: there is no election in the time of a run. */
  readonly seats?: number;
  readonly byzantine: readonly Byzantine[];
  /** Faults happen before this time; then everything is healed, and progress is due. */
  readonly durationMs: number;
  readonly quality: LinkQuality;
  /** Links after the healing. Absent: good ones. */
  readonly healedQuality?: LinkQuality;
  /** Times at which the heights of honest nodes that run are noted. */
  readonly marksMs?: readonly number[];
  readonly faults: readonly Fault[];
  readonly machines: readonly MachinePlan[];
  readonly transfers: number;
  /** More Byzantine authorities than the set tolerates: a conflict is allowed, and must be accounted for. */
  readonly isConflictAllowed: boolean;
}
