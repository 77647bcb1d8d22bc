// Credit of candidates (docs/protocol/r2s.md §5, R2S-7): the work of the TEE workers that are bound to a candidate, less penalties,
// weighted over five eras. All arithmetic is exact; a division rounds down.
import { invariant } from '@cess/primitives';
import { FULL_SCORE } from './score.js';

/** Percent of the era that ended last, of the one before it, and so on. */
const eraWeights = [50, 20, 15, 10, 5] as const;
/** Eras that credit depends on. */
export const CREDIT_ERAS = eraWeights.length;

/** Bytes that the workers of one candidate processed in one era. */
export interface TeeWork {
  readonly taggedBytes: bigint;
  readonly verifiedServiceBytes: bigint;
  readonly verifiedIdleBytes: bigint;
  readonly certifiedIdleBytes: bigint;
  readonly replacedIdleBytes: bigint;
}

// Points per 16 GiB: the ratios of the existing network (180 per 16 MiB tagged, 12 per GiB and 1 per 16 GiB verified,
// 4 per 16 GiB certified, 1 per 64 MiB replaced) over one unit, so that no part of a unit is lost.
const pointsPerUnit: Readonly<Record<keyof TeeWork, bigint>> = {
  taggedBytes: 184_320n,
  verifiedServiceBytes: 192n,
  verifiedIdleBytes: 1n,
  certifiedIdleBytes: 4n,
  replacedIdleBytes: 256n,
};

/** Work as one number; only its ratio to that of others has a meaning. */
export function weighWork(work: TeeWork): bigint {
  return Object.entries(pointsPerUnit).reduce((sum, [kind, points]) => sum + points * work[kind as keyof TeeWork], 0n);
}

/**
 * Credit for one era, 0 to 1000: 1000 · work / most work of any candidate − (10 · penalties)². Three penalties cost 900 points.
 * `work` is at most `mostWork`.
 */
export function creditOfEra(work: bigint, mostWork: bigint, penalties: number): number {
  invariant(work >= 0n && work <= mostWork, 'nobody did more than the most');
  invariant(Number.isSafeInteger(penalties) && penalties >= 0, 'penalties are counted');
  const earned = mostWork === 0n ? 0 : Number((BigInt(FULL_SCORE) * work) / mostWork);
  return Math.max(0, earned - (10 * penalties) ** 2);
}

/** Credit of up to five eras, the last one first, as one of 0 to 1000. An era that is missing counts as 0. */
export function weighCredit(eras: readonly number[]): number {
  const sum = eraWeights.reduce((total, weight, i) => total + weight * (eras[i] ?? 0), 0);
  return Math.floor(sum / 100);
}

export interface CreditRules {
  /** Credit below which a candidate leaves the pool, 0 to 1000. */
  readonly creditThreshold: number;
}

/**
 * Whether a candidate leaves the pool for its credit. The threshold holds after five whole eras: nobody could have earned the full
 * credit before, and newcomers would never get in.
 */
export function isBelowThreshold(
  candidate: { readonly credit: number; readonly erasInPool: number },
  { creditThreshold }: CreditRules,
): boolean {
  return candidate.erasInPool >= CREDIT_ERAS && candidate.credit < creditThreshold;
}
