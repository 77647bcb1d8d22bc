// Exit of candidates (docs/protocol/r2s.md §11, R2S-8): a cooling-off period in which every offence can still be reported, decided and
// taken from the stake, and the review at its end.
import { invariant } from '@cess/primitives';

/** Values of a chain's specification, in eras. */
export interface ExitRules {
  /** An offence can be reported this many eras after its own. */
  readonly reportEras: number;
  /** A slash takes effect this many eras after it was decided. Until then it can be cancelled. */
  readonly deferralEras: number;
  /** Longer than both together. */
  readonly coolingOffEras: number;
}

/** Production, with eras of 6 hours: a week to report, a week to cancel, four weeks until the stake is free. */
export const PRODUCTION_EXIT: ExitRules = { reportEras: 28, deferralEras: 28, coolingOffEras: 112 };

/** A slash that was decided and not cancelled. */
export interface DecidedSlash {
  /** In the smallest unit. */
  readonly amount: bigint;
  readonly decidedIn: bigint;
}

export interface Exit {
  /** In the smallest unit, before the slashes. */
  readonly stake: bigint;
  readonly announcedIn: bigint;
  /** Last era in which it had a seat. It can be after the announcement: a set that cannot be replaced goes on (RS-4.7). */
  readonly lastSeatIn: bigint | undefined;
  /** All slashes of this stake, whatever their era. */
  readonly slashes: readonly DecidedSlash[];
}

export type ExitReview =
  | { readonly type: 'CoolingOff'; readonly endsIn: bigint }
  /** The two amounts are the stake. */
  | { readonly type: 'Full' | 'Part' | 'None'; readonly returned: bigint; readonly taken: bigint };

/** Whether an offence can be reported in `era`. */
export function isReportable(offence: bigint, era: bigint, { reportEras }: ExitRules): boolean {
  return era >= offence && era - offence <= BigInt(reportEras);
}

/** Of slashes that were decided, the sum of those that have taken effect. */
export function slashesInEffect(slashes: readonly DecidedSlash[], era: bigint, { deferralEras }: ExitRules): bigint {
  return slashes.reduce(
    (sum, { amount, decidedIn }) => (era >= decidedIn + BigInt(deferralEras) ? sum + amount : sum),
    0n,
  );
}

/** The review in `era`: the stake comes back in full, in part or not at all. */
export function reviewExit(exit: Exit, era: bigint, rules: ExitRules): ExitReview {
  invariant(rules.coolingOffEras > rules.reportEras + rules.deferralEras, 'no offence outlasts the cooling-off period');
  const { announcedIn, lastSeatIn, stake } = exit;
  const since = lastSeatIn !== undefined && lastSeatIn > announcedIn ? lastSeatIn : announcedIn;
  const endsIn = since + BigInt(rules.coolingOffEras);
  if (era < endsIn) return { type: 'CoolingOff', endsIn };
  const owed = slashesInEffect(exit.slashes, era, rules);
  const taken = owed < stake ? owed : stake;
  return { type: taken === 0n ? 'Full' : taken < stake ? 'Part' : 'None', returned: stake - taken, taken };
}
