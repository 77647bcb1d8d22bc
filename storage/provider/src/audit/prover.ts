// Answers the rounds of this provider (STORE-1 step 9, PODR2-4). Rounds arrive as events. The chain is also rescanned at
// start, after each reconnect and every 30 s, so a missed event is harmless. One round per key is answered at a time.
import { type FragmentPlace, MAX_PLACES, type RoundRef } from '@cess/client';
import type { FragmentStore } from '@cess/fragment-store';
import { BackgroundLoop, type BackgroundPorts, isAbort, isCessError, messageOf, toHex } from '@cess/primitives';
import type { ProviderEvent } from '../chain/chain-port.js';
import type { DutyChain } from '../chain/duty-chain.js';
import { pagesOf } from '../chain/pages.js';
import type { DeclaredFiles } from '../holdings/declared-files.js';
import type { KeepRound, RoundResult } from './round-keeper.js';

const scanIntervalMs = 30_000;
const lossRetryMs = 5_000;
const maxLossTries = 5;

export interface ProverInit extends BackgroundPorts {
  readonly store: Pick<FragmentStore, 'isPresent'>;
  readonly declaredFiles: DeclaredFiles;
  readonly chain: Pick<DutyChain, 'rounds' | 'heldOnChain' | 'reportLoss'>;
  readonly ownIndex: () => number | undefined;
  /** Answers or disputes one round. */
  readonly keep: KeepRound;
}

export class Prover {
  readonly #stopping = new AbortController();
  readonly #keepers = new Map<string, { readonly round: number; readonly done: Promise<void> }>();
  readonly #loop: BackgroundLoop;

  constructor(private readonly init: ProverInit) {
    const task = () => this.scan();
    this.#loop = new BackgroundLoop({ ...init, name: 'prover', task, periodMs: scanIntervalMs });
  }

  start(): void {
    this.#loop.start();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop.stop();
    await Promise.all([...this.#keepers.values()].map(({ done }) => done));
  }

  /** Rescans the chain soon, because events may have been missed. */
  recheck(): void {
    this.#loop.retryNow();
  }

  /** Takes the events of a finalized block. */
  observe(events: readonly ProviderEvent[]): void {
    const own = this.init.ownIndex();
    if (own === undefined) return;
    for (const event of events) {
      if (event.type === 'challenged' && event.provider === own) this.#begin(event);
      else if (event.type === 'judged' && event.provider === own && !event.passed) this.#begin(event);
    }
  }

  /** Reads the open rounds from the chain. */
  async scan(): Promise<void> {
    const own = this.init.ownIndex();
    if (own === undefined) return;
    for (const ref of await this.init.chain.rounds(own)) this.#begin(ref);
  }

  /** Waits until no round is being answered. */
  async settled(): Promise<void> {
    while (this.#keepers.size > 0) await Promise.all([...this.#keepers.values()].map(({ done }) => done));
  }

  #begin({ keyId, round }: RoundRef): void {
    const own = this.init.ownIndex();
    const name = toHex(keyId);
    if (own === undefined || this.#stopping.signal.aborted) return;
    const before = this.#keepers.get(name);
    // A keeper follows the state of its round by itself. One of an earlier round ends soon.
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
      const result = await this.init.keep(ref, signal);
      this.#log(result, ref);
      if (result === 'conceded') await this.#reportMissing(ref.provider, signal);
    } catch (error) {
      if (!isCessError(error) && !isAbort(error)) return this.init.onFatal(error, 'prover');
      if (!signal.aborted)
        this.init.logger.error({ round: ref.round, cause: messageOf(error) }, 'failed to answer a round');
    }
  }

  #log(result: RoundResult, { round }: RoundRef): void {
    if (result === 'submitted') this.init.logger.debug({ round }, 'submitted a proof');
    else if (result === 'conceded') this.init.logger.error({ round }, 'conceded a round: this provider has lost data');
  }

  /** After a concession, reports all other lost fragments before a round asks for them. */
  async #reportMissing(own: number, signal: AbortSignal): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        for (const page of pagesOf(await this.#missing(own), MAX_PLACES)) {
          await this.init.chain.reportLoss(page, signal);
          this.init.logger.error({ fragments: page.length }, 'reported lost fragments');
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
        const held = this.init.declaredFiles.at(place);
        if (held === undefined || !(await this.init.store.isPresent(held.root))) missing.push(place);
      }
    }
    return missing;
  }
}
