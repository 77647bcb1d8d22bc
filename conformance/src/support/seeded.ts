// Reproducible random choices: CESS_SEED=<printed seed> repeats the choices of a run, but not its timing.

/** At least 0, below 1. */
export type Random = () => number;

export function chosenSeed(): number {
  return Number(process.env['CESS_SEED'] ?? Math.floor(Math.random() * 2 ** 32)) >>> 0;
}

/** Mulberry32 (Tommy Ettinger, public domain): sufficient for random choices in tests. */
export function seededRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function pick<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(random() * items.length)]!;
}

/** In random order (Fisher and Yates). */
export function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const list = [...items];
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [list[i], list[j]] = [list[j]!, list[i]!];
  }
  return list;
}
