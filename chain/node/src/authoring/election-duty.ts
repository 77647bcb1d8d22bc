// A candidate's part in elections: while proofs are taken, its node posts the proof of its key once (RS-2.5, R2S-4); when the chain
// asks for values of its state, the node answers from its own (RS-13.2, R2S-10). The transactions are signed by the key itself,
// which needs an account with the existential deposit, and are free. Only the next transaction of an account can be free: one is
// on its way at a time.
import { electionInput, isKeyOlderThan, positionOf } from '@cess/consensus';
import { createEd25519Signer, type Ed25519Signer, vrfProve } from '@cess/crypto';
import { equalBytes, type Logger, toHex } from '@cess/primitives';
import { type Externalities, encodeSignedExtrinsic, query, TRIAL_BLOCKS, trialAnswer, tx } from '@cess/runtime';
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

/** Blocks until a transaction that was not included is posted again. */
const retryBlocks = 5;

interface State {
  readonly ext: Externalities;
}

interface Due {
  readonly what: string;
  readonly call: Uint8Array;
}

export class ElectionDuty {
  readonly #init: ElectionDutyInit;
  readonly #signer: Ed25519Signer;
  #posted: { readonly nonce: number; readonly number: number } | undefined;

  constructor(init: ElectionDutyInit) {
    this.#init = init;
    this.#signer = createEd25519Signer(init.secretSeed);
  }

  /** Posts what is due in the state after the best block. */
  async bestChanged(): Promise<void> {
    const { view, pool, logger } = this.#init;
    const { number } = view.best;
    const due = view.whileKept(() => this.#due());
    if (due === undefined) return;
    const { what, call, nonce, candidate } = due;
    this.#posted = { nonce, number };
    const outcome = await pool.submit(this.#sign(call, nonce));
    const fields = { what, candidate: toHex(candidate) };
    if (outcome.ok) logger.info(fields, 'the part of the candidate in the election was posted');
    else logger.warn({ ...fields, reason: outcome.error }, 'the part of the candidate in the election was refused');
  }

  #due() {
    const { view } = this.#init;
    const at = this.#stateAfter(view.best.hash);
    const candidate = query.Staking.KeyOwners.get(at, this.#signer.publicKey);
    const info = candidate && query.Staking.Candidates.get(at, candidate);
    if (candidate === undefined || info?.state !== 'Active') return undefined;
    if (!equalBytes(info.key, this.#signer.publicKey)) return undefined;
    const { nonce } = query.System.Account.get(at, this.#signer.publicKey);
    const isUnderWay = this.#posted?.nonce === nonce && view.best.number < this.#posted.number + retryBlocks;
    if (isUnderWay) return undefined;
    const due = this.#proofDue(at, candidate, info.registered_in) ?? this.#answerDue(at, candidate);
    return due && { ...due, candidate, nonce };
  }

  /** The time for proofs is shorter than that for answers where epochs are short, so that they come first. */
  #proofDue(at: State, candidate: Uint8Array, registeredIn: bigint | undefined): Due | undefined {
    const clock = query.Session.Clock.get(at);
    const firstSlot = query.Session.FirstSlot.get(at);
    if (clock === undefined || firstSlot === undefined) return undefined;
    const { slots_per_epoch, epochs_per_era } = query.Session.Periods.get(at);
    const schedule = { firstSlot, slotsPerEpoch: slots_per_epoch, epochsPerEra: epochs_per_era };
    const { isLastEpoch, isSecondHalf } = positionOf(schedule, query.Randomness.CurrentSlot.get(at));
    if (!isLastEpoch || isSecondHalf || query.Staking.Outputs.has(at, candidate)) return undefined;
    if (!isKeyOlderThan(clock.seed, registeredIn)) return undefined;
    const proof = vrfProve(this.#init.secretSeed, electionInput(clock.seed.beacon, clock.era + 1n));
    return { what: 'proof', call: tx.Staking.prove_vrf({ candidate, proof }) };
  }

  #answerDue(at: State, candidate: Uint8Array): Due | undefined {
    const { view } = this.#init;
    const trial = query.Staking.Trial.get(at);
    const { open } = query.Staking.TrialRecords.get(at, candidate);
    if (trial === undefined || open === undefined) return undefined;
    if (view.best.number >= trial.asked_in + TRIAL_BLOCKS) return undefined;
    const asked = view.reader.blocks.canonicalHash(trial.asked_in - 1);
    if (asked === undefined) return undefined;
    const answer = trialAnswer(this.#stateAfter(asked), trial.seed, candidate);
    return { what: 'trial', call: tx.Staking.answer_trial({ candidate, answer }) };
  }

  #stateAfter(hash: Uint8Array): State {
    const { view } = this.#init;
    return { ext: readOnly(view.reader.state, view.stateRoot(hash)) };
  }

  #sign(call: Uint8Array, nonce: number): Uint8Array {
    const context = { nonce, genesisHash: this.#init.view.genesisHash, ...this.#init.versions() };
    return encodeSignedExtrinsic(call, context, {
      account: this.#signer.publicKey,
      sign: (payload) => ({ type: 'Ed25519', value: this.#signer.sign(payload) }),
    });
  }
}
