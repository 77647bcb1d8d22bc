// Random numbers of a simulation. Each concern has a stream of its own, so that a draw that is added in one place changes no other.

export interface Random {
  /** At least 0, below 1. */
  next(): number;
  /** A whole number from 0 to n − 1. */
  below(n: number): number;
  chance(probability: number): boolean;
  /** An element; the list must not be empty. */
  pick<T>(list: readonly T[]): T;
  /** Exponentially distributed. */
  exponential(mean: number): number;
}

/** The stream of this name under a seed: sfc32, the same everywhere. */
export function createRandom(seed: number, name: string): Random {
  let [a, b, c, d] = [seed | 0, Math.floor(seed / 2 ** 32) | 0, 0x9e3779b9 | 0, 1];
  const next = (): number => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return (t >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < name.length; i++) {
    a ^= Math.imul(name.charCodeAt(i) + 1, 0x85ebca6b);
    next();
  }
  for (let i = 0; i < 12; i++) next();
  const below = (n: number): number => Math.floor(next() * n);
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick<T>(list: readonly T[]): T {
      if (list.length === 0) throw new RangeError('there is nothing to pick from');
      return list[below(list.length)] as T;
    },
    exponential: (mean) => -mean * Math.log(1 - next()),
  };
}
