// STORE-2: the model of durability and availability against independent computations: exact sums over all outcomes, the chain solved
// as a system of linear equations, and simulations with a fixed seed.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { meanTimeToLoss, moreThan, reliabilityOf, usualAssumptions } from './reliability.js';

/** Mulberry32: reproducible, good enough for frequencies. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function assertClose(actual: number, expected: number, relative: number): void {
  assert.ok(Math.abs(actual - expected) <= relative * Math.abs(expected), `${actual} is ${expected}`);
}

/** Sum over all 2^n sets of providers that are away. */
function byEnumeration(most: number, n: number, p: number): number {
  let sum = 0;
  for (let set = 0; set < 2 ** n; set++) {
    let away = 0;
    for (let rest = set; rest > 0; rest >>= 1) away += rest & 1;
    if (away > most) sum += p ** away * (1 - p) ** (n - away);
  }
  return sum;
}

/**
 * Mean time to absorption as the solution of t_i (b_i + d_i) = 1 + b_i t_(i+1) + d_i t_(i-1), by elimination from the last equation on.
 * In fractions of whole numbers: the system is too ill-conditioned for floating point.
 */
function byLinearEquations({ k, n }: { k: number; n: number }, lossRate: number, repairRate: number): number {
  // t_i = (constant + factor t_(i-1)) / divisor
  let [constant, factor, divisor] = [0n, 0n, 1n];
  for (let i = n - k; i >= 0; i--) {
    const [birth, death] = [BigInt((n - i) * lossRate), BigInt(i * repairRate)];
    [constant, factor, divisor] = [
      divisor + birth * constant,
      death * divisor,
      (birth + death) * divisor - birth * factor,
    ];
  }
  // A quotient of two large numbers, with 15 digits.
  return Number((constant * 10n ** 15n) / divisor) / 1e15;
}

/** Mean time until more than n - k fragments are lost, with every fragment simulated on its own. */
function bySimulation(
  { k, n }: { k: number; n: number },
  rates: { loss: number; repair: number },
  { runs, seed }: { runs: number; seed: number },
): { mean: number; error: number } {
  const random = randomOf(seed);
  const after = (rate: number) => -Math.log(1 - random()) / rate;
  let [sum, squares] = [0, 0];
  for (let run = 0; run < runs; run++) {
    const isLost = new Array<boolean>(n).fill(false);
    const next = isLost.map(() => after(rates.loss));
    let nowTime = 0;
    for (let lost = 0; lost <= n - k; ) {
      const at = next.indexOf(Math.min(...next));
      nowTime = next[at] ?? 0;
      isLost[at] = !isLost[at];
      lost += isLost[at] === true ? 1 : -1;
      next[at] = nowTime + after(isLost[at] === true ? rates.repair : rates.loss);
    }
    sum += nowTime;
    squares += nowTime ** 2;
  }
  const mean = sum / runs;
  return { mean, error: Math.sqrt((squares / runs - mean ** 2) / runs) };
}

const shapes = [
  { k: 4, n: 12 },
  { k: 8, n: 12 },
  { k: 8, n: 10 },
  { k: 4, n: 6 },
  { k: 2, n: 3 },
];

describe('the binomial tail', () => {
  it('is the sum over all outcomes', () => {
    for (const { k, n } of shapes)
      for (const p of [0.001, 0.05, 0.3, 0.9]) assertClose(moreThan(n - k, n, p), byEnumeration(n - k, n, p), 1e-9);
    assert.deepEqual([moreThan(2, 6, 0), moreThan(2, 6, 1)], [0, 1]);
  });

  it('is what a simulation of providers shows', () => {
    const random = randomOf(1);
    for (const { k, n } of [...shapes, { k: 16, n: 40 }]) {
      const p = 1 - k / n;
      const runs = 20_000;
      let failed = 0;
      for (let run = 0; run < runs; run++) {
        let away = 0;
        for (let provider = 0; provider < n; provider++) if (random() < p) away++;
        if (away > n - k) failed++;
      }
      const expected = moreThan(n - k, n, p);
      const deviation = Math.sqrt((expected * (1 - expected)) / runs);
      assert.ok(Math.abs(failed / runs - expected) < 5 * deviation, `${failed / runs} is ${expected} at ${k} of ${n}`);
    }
  });
});

describe('the mean time to a loss', () => {
  it('solves the equations of the Markov chain', () => {
    for (const shape of [...shapes, { k: 16, n: 40 }])
      for (const [loss, repair] of [
        [1, 10],
        [1, 1_000],
        [3, 2],
      ] as const)
        assertClose(meanTimeToLoss(shape, loss, repair), byLinearEquations(shape, loss, repair), 1e-9);
    // Without repair the fragments are lost one after another.
    assertClose(meanTimeToLoss({ k: 2, n: 3 }, 0.5, 0), 1 / 1.5 + 1 / 1, 1e-12);
  });

  it('is what a simulation of single fragments shows', () => {
    for (const shape of [
      { k: 2, n: 3 },
      { k: 4, n: 6 },
      { k: 8, n: 12 },
    ]) {
      const { mean, error } = bySimulation(shape, { loss: 1, repair: 4 }, { runs: 3_000, seed: 7 });
      const expected = meanTimeToLoss(shape, 1, 4);
      assert.ok(Math.abs(mean - expected) < 5 * error, `${mean} ± ${error} is ${expected}`);
    }
  });
});

describe('the reliability of a class', () => {
  it('counts space, tolerated losses and both kinds of loss', () => {
    const { space, tolerates, annualLoss, independentAnnualLoss } = reliabilityOf({ k: 4, n: 12 });
    assert.deepEqual([space, tolerates], [3, 8]);
    const { eventsPerYear, shareLost } = usualAssumptions;
    assertClose(annualLoss - independentAnnualLoss, eventsPerYear * moreThan(8, 12, shareLost), 1e-3);
  });

  it('grows with parity, and falls with failures, slow repair and correlated events', () => {
    const loss = (shape: { k: number; n: number }, other = {}) =>
      reliabilityOf(shape, { ...usualAssumptions, ...other }).annualLoss;
    const shape = { k: 8, n: 12 };
    assert.ok(loss({ k: 8, n: 13 }) < loss(shape));
    for (const worse of [{ annualLossRate: 0.5 }, { repairHours: 500 }, { eventsPerYear: 1 }, { shareLost: 0.3 }])
      assert.ok(loss(shape, worse) > loss(shape), JSON.stringify(worse));
  });
});
