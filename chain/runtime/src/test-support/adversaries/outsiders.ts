// Strategies of parties that only have money.
import { createEd25519Signer } from '@cess/crypto';
import { CESS } from '@cess/primitives';
import { tx } from '../../index.js';
import { batchOf, fileOf, segmentOf, TERRITORY } from '../storage-scenario.js';
import type { Game, Party, Signer } from './game.js';

const accountOf = (byte: number): Signer => createEd25519Signer(new Uint8Array(32).fill(byte));

/** Fills blocks with disputes that fail, each with a tip above everything else, to keep duties out. */
export class Flooder implements Party {
  readonly name = 'flooder';
  readonly isHonest = false;
  readonly accounts: readonly Uint8Array[];
  readonly #signers: readonly Signer[];

  constructor(
    game: Game,
    private readonly callsPerBlock: number,
  ) {
    this.#signers = Array.from({ length: 6 }, (_, i) => accountOf(0xc0 + i));
    this.accounts = this.#signers.map(({ publicKey }) => publicKey);
    for (const account of this.accounts) game.chain.endow(account, 2_000n);
  }

  act(game: Game): void {
    for (let i = 0; i < this.callsPerBlock; i++) {
      const signer = this.#signers[i % this.#signers.length]!;
      const call = tx.Audit.dispute({ miner: 0, key_id: new Uint8Array(32), round: 0 });
      game.submit(signer, call, CESS);
    }
  }
}

/**
 * Owns a territory and declares files of one real fragment, with an accomplice among the providers, and holes that nobody can
 * fill, because their roots are random: to keep providers busy with junk.
 */
export class Stuffer implements Party {
  readonly name = 'stuffer';
  readonly isHonest = false;
  readonly accounts: readonly Uint8Array[];
  readonly #signer = accountOf(0xd0);
  #files = 0;

  constructor(
    game: Game,
    private readonly accomplice: number,
  ) {
    const { publicKey: owner } = this.#signer;
    this.accounts = [owner];
    game.chain.endow(owner, 2_000n);
    game.chain.must(
      this.#signer,
      tx.StorageHandler.mint_territory({ gib_count: 1, territory_name: TERRITORY, days: 30 }),
    );
  }

  act(game: Game): void {
    if (game.number % 20 !== 0) return;
    const segment = {
      ...segmentOf(this.#files, [this.accomplice, ...Array.from({ length: 15 }, () => undefined)]),
      k: 1,
    };
    const fragment_length = segment.ciphertext_length;
    const file = fileOf(this.#files++, [{ ...segment, fragment_length }], { owner: this.#signer.publicKey });
    const batch = batchOf(game.chain.providers, [file], this.#signer.publicKey);
    game.submit(this.#signer, tx.FileBank.declare_batch(batch));
  }
}
