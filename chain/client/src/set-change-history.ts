// How the voters changed since the genesis, as the node proves it. What is known stays known: changes are final.
import type { ChainClient } from './chain-client.js';
import { changesOf, type SetChange } from './follow-set-changes.js';

type KnownChange = SetChange & { readonly number: number };

export class SetChangeHistory {
  #known: readonly KnownChange[] = [];

  constructor(private readonly client: Pick<ChainClient, 'setChanges'>) {}

  /**
   * The changes in blocks below this one, which is final, in order from set 0 on; not verified. About 1.7 KB each with eleven voters. Throws
   * errors of the chain.
   */
  async before(number: number): Promise<readonly SetChange[]> {
    for (;;) {
      const known = this.#known;
      const more = changesOf(await this.client.setChanges(BigInt(known.length)));
      // Another caller may have been faster.
      if (this.#known === known) this.#known = [...known, ...more];
      if (more.length === 0) return known.filter((change) => change.number < number);
    }
  }
}
