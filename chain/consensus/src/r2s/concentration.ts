// How concentrated the seats are (docs/protocol/r2s.md §10, R2S-12): pure figures over the members of recent eras.
import { invariant, toHex } from '@cess/primitives';

export interface SeatFigures {
  /** Different accounts that had a seat. */
  readonly holders: number;
  /** Seats by account, most first. An account has one seat in an era. */
  readonly seatsOf: readonly { readonly account: string; readonly seats: number }[];
  /** Fewest accounts that held more than a third of all seats together: so many can stop finality. */
  readonly nakamoto: number;
  /** Herfindahl–Hirschman index: 10,000 · Σ share², rounded down. 10,000 is one holder; 10,000 / k is k equal holders. */
  readonly herfindahl: number;
  /** Of the seats after the first era, per mille that went to an account that had none in the era before. */
  readonly rotationPermille: number;
}

/** The figures of eras, the oldest first; each is the list of its members, as hex. */
export function seatFigures(eras: readonly (readonly Uint8Array[])[]): SeatFigures {
  const sets = eras.map((members) => new Set(members.map(toHex)));
  const counts = new Map<string, number>();
  for (const account of sets.flatMap((set) => [...set])) counts.set(account, (counts.get(account) ?? 0) + 1);
  const seatsOf = [...counts]
    .map(([account, seats]) => ({ account, seats }))
    .sort((a, b) => b.seats - a.seats || (a.account < b.account ? -1 : 1));
  const weights = seatsOf.map(({ seats }) => BigInt(seats));
  return {
    holders: seatsOf.length,
    seatsOf,
    nakamoto: nakamotoCoefficient(weights),
    herfindahl: herfindahlIndex(weights),
    rotationPermille: rotationOf(sets),
  };
}

/** The fewest of the weights that are together more than a third of all; 0 without weight. */
export function nakamotoCoefficient(weights: readonly bigint[]): number {
  const total = sum(weights);
  let [held, count] = [0n, 0];
  for (const weight of weights.toSorted((a, b) => Number(b > a) - Number(b < a))) {
    if (3n * held > total) break;
    held += weight;
    count++;
  }
  return total === 0n ? 0 : count;
}

/** 10,000 · Σ (weight / total)², rounded down; 0 without weight. */
export function herfindahlIndex(weights: readonly bigint[]): number {
  invariant(
    weights.every((weight) => weight >= 0n),
    'weights are not negative',
  );
  const total = sum(weights);
  if (total === 0n) return 0;
  return Number((10_000n * sum(weights.map((weight) => weight * weight))) / (total * total));
}

function rotationOf(sets: readonly ReadonlySet<string>[]): number {
  let [seats, newcomers] = [0, 0];
  for (const [i, set] of sets.entries()) {
    const before = sets[i - 1];
    if (before === undefined) continue;
    seats += set.size;
    newcomers += [...set].filter((account) => !before.has(account)).length;
  }
  return seats === 0 ? 0 : Math.floor((1000 * newcomers) / seats);
}

function sum(weights: readonly bigint[]): bigint {
  return weights.reduce((total, weight) => total + weight, 0n);
}
