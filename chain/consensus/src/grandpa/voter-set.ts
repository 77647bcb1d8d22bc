// The voters of one authority set: indices, weights and the threshold. Immutable.
// Source: finality-grandpa `VoterSet`; docs/protocol/grandpa.md §1.
import { CessError, elementAt, fromHex, toHex } from '@cess/primitives';
import type { Authority, AuthoritySet } from './verify-justification.js';

/** Above any set that one round of messages can serve, and the bound of every queue that grows with the set. */
const maxVoters = 1024;

export class VoterSet {
  /** Hex of the ed25519 keys in ascending order: index i of votes and bitfields is the i-th key. */
  readonly keys: readonly string[];
  readonly weights: readonly number[];
  readonly totalWeight: number;
  /** W − floor((W − 1) / 3): GR-1. */
  readonly threshold: number;
  readonly #indices: ReadonlyMap<string, number>;

  private constructor(weightOf: ReadonlyMap<string, number>) {
    this.keys = [...weightOf.keys()].sort();
    this.weights = this.keys.map((key) => weightOf.get(key) ?? 0);
    this.totalWeight = this.weights.reduce((sum, weight) => sum + weight, 0);
    this.threshold = this.totalWeight - Math.floor((this.totalWeight - 1) / 3);
    this.#indices = new Map(this.keys.map((key, index) => [key, index]));
  }

  /**
   * Weights of a key that is listed twice are added; keys of weight 0 are left out. Throws `AUTHORITY_SET_INVALID` for an
   * empty set, for more than 1024 voters, and for a total weight beyond the safe integers.
   */
  static of(authorities: readonly Authority[]): VoterSet {
    const weightOf = new Map<string, number>();
    let total = 0n;
    for (const { key, weight } of authorities) {
      total += weight;
      const id = toHex(key);
      if (weight > 0n) weightOf.set(id, (weightOf.get(id) ?? 0) + Number(weight));
    }
    if (weightOf.size === 0)
      throw new CessError('AUTHORITY_SET_INVALID', 'An authority set has no voter with a weight.');
    if (weightOf.size > maxVoters || total > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw new CessError('AUTHORITY_SET_INVALID', 'An authority set has too many voters, or too much weight.');
    }
    return new VoterSet(weightOf);
  }

  get size(): number {
    return this.keys.length;
  }

  /** Index of a key in hex; undefined for a stranger. */
  indexOf(key: string): number | undefined {
    return this.#indices.get(key);
  }

  /** Whether the voter of this key, in hex, has the threshold alone. */
  isSole(key: string | undefined): boolean {
    const index = key === undefined ? undefined : this.indexOf(key);
    return index !== undefined && this.weightAt(index) >= this.threshold;
  }

  weightAt(index: number): number {
    return elementAt(this.weights, index);
  }

  /** Index of the primary of a round: GR-10. */
  primaryOf(round: number): number {
    return round % this.keys.length;
  }

  /** The set as justifications and records have it. */
  toAuthoritySet(setId: number): AuthoritySet {
    const authorities = this.keys.map((key, i) => ({ key: fromHex(key), weight: BigInt(this.weightAt(i)) }));
    return { setId: BigInt(setId), authorities };
  }
}
