// A candidate's part in an election: while proofs are taken, its node posts the proof of its key once (RS-2.5, R2S-4). The transaction is
// signed by the key itself, which needs an account with the existential deposit, and is free.
import { electionInput, isKeyOlderThan, positionOf } from '@cess/consensus';
import { createEd25519Signer, type Ed25519Signer, vrfProve } from '@cess/crypto';
import { type Logger, toHex } from '@cess/primitives';
import { encodeSignedExtrinsic, query, tx } from '@cess/runtime';
import type { ChainView } from '../chain-view.js';
import { readOnly } from '../engine/seats.js';
import type { PoolService } from '../pool/pool-service.js';

export interface ElectionDutyInit {
  readonly view: ChainView;
  readonly pool: Pick<PoolService, 'submit'>;
  readonly secretSeed: Uint8Array;
  /** Versions that a transaction in the next block names. */
  readonly versions: () => { readonly specVersion: number; readonly transactionVersion: number };
  readonly logger: Logger;
}

/** Blocks until a proof that was not included is posted again. */
const retryBlocks = 5;

export class ElectionDuty {
  readonly #init: ElectionDutyInit;
  readonly #signer: Ed25519Signer;
  #posted: { readonly era: bigint; readonly number: number } | undefined;

  constructor(init: ElectionDutyInit) {
    this.#init = init;
    this.#signer = createEd25519Signer(init.secretSeed);
  }

  /** Posts the proof if it is due in the state after the best block. */
  async bestChanged(): Promise<void> {
    const { view, pool, logger } = this.#init;
    const { best } = view;
    const due = view.whileKept(() => this.#due());
    if (due === undefined) return;
    if (this.#posted?.era === due.era && best.number < this.#posted.number + retryBlocks) return;
    this.#posted = { era: due.era, number: best.number };
    const proof = vrfProve(this.#init.secretSeed, electionInput(due.beacon, due.era));
    const call = tx.Staking.prove_vrf({ candidate: due.candidate, proof });
    const outcome = await pool.submit(this.#sign(call, due.nonce));
    const fields = { era: String(due.era), candidate: toHex(due.candidate) };
    if (outcome.ok) logger.info(fields, 'the proof for the election was posted');
    else logger.warn({ ...fields, reason: outcome.error }, 'the proof for the election was refused by the pool');
  }

  #due() {
    const { view } = this.#init;
    const at = { ext: readOnly(view.reader.state, view.stateRoot(view.best.hash)) };
    const clock = query.Session.Clock.get(at);
    const firstSlot = query.Session.FirstSlot.get(at);
    if (clock === undefined || firstSlot === undefined) return undefined;
    const { slots_per_epoch, epochs_per_era } = query.Session.Periods.get(at);
    const schedule = { firstSlot, slotsPerEpoch: slots_per_epoch, epochsPerEra: epochs_per_era };
    const { isLastEpoch, isSecondHalf } = positionOf(schedule, query.Randomness.CurrentSlot.get(at));
    if (!isLastEpoch || isSecondHalf) return undefined;
    const account = query.Staking.KeyOwners.get(at, this.#signer.publicKey);
    const candidate = account && query.Staking.Candidates.get(at, account);
    if (account === undefined || candidate?.state !== 'Active') return undefined;
    if (toHex(candidate.key) !== toHex(this.#signer.publicKey) || query.Staking.Outputs.has(at, account))
      return undefined;
    if (!isKeyOlderThan(clock.seed, candidate.registered_in)) return undefined;
    const { nonce } = query.System.Account.get(at, this.#signer.publicKey);
    return { candidate: account, beacon: clock.seed.beacon, era: clock.era + 1n, nonce };
  }

  #sign(call: Uint8Array, nonce: number): Uint8Array {
    const context = { nonce, genesisHash: this.#init.view.genesisHash, ...this.#init.versions() };
    return encodeSignedExtrinsic(call, context, {
      account: this.#signer.publicKey,
      sign: (payload) => ({ type: 'Ed25519', value: this.#signer.sign(payload) }),
    });
  }
}
