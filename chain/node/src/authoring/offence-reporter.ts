// Reports what this node saw of misbehaviour: two blocks of an author in a slot, two votes of a voter in a round (RS-8.6, GR-60). The
// transactions are signed by the key of the authority, which needs an account with the existential deposit, and are free where
// the proof holds. A report is sent again
// until the chain has removed the offender.
import type { Header } from '@cess/chain-primitives';
import {
  EquivocationWatch,
  encodeEquivocationProof,
  encodeVoteEquivocation,
  type VoteEquivocation,
} from '@cess/consensus';
import { createEd25519Signer, type Ed25519Signer } from '@cess/crypto';
import { fromHex, type Logger, toHex } from '@cess/primitives';
import { encodeSignedExtrinsic, query, tx } from '@cess/runtime';
import type { ChainView } from '../chain-view.js';
import { readOnly } from '../engine/seats.js';
import type { PoolService } from '../pool/pool-service.js';

export interface OffenceReporterInit {
  readonly view: ChainView;
  readonly pool: Pick<PoolService, 'submit'>;
  readonly secretSeed: Uint8Array;
  /** Versions that a transaction in the next block names. */
  readonly versions: () => { readonly specVersion: number; readonly transactionVersion: number };
  readonly logger: Logger;
}

interface OpenReport {
  readonly call: Uint8Array;
  /** ed25519 key. */
  readonly offender: Uint8Array;
  attempts: number;
  /** Height of the best block before which it is not sent again. */
  notBefore: number;
}

const maxOpen = 64;
const maxAttempts = 10;
const retryBlocks = 3;

export class OffenceReporter {
  readonly #init: OffenceReporterInit;
  readonly #signer: Ed25519Signer;
  readonly #watch = new EquivocationWatch();
  readonly #open: OpenReport[] = [];

  constructor(init: OffenceReporterInit) {
    this.#init = init;
    this.#signer = createEd25519Signer(init.secretSeed);
  }

  /** Takes note of a header that was verified, on whatever fork, and of the key that sealed it. */
  sawBlock(header: Header, author: Uint8Array): void {
    const proof = this.#watch.observe(header, author);
    if (proof === undefined) return;
    this.#add(tx.Offences.report_authorship({ proof: encodeEquivocationProof(proof) }), author);
    this.#init.logger.error(
      { author: toHex(author), slot: String(proof.slot) },
      'an author made two blocks in one slot',
    );
  }

  sawVotes(proof: VoteEquivocation): void {
    this.#add(tx.Offences.report_votes({ proof: encodeVoteEquivocation(proof) }), fromHex(proof.voter));
    this.#init.logger.error({ voter: proof.voter, round: proof.round }, 'an authority voted twice in one round');
  }

  /** Sends one open report for the block after the best one: only the next transaction of an account can be free. */
  async bestChanged(): Promise<void> {
    const { view, pool, logger } = this.#init;
    const [report] = this.#open;
    const { number } = view.best;
    if (report === undefined || number < report.notBefore) return;
    const standing = view.whileKept(() => this.#standing(report));
    if (standing === undefined) return;
    if (standing.isKnown || report.attempts++ >= maxAttempts) {
      this.#open.shift();
      return;
    }
    report.notBefore = number + retryBlocks;
    const outcome = await pool.submit(this.#sign(report.call, standing.nonce));
    if (outcome.ok) logger.info({ offender: toHex(report.offender) }, 'misbehaviour was reported');
    else logger.warn({ offender: toHex(report.offender), reason: outcome.error }, 'a report was refused by the pool');
  }

  /** Whether the chain has removed the offender already, and the nonce of the next transaction. */
  #standing({ offender }: OpenReport): { readonly isKnown: boolean; readonly nonce: number } {
    const { view } = this.#init;
    const at = { ext: readOnly(view.reader.state, view.stateRoot(view.best.hash)) };
    const account = query.Staking.KeyOwners.get(at, offender);
    const candidate = account && query.Staking.Candidates.get(at, account);
    const isKnown = candidate === undefined || candidate.state === 'Removed';
    return { isKnown, nonce: query.System.Account.get(at, this.#signer.publicKey).nonce };
  }

  #add(call: Uint8Array, offender: Uint8Array): void {
    if (this.#open.length < maxOpen) this.#open.push({ call, offender, attempts: 0, notBefore: 0 });
  }

  #sign(call: Uint8Array, nonce: number): Uint8Array {
    const context = { nonce, genesisHash: this.#init.view.genesisHash, ...this.#init.versions() };
    return encodeSignedExtrinsic(call, context, {
      account: this.#signer.publicKey,
      sign: (payload) => ({ type: 'Ed25519', value: this.#signer.sign(payload) }),
    });
  }
}
