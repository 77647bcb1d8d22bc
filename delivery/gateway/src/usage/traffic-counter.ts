// Counts the requests and the transferred bytes of accounts in memory, and adds them to the table of usage once a minute and at a clean
// stop. A crash loses at most what was counted since, never counts anything twice. What is counted belongs to the hour and day of the
// first request since the last addition, so it is exact to that minute. Memory: one entry for each account with requests since then.
import { noTraffic, sumOfTraffic, type Traffic, type UsageTable } from '@cess/object-index';
import { BackgroundLoop, type BackgroundPorts, isCessError, messageOf, type Startable, toHex } from '@cess/primitives';
import type { Payer } from './payer.js';

export interface TrafficCounterInit extends BackgroundPorts {
  readonly table: Pick<UsageTable, 'addTraffic'>;
  /** Between two additions to the table. Default 1 minute. */
  readonly periodMs?: number;
}

interface Counted {
  readonly owner: Uint8Array;
  /** Of the first request. */
  readonly timeMs: number;
  readonly traffic: Traffic;
}

const defaultPeriodMs = 60_000;

export class TrafficCounter implements Startable {
  readonly #loop: BackgroundLoop;
  /** By owner in hex: two owners may have the same account id. */
  readonly #counted = new Map<string, Counted>();

  constructor(private readonly init: TrafficCounterInit) {
    const periodMs = init.periodMs ?? defaultPeriodMs;
    const task = (signal: AbortSignal) => this.flush(signal);
    this.#loop = new BackgroundLoop({ ...init, name: 'traffic', task, periodMs, firstPauseMs: periodMs });
  }

  async start(): Promise<void> {
    this.#loop.start();
  }

  /** Adds what is counted. Call it when no more requests come. */
  async stop(): Promise<void> {
    await this.#loop.stop();
    try {
      await this.flush();
    } catch (error) {
      if (!isCessError(error)) throw error;
      const fields = { accounts: this.#counted.size, cause: messageOf(error) };
      this.init.logger.warn(fields, 'requests and traffic of accounts could not be stored; they are lost');
    }
  }

  /** A request of an account has been answered. */
  count({ owner }: Pick<Payer, 'owner'>, { receivedBytes, sentBytes }: Omit<Traffic, 'requests'>): void {
    this.#add({ owner, timeMs: this.init.timers.nowMs(), traffic: { requests: 1, receivedBytes, sentBytes } });
  }

  /**
   * Adds what is counted to the table, each account in a transaction of its own. A crash between two of them loses the rest. What
   * could not be added stays for the next time, unless nobody knows whether it was added: then it counts as added.
   */
  async flush(signal?: AbortSignal): Promise<void> {
    for (const [key, counted] of [...this.#counted]) {
      signal?.throwIfAborted();
      this.#counted.delete(key);
      try {
        await this.init.table.addTraffic(counted.owner, counted.timeMs, counted.traffic);
      } catch (error) {
        if (!isCessError(error, 'INDEX_OUTCOME_UNKNOWN')) this.#add(counted);
        throw error;
      }
    }
  }

  #add({ owner, timeMs, traffic }: Counted): void {
    const key = toHex(owner);
    const before = this.#counted.get(key);
    this.#counted.set(key, {
      owner,
      timeMs: Math.min(before?.timeMs ?? timeMs, timeMs),
      traffic: sumOfTraffic(before?.traffic ?? noTraffic, traffic),
    });
  }
}
