// How much of a stake equivocation costs (docs/protocol/r2s.md §8): of n members k equivocated in an era, min((3k/n)², 1). One alone is
// probably a mistake; a third of the members can attack finality, and loses everything.
import { invariant } from '@cess/primitives';

/** A fraction of 1 in billionths. */
export const PERBILL = 1_000_000_000n;

/** min((3k/n)², 1) in billionths, rounded down. */
export function equivocationSlash(offenders: number, members: number): bigint {
  invariant(Number.isSafeInteger(offenders) && offenders >= 0, 'offenders are counted');
  invariant(Number.isSafeInteger(members) && members > 0, 'an era has members');
  const [k, n] = [BigInt(offenders), BigInt(members)];
  const fraction = (9n * k * k * PERBILL) / (n * n);
  return fraction < PERBILL ? fraction : PERBILL;
}

/**
 * What is still to be taken from an offender when the fraction has risen because others were found out. `stake` is what it had
 * staked at the offence; `taken` what it has lost for it already.
 */
export function slashDue(stake: bigint, fraction: bigint, taken: bigint): bigint {
  invariant(stake >= 0n && taken >= 0n, 'amounts are not negative');
  invariant(fraction >= 0n && fraction <= PERBILL, 'a fraction is at most 1');
  const owed = (stake * fraction) / PERBILL;
  return owed > taken ? owed - taken : 0n;
}
