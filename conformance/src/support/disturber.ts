// Kills and wipes providers one after another while a suite runs. Only a chosen half of the providers is ever touched, so
// that at most 8 of any 12 holders of a segment lack their bytes at any time, repaired or not. Each is wiped at most
// once, so that no provider is expelled and enough providers remain for uploads.
import { setTimeout as delay } from 'node:timers/promises';
import type { TestNetwork } from './network.js';
import { holderOf, providerFolder, providerNames, replaced } from './role-processes.js';
import { pick, type Random, shuffled } from './seeded.js';

const mostVictims = 8;

export class Disturber {
  readonly counts = { kills: 0, wipes: 0 };
  /** The first failure of the network itself. */
  failure: unknown;
  readonly #victims: readonly string[];
  readonly #toWipe: string[];
  readonly #ending = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(
    private readonly network: TestNetwork,
    private readonly random: Random,
    private readonly pauseMs: number,
  ) {
    this.#victims = shuffled(random, providerNames(network.home)).slice(0, mostVictims);
    this.#toWipe = [...this.#victims];
  }

  /** Number of pauses before the first wipe; kills start immediately. */
  start(killsBeforeWipes: number): void {
    this.#running = this.#run(killsBeforeWipes).catch((error: unknown) => {
      if (!this.#ending.signal.aborted) this.failure = error;
    });
  }

  /** Resolves when no kill or wipe is in progress. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  async #run(killsBeforeWipes: number): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      await delay(this.pauseMs * (0.5 + this.random()), undefined, { signal });
      const mayWipe = this.counts.kills >= killsBeforeWipes && this.counts.kills > this.counts.wipes;
      const name = mayWipe ? this.#toWipe.pop() : undefined;
      if (name === undefined) await this.#kill(pick(this.random, this.#victims));
      else await this.#wipe(name);
    }
  }

  async #kill(name: string): Promise<void> {
    const find = () => holderOf(this.network.home, providerFolder(name));
    const pid = find();
    if (pid === undefined) return;
    process.kill(pid, 'SIGKILL');
    this.counts.kills++;
    await replaced(find, pid, name);
  }

  async #wipe(name: string): Promise<void> {
    await this.network.cessText('devnet', 'provider', 'wipe', name);
    this.counts.wipes++;
  }
}
