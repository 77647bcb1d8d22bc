// Counts background work in finalized blocks, so that a phase can show whether there was any.
import { ChainClient, query } from '@cess/client';
import { silentLogger } from '@cess/primitives';

export interface Work {
  /** Fragments. */
  readonly tagged: number;
  readonly rebuilt: number;
  readonly lost: number;
  readonly proofs: number;
  readonly roundsOpened: number;
}

export class Witness {
  readonly #work = { tagged: 0, rebuilt: 0, lost: 0, proofs: 0, roundsOpened: 0 };

  private constructor(
    private readonly chain: ChainClient,
    private readonly unfollow: () => Promise<void>,
  ) {}

  static async create(endpoint: string): Promise<Witness> {
    const chain = await ChainClient.connect({ endpoint, logger: silentLogger });
    const witness: Witness = new Witness(
      chain,
      chain.followFinalized((_header, hash) => witness.#take(hash), { from: 1 }),
    );
    return witness;
  }

  get work(): Work {
    return { ...this.#work };
  }

  async openOrders(): Promise<number> {
    let count = 0;
    for await (const _ of this.chain.entries(query.FileBank.RestoralOrders, [])) count++;
    return count;
  }

  async close(): Promise<void> {
    await this.unfollow();
    await this.chain.close();
  }

  async #take(hash: Uint8Array): Promise<void> {
    for (const { event } of await this.chain.events(hash)) {
      if (event.type === 'Audit') {
        if (event.value.type === 'TagsReported') this.#work.tagged += event.value.value.fragments;
        if (event.value.type === 'ProofSubmitted') this.#work.proofs++;
        if (event.value.type === 'ChallengeOpened') this.#work.roundsOpened++;
      } else if (event.type === 'FileBank') {
        if (event.value.type === 'RestoralOrderCompleted') this.#work.rebuilt++;
        if (event.value.type === 'FragmentLost') this.#work.lost++;
      }
    }
  }
}
