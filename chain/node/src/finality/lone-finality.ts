// Finality of a development chain (docs/protocol/finality.md): its lone authority justifies the best block as soon as
// it is imported. DEVELOPMENT ONLY. Other finality gadgets implement the same port.
import { createLoneAuthorityJustification, justificationCodec } from '@cess/consensus';
import { createEd25519Signer, type Ed25519Signer } from '@cess/crypto';
import type { EngineHost } from '../engine/engine-host.js';
import type { Finalized } from '../engine/engine-types.js';

/** Decides when which block is final. */
export interface FinalityGadget {
  /** Called once at start and after every import; returns the newly finalized blocks. */
  advance(): Promise<Finalized | undefined>;
}

/** For nodes that finalize nothing themselves. */
export const passiveFinality: FinalityGadget = { advance: async () => undefined };

export class LoneAuthorityFinality implements FinalityGadget {
  readonly #engine: Pick<EngineHost, 'run'>;
  readonly #signer: Ed25519Signer;

  constructor(engine: Pick<EngineHost, 'run'>, secretSeed: Uint8Array) {
    this.#engine = engine;
    this.#signer = createEd25519Signer(secretSeed);
  }

  /** Signs the vote that the last import put on disk; nothing else is ever signed. */
  async advance(): Promise<Finalized | undefined> {
    const { vote, finalized } = await this.#engine.run('heads');
    if (!vote || vote.number <= finalized.number) return undefined;
    const justification = createLoneAuthorityJustification(
      { target: { hash: vote.hash, number: vote.number }, round: vote.round, setId: vote.set_id },
      this.#signer,
    );
    return this.#engine.run('finalize', justificationCodec.encode(justification));
  }
}
