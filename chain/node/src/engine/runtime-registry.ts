// Which runtime executes which block. A runtime upgrade adds an era: from its height on, blocks are executed by the new
// runtime, and its migration brings the state to the new layout before anything else of that first block runs.
// The eras of a network are part of its consensus: every node must have the same ones.
import { invariant } from '@cess/primitives';
import type { Externalities, Runtime, RuntimeVersion } from '@cess/runtime';

export interface RuntimeEra {
  /** Height of the first block that this runtime executes. */
  readonly fromBlock: number;
  readonly runtime: Runtime;
  /** Migrates the state of the preceding runtime to this layout. Deterministic. Block 0 needs none. */
  readonly migrate?: (ext: Externalities) => void;
}

/** The version of an era without its code, for other threads. */
export interface VersionEra {
  readonly fromBlock: number;
  readonly version: RuntimeVersion;
}

export class RuntimeRegistry {
  readonly #eras: readonly RuntimeEra[];

  /** In ascending order; the first era begins with the genesis block. */
  constructor(eras: readonly RuntimeEra[]) {
    for (const [index, { fromBlock }] of eras.entries()) {
      const previous = eras[index - 1];
      const isInOrder = previous === undefined ? fromBlock === 0 : previous.fromBlock < fromBlock;
      invariant(isInOrder, 'the eras of the runtimes ascend from block 0');
    }
    this.#eras = eras;
  }

  /** The runtime that executes the block of this height and describes the state after it. */
  at(number: number): Runtime {
    return eraOf(this.#eras, number).runtime;
  }

  /** Runs the migration if the block of this height is the first of its era. */
  migrate(number: number, ext: Externalities): void {
    const { fromBlock, migrate } = eraOf(this.#eras, number);
    if (number === fromBlock) migrate?.(ext);
  }

  versions(): VersionEra[] {
    return this.#eras.map(({ fromBlock, runtime }) => ({ fromBlock, version: runtime.version }));
  }
}

/** The era that contains the height. */
export function eraOf<E extends { readonly fromBlock: number }>(eras: readonly E[], number: number): E {
  const era = eras.findLast(({ fromBlock }) => fromBlock <= number);
  invariant(era, 'the first era begins with the genesis block');
  return era;
}
