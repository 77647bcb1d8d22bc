// Answers the rounds of this provider (STORE-1 step 9, PODR2-4). Rounds are heard of by events, and found on chain at start,
// after reconnections and now and then, so that a missed event costs nothing. One keeper per key at a time.
import { MAX_PLACES } from '@cess/client';
import { isCessError, messageOf, toHex } from '@cess/primitives';
import { Wakeup } from '../background/wakeup.js';
import type { FragmentAddress, ProviderEvent } from '../chain-port.js';
import type { DutyChain, RoundRef } from '../duty-chain.js';
import { pagesOf } from '../place.js';
import { RoundKeeper, type RoundKeeperInit, type RoundResult } from './round-keeper.js';

const scanIntervalMs = 30_000;
const lossRetryMs = 5_000;
const maxLossTries = 5;

export interface ProverInit extends RoundKeeperInit {
  readonly chain: RoundKeeperInit['chain'] & Pick<DutyChain, 'rounds' | 'heldOnChain' | 'reportLoss'>;
  readonly miner: () => number | undefined;
}

export interface ProofCounts {
  readonly passed: number;
  readonly submitted: number;
  readonly conceded: number;
}

export class Prover {
  readonly #stopping = new AbortController();
  readonly #keepers = new Map<string, { readonly round: number; readonly done: Promise<void> }>();
  readonly #scan: Wakeup;
  #running: Promise<void> = Promise.resolve();
  #counts = { passed: 0, submitted: 0, conceded: 0 };
  #lastRound: number | undefined;

  constructor(private readonly init: ProverInit) {
    this.#scan = new Wakeup(init.timers);
  }

  get counts(): ProofCounts {
    return { ...this.#counts };
  }

  /** Number of the last round that a proof was submitted in. */
  get lastRound(): number | undefined {
    return this.#lastRound;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await Promise.all([...this.#keepers.values()].map(({ done }) => done));
  }

  /** Something may have been missed. */
  recheck(): void {
    this.#scan.wake();
  }

  /** Takes what a finalized block says. */
  observe(events: readonly ProviderEvent[]): void {
    const own = this.init.miner();
    if (own === undefined) return;
    for (const event of events) {
      if (event.type === 'challenged' && event.miner === own) this.#begin(event);
      else if (event.type === 'judged' && event.miner === own && !event.passed) this.#begin(event);
      else if (event.type === 'closed' && event.miner === own && event.outcome === 'Passed') this.#counts.passed++;
    }
  }

  /** Looks on chain for rounds. */
  async scan(): Promise<void> {
    const own = this.init.miner();
    if (own === undefined) return;
    for (const ref of await this.init.chain.rounds(own)) this.#begin(ref);
  }

  /** Waits for all rounds that are being answered. */
  async settled(): Promise<void> {
    while (this.#keepers.size > 0) await Promise.all([...this.#keepers.values()].map(({ done }) => done));
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.scan().catch((error: unknown) => {
        this.init.logger.debug({ cause: messageOf(error) }, 'the rounds of this provider could not be read yet');
      });
      await this.#scan.wait(scanIntervalMs, signal);
    }
  }

  #begin({ keyId, round }: RoundRef): void {
    const own = this.init.miner();
    const name = toHex(keyId);
    if (own === undefined || this.#stopping.signal.aborted) return;
    const before = this.#keepers.get(name);
    // A keeper of the same round sees by itself what has become of it; one of an earlier round ends soon.
    if (before?.round === round) return;
    const done = (before?.done ?? Promise.resolve())
      .then(() => this.#keep(own, { keyId, round }))
      .finally(() => {
        if (this.#keepers.get(name)?.done === done) this.#keepers.delete(name);
      });
    this.#keepers.set(name, { round, done });
  }

  /** Never rejects. */
  async #keep(own: number, ref: RoundRef): Promise<void> {
    const { signal } = this.#stopping;
    try {
      const result = await new RoundKeeper(this.init, own, ref).keep(signal);
      this.#count(result, ref);
      if (result === 'conceded') await this.#reportMissing(own, signal);
    } catch (error) {
      if (!signal.aborted)
        this.init.logger.error({ round: ref.round, cause: messageOf(error) }, 'a round was given up');
    }
  }

  #count(result: RoundResult, { round }: RoundRef): void {
    if (result === 'submitted') {
      this.#counts.submitted++;
      this.#lastRound = round;
      this.init.logger.debug({ round }, 'proof submitted');
    } else if (result === 'conceded') {
      this.#counts.conceded++;
      this.init.logger.error({ round }, 'a round was conceded: this provider has lost data');
    }
  }

  /** After a concession: whatever else is gone is reported before it is asked about. */
  async #reportMissing(own: number, signal: AbortSignal): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        for (const page of pagesOf(await this.#missing(own), MAX_PLACES)) {
          await this.init.chain.reportLoss(page, signal);
          this.init.logger.error({ fragments: page.length }, 'lost fragments were reported');
        }
        return;
      } catch (error) {
        if (signal.aborted || tries === maxLossTries || isCessError(error, 'CHAIN_CALL_INVALID')) throw error;
        await this.init.timers.sleep(lossRetryMs, signal);
      }
    }
  }

  async #missing(own: number): Promise<FragmentAddress[]> {
    const missing: FragmentAddress[] = [];
    for await (const page of this.init.chain.heldOnChain(own)) {
      for (const place of page) {
        const held = this.init.declared.at(place);
        if (held === undefined || !(await this.init.store.isPresent(held.root))) missing.push(place);
      }
    }
    return missing;
  }
}
