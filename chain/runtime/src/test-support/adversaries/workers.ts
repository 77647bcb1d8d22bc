// Strategies of TEE workers, and the checker of an authority, which disputes wrong verdicts.
import { query, tx } from '../../index.js';
import type { RegistryKey } from '../../pallets/audit/declaration.js';
import type { Worker } from '../audit-scenario.js';
import { carol } from '../harness.js';
import type { Game, Party } from './game.js';

abstract class WorkerParty implements Party {
  abstract readonly name: string;
  abstract readonly isHonest: boolean;
  readonly accounts: readonly Uint8Array[];

  constructor(readonly worker: Worker) {
    this.accounts = [worker.controller.publicKey];
  }

  protected get id(): number {
    return this.worker.index;
  }

  act(game: Game): void {
    const verdicts = [...query.Audit.Challenges.entries(game.chain, [])].flatMap(([[miner, key_id], { state }]) => {
      if (state.type !== 'Answered' || state.value.worker !== this.worker.index) return [];
      const passed = this.judge(game, { miner, key_id }, state.value.proof);
      return passed === undefined ? [] : [game.chain.verdict(this.worker, miner, passed, { keyId: key_id })];
    });
    if (verdicts.length > 0) game.submit(this.worker.controller, tx.Audit.submit_verdicts({ verdicts }));
  }

  /** Undefined: it gives no verdict. */
  protected abstract judge(game: Game, registry: RegistryKey, proof: Uint8Array): boolean | undefined;
}

/** Judges by what the proof is worth, and returns after a suspension. */
export class HonestWorker extends WorkerParty {
  readonly isHonest = true;
  readonly name = `honest worker ${this.id}`;

  override act(game: Game): void {
    if (game.isFinalityStalled) return;
    super.act(game);
    if (query.TeeWorker.Workers.get(game.chain, this.worker.index)?.state === 'Suspended')
      game.submit(this.worker.controller, tx.TeeWorker.resume({}));
  }

  protected judge(game: Game, registry: RegistryKey, proof: Uint8Array): boolean {
    return game.isTrue(registry, proof);
  }
}

/** Lets everything pass without looking. */
class LazyWorker extends WorkerParty {
  readonly isHonest = false;
  readonly name = `lazy worker ${this.id}`;

  protected judge(): boolean {
    return true;
  }
}

/** Fails honest providers. */
export class LyingWorker extends WorkerParty {
  readonly isHonest = false;
  readonly name = `lying worker ${this.id}`;

  protected judge(game: Game, registry: RegistryKey, proof: Uint8Array): boolean {
    return game.dishonest.has(registry.miner) && game.isTrue(registry, proof);
  }
}

/** Lets dishonest providers pass and judges the others right: half of a colluding pair. */
class ColludingWorker extends WorkerParty {
  readonly isHonest = false;
  readonly name = `colluding worker ${this.id}`;

  protected judge(game: Game, registry: RegistryKey, proof: Uint8Array): boolean {
    return game.dishonest.has(registry.miner) || game.isTrue(registry, proof);
  }
}

/** Never gives a verdict. */
class AbsentWorker extends WorkerParty {
  readonly isHonest = false;
  readonly name = `absent worker ${this.id}`;

  protected judge(): undefined {
    return undefined;
  }
}

export const DISHONEST_WORKERS = [LazyWorker, LyingWorker, ColludingWorker, AbsentWorker] as const;

/** Disputes every verdict that is wrong; the chain verifies the proof itself. */
export class Checker implements Party {
  readonly name = 'checker';
  readonly isHonest = true;
  readonly accounts = [carol.publicKey];

  act(game: Game): void {
    if (game.isFinalityStalled) return;
    for (const [[miner, key_id], { round, state }] of query.Audit.Challenges.entries(game.chain, [])) {
      if (state.type !== 'Judged') continue;
      const { proof, passed } = state.value;
      if (passed !== game.isTrue({ miner, key_id }, proof))
        game.submit(carol, tx.Audit.dispute({ miner, key_id, round }));
    }
  }
}
