// What a redundancy gives: space, availability and durability of one segment, by a model with stated assumptions (ADR 76). Pure.
//
//   Availability. Each holder is away with probability `away`, independently of the others. A segment cannot be read while fewer
//   than k of n are there: P(Binomial(n, away) > n - k).
//   Durability. Each fragment is lost for good at the rate λ = `annualLossRate`, independently. Each lost fragment is rebuilt at
//   the rate μ = 1 / repair time, all at the same time. The number of lost fragments is a birth-death chain; the segment is lost when
//   it reaches n - k + 1. The mean time until then follows exactly: with the birth rates b_i = (n - i) λ and the death rates d_i = i μ,
//   h_i = 1 / b_i + d_i / b_i · h_(i-1) is the mean time from i to i + 1 lost fragments, and T their sum for i = 0 … n - k.
//   Since repair is much faster than loss, the time until a loss is almost exponential: P(loss in a year) = 1 - e^(-1 / T).
//   Correlated loss. Events that take a share of all providers at once, `eventsPerYear` of them, each provider with the probability
//   `shareLost`: one finds the segment whole and loses it with P(Binomial(n, shareLost) > n - k).
//
// What the model leaves out: errors of the program, loss of keys, providers that collude, repair that is slowed by many losses.
import type { RedundancyClass } from '@cess/data-path';

export interface ReliabilityAssumptions {
  /** Probability that a provider is away at a given moment. */
  readonly away: number;
  /** Share of fragments that are lost for good in a year: disks that fail, and providers that leave without handing over. */
  readonly annualLossRate: number;
  /** Hours from the loss of a fragment until another provider has it, detection included. */
  readonly repairHours: number;
  readonly eventsPerYear: number;
  readonly shareLost: number;
}

export const usualAssumptions: ReliabilityAssumptions = {
  away: 0.01,
  annualLossRate: 0.1,
  repairHours: 48,
  eventsPerYear: 0.1,
  shareLost: 0.1,
};

export interface Reliability {
  /** Stored bytes for each byte of content. */
  readonly space: number;
  /** Fragments that can be lost. */
  readonly tolerates: number;
  /** Probability that a segment cannot be read at a given moment. */
  readonly unavailability: number;
  /** Probability that a segment is lost within a year. */
  readonly annualLoss: number;
  /** The part of `annualLoss` that independent losses make. */
  readonly independentAnnualLoss: number;
}

const hoursPerYear = 8_766;

export function reliabilityOf({ k, n }: RedundancyClass, assumptions = usualAssumptions): Reliability {
  const { away, annualLossRate, repairHours, eventsPerYear, shareLost } = assumptions;
  const tolerates = n - k;
  const meanYears = meanTimeToLoss({ k, n }, annualLossRate, hoursPerYear / repairHours);
  const independent = -Math.expm1(-1 / meanYears);
  const correlated = -Math.expm1(-eventsPerYear * moreThan(tolerates, n, shareLost));
  return {
    space: n / k,
    tolerates,
    unavailability: moreThan(tolerates, n, away),
    annualLoss: independent + correlated - independent * correlated,
    independentAnnualLoss: independent,
  };
}

/** T of the chain above, in the unit of time of the rates. */
export function meanTimeToLoss({ k, n }: RedundancyClass, lossRate: number, repairRate: number): number {
  let sum = 0;
  let step = 0;
  for (let lost = 0; lost <= n - k; lost++) {
    const birth = (n - lost) * lossRate;
    step = (1 + lost * repairRate * step) / birth;
    sum += step;
  }
  return sum;
}

/** P(Binomial(n, p) > most), summed from the smallest term. */
export function moreThan(most: number, n: number, p: number): number {
  if (p <= 0) return 0;
  if (p >= 1) return n > most ? 1 : 0;
  let sum = 0;
  for (let count = n; count > most; count--)
    sum += Math.exp(logChoose(n, count) + count * Math.log(p) + (n - count) * Math.log1p(-p));
  return Math.min(1, sum);
}

function logChoose(n: number, count: number): number {
  let sum = 0;
  for (let i = 1; i <= count; i++) sum += Math.log((n - count + i) / i);
  return sum;
}
