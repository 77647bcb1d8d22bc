// Reproducible random choices of a game, from its seed.
import { shake256 } from '@cess/crypto';
import { invariant, utf8 } from '@cess/primitives';

export class Random {
  #counter = 0;

  constructor(private readonly seed: string) {}

  /** At least 0, below `end`. */
  below(end: number): number {
    const bytes = shake256(4, utf8(`${this.seed}/${this.#counter++}`));
    return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) % end;
  }

  chance(numerator: number, denominator: number): boolean {
    return this.below(denominator) < numerator;
  }

  pick<T>(from: readonly T[]): T {
    const picked = from[this.below(from.length)];
    invariant(picked !== undefined, 'a choice among at least one');
    return picked;
  }

  /** In random order (Fisher and Yates). */
  shuffled<T>(items: readonly T[]): T[] {
    const order = [...items];
    for (let i = order.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }
}
