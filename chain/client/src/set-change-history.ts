// How the voters changed since the genesis, as the node proves it. What is known stays known: changes are final.
import { CessError } from '@cess/primitives';
import type { ChainClient } from './chain-client.js';
import { changesOf, type SetChange } from './follow-set-changes.js';

type KnownChange = SetChange & { readonly number: number };

export class SetChangeHistory {
  #known: readonly KnownChange[] = [];

  constructor(private readonly client: Pick<ChainClient, 'setChanges'>) {}

  /**
   * The changes in blocks below this one, which is final, in order from set 0 on; not verified. About 1.7 KB each with eleven voters. Throws
   * `FINALITY_PROOF_INVALID` where their blocks do not rise, and errors of the chain.
   */
  async before(number: number): Promise<readonly SetChange[]> {
    for (;;) {
      const known = this.#known;
      if ((known.at(-1)?.number ?? 0) >= number) return known.filter((change) => change.number < number);
      const more = changesOf(await this.client.setChanges(BigInt(known.length)));
      if (more.length === 0) return known;
      assertRising([...known.slice(-1), ...more], known.length);
      // Another caller may have been faster.
      if (this.#known === known) this.#known = [...known, ...more];
    }
  }
}

/** A node that names changes again and again would be asked for ever. */
function assertRising(changes: readonly KnownChange[], link: number): void {
  if (changes.every(({ number }, index) => index === 0 || number > (changes[index - 1]?.number ?? 0))) return;
  const text = 'The changes of the voters that the chain node names are not in rising blocks.';
  throw new CessError('FINALITY_PROOF_INVALID', text, { link, reason: 'order' });
}
