// A curve backend with some of its methods replaced.
import type { Bls12 } from '@cess/crypto';

/** `changes` over all methods of the backend, which keep their own `this`. */
export function withChanges(bls: Bls12, changes: Partial<Bls12>): Bls12 {
  return new Proxy(bls, {
    get: (_, name) => {
      const changed = changes[name as keyof Bls12];
      if (changed !== undefined) return changed;
      const value = bls[name as keyof Bls12];
      return typeof value === 'function' ? (value as (...a: never[]) => unknown).bind(bls) : value;
    },
  });
}
