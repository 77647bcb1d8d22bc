// Answers the rounds of this provider (STORE-1 step 9, PODR2-4). Rounds arrive as events. The chain is also rescanned at
// start, after each reconnect and every 30 s, so a missed event is harmless. One keeper per key at a time.
import { type FragmentPlace, MAX_PLACES, type RoundRef } from '@cess/client';
import { BackgroundLoop, type BackgroundPorts, isAbort, isCessError, messageOf, toHex } from '@cess/primitives';
import type { ProviderEvent } from '../chain/chain-port.js';
import type { DutyChain } from '../chain/duty-chain.js';
import { pagesOf } from '../holdings/place.js';
import { RoundKeeper, type RoundKeeperInit, type RoundResult } from './round-keeper.js';

const scanIntervalMs = 30_000;
const lossRetryMs = 5_000;
const maxLossTries = 5;

export interface ProverInit extends RoundKeeperInit, BackgroundPorts {
  readonly chain: RoundKeeperInit['chain'] & Pick<DutyChain, 'rounds' | 'heldOnChain' | 'reportLoss'>;
  readonly ownIndex: () => number | undefined;
}

export interface ProofCounts {
  readonly passed: number;
  readonly submitted: number;
  readonly conceded: number;
}

export class Prover {
  readonly #stopping = new AbortController();
  readonly #keepers = new Map<string, { readonly round: number; readonly done: Promise<void> }>();
  readonly #loop: BackgroundLoop;
  #counts = { passed: 0, submitted: 0, conceded: 0 };
  #lastRound: number | undefined;

  constructor(private readonly init: ProverInit) {
    const task = () => this.scan();
    this.#loop = new BackgroundLoop({ ...init, name: 'prover', task, periodMs: scanIntervalMs });
  }

  get counts(): ProofCounts {
    return { ...this.#counts };
  }

  /** Number of the last round that a proof was submitted in. */
  get lastRound(): number | undefined {
    return this.#lastRound;
  }

  start(): void {
    this.#loop.start();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop.stop();
    await Promise.all([...this.#keepers.values()].map(({ done }) => done));
  }

  /** Something may have been missed. */
  recheck(): void {
    this.#loop.retryNow();
  }

  /** Takes what a finalized block says. */
  observe(events: readonly ProviderEvent[]): void {
    const own = this.init.ownIndex();
    if (own === undefined) return;
    for (const event of events) {
      if (event.type === 'challenged' && event.provider === own) this.#begin(event);
      else if (event.type === 'judged' && event.provider === own && !event.passed) this.#begin(event);
      else if (event.type === 'closed' && event.provider === own && event.outcome === 'Passed') this.#counts.passed++;
    }
  }

  /** Looks on chain for rounds. */
  async scan(): Promise<void> {
    const own = this.init.ownIndex();
    if (own === undefined) return;
    for (const ref of await this.init.chain.rounds(own)) this.#begin(ref);
  }

  /** Waits for all rounds that are being answered. */
  async settled(): Promise<void> {
    while (this.#keepers.size > 0) await Promise.all([...this.#keepers.values()].map(({ done }) => done));
  }

  #begin({ keyId, round }: RoundRef): void {
    const own = this.init.ownIndex();
    const name = toHex(keyId);
    if (own === undefined || this.#stopping.signal.aborted) return;
    const before = this.#keepers.get(name);
    // A keeper of the same round sees by itself what has become of it; one of an earlier round ends soon.
    if (before?.round === round) return;
    const done = (before?.done ?? Promise.resolve())
      .then(() => this.#keep({ provider: own, keyId, round }))
      .finally(() => {
        if (this.#keepers.get(name)?.done === done) this.#keepers.delete(name);
      });
    this.#keepers.set(name, { round, done });
  }

  /** Never rejects. */
  async #keep(ref: RoundRef): Promise<void> {
    const { signal } = this.#stopping;
    try {
      const result = await new RoundKeeper(this.init, ref).keep(signal);
      this.#count(result, ref);
      if (result === 'conceded') await this.#reportMissing(ref.provider, signal);
    } catch (error) {
      if (!isCessError(error) && !isAbort(error)) return this.init.onFatal(error, 'prover');
      if (!signal.aborted) this.init.logger.error({ round: ref.round, cause: messageOf(error) }, 'a round was aborted');
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

  async #missing(own: number): Promise<FragmentPlace[]> {
    const missing: FragmentPlace[] = [];
    for await (const page of this.init.chain.heldOnChain(own)) {
      for (const place of page) {
        const held = this.init.declared.at(place);
        if (held === undefined || !(await this.init.store.isPresent(held.root))) missing.push(place);
      }
    }
    return missing;
  }
}
