// Blocks and finality proofs of other nodes on their way into the engine, one after the other. It says what became of each, so
// that the caller knows whether the sender is to blame.
import type { Header } from '@cess/chain-primitives';
import { headerHash } from '@cess/consensus';
import { type ErrorCode, isCessError, KeyedMutex, toHex } from '@cess/primitives';

/** What the node does with them; the effects on pool and clients are done when it resolves. */
export interface ChainInput {
  importBlock(header: Header, body: readonly Uint8Array[]): Promise<void>;
  finalize(justification: Uint8Array): Promise<void>;
}

/** `gap`: something between is missing. `early`: a later attempt can succeed. `invalid`: no honest node sends it. */
export type IntakeOutcome = 'done' | 'known' | 'gap' | 'early' | 'invalid';

const outcomes: Partial<Record<ErrorCode, IntakeOutcome>> = {
  BLOCK_KNOWN: 'known',
  BLOCK_PARENT_UNKNOWN: 'gap',
  FINALITY_BLOCK_UNKNOWN: 'gap',
  FINALITY_SET_UNKNOWN: 'gap',
  // A node of another branch is honest until finality decides.
  BLOCK_BELOW_FINALIZED: 'known',
  HEADER_SLOT_FUTURE: 'early',
  ENGINE_BUSY: 'early',
  BLOCK_INVALID: 'invalid',
  BLOCK_STATE_MISMATCH: 'invalid',
  HEADER_NUMBER: 'invalid',
  HEADER_TOO_LARGE: 'invalid',
  HEADER_PARENT: 'invalid',
  HEADER_PRE_DIGEST: 'invalid',
  HEADER_SEAL: 'invalid',
  HEADER_SLOT_NOT_AFTER_PARENT: 'invalid',
  HEADER_VRF: 'invalid',
  HEADER_WRONG_AUTHOR: 'invalid',
  JUSTIFICATION_INVALID: 'invalid',
};

export class BlockIntake {
  readonly #mutex = new KeyedMutex();
  readonly #waiting = new Set<string>();

  constructor(
    private readonly input: ChainInput,
    /** Most blocks that wait; beyond it a block counts as `early`. */
    private readonly maxWaiting = 16,
  ) {}

  /** Throws what is the fault of no sender. */
  async block(header: Header, body: readonly Uint8Array[]): Promise<IntakeOutcome> {
    const hash = toHex(headerHash(header));
    if (this.#waiting.has(hash)) return 'known';
    if (this.#waiting.size >= this.maxWaiting) return 'early';
    this.#waiting.add(hash);
    try {
      return await this.#run(() => this.input.importBlock(header, body));
    } finally {
      this.#waiting.delete(hash);
    }
  }

  justification(encoded: Uint8Array): Promise<IntakeOutcome> {
    return this.#run(() => this.input.finalize(encoded));
  }

  async #run(section: () => Promise<void>): Promise<IntakeOutcome> {
    try {
      await this.#mutex.run('chain', section);
      return 'done';
    } catch (error) {
      const outcome = isCessError(error) ? outcomes[error.code] : undefined;
      if (outcome === undefined) throw error;
      return outcome;
    }
  }
}
