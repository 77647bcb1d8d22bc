// The clock by which retentions of object lock end (ADR 57): the earlier of this machine's clock and the time of the newest
// finalized block. A clock that jumps ahead ends no retention, and without a word from the chain none ends at all.
import { BackgroundLoop, type BackgroundPorts, type Startable } from '@cess/primitives';
import type { GatewayChain } from './chain-port.js';

export interface LockClockInit extends BackgroundPorts {
  readonly chain: Pick<GatewayChain, 'isConnected' | 'finalizedTimeMs'>;
}

const periodMs = 15_000;
/** Until the chain answered for the first time since the start. */
const firstPeriodMs = 1_000;

export class LockClock implements Startable {
  readonly #loop: BackgroundLoop;
  /** Newest time of a finalized block. It never goes back, also when a node answers that is behind. */
  #chainTimeMs = 0;

  constructor(private readonly init: LockClockInit) {
    this.#loop = new BackgroundLoop({
      ...init,
      name: 'lock-clock',
      task: () => this.refresh(),
      periodMs: () => (this.#chainTimeMs === 0 ? firstPeriodMs : periodMs),
    });
  }

  async start(): Promise<void> {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** Never later than the true time, unless the clock and a finalized block are wrong together. */
  timeMs(): number {
    return Math.min(this.init.timers.nowMs(), this.#chainTimeMs);
  }

  async refresh(): Promise<void> {
    const { chain } = this.init;
    if (!chain.isConnected) return;
    this.#chainTimeMs = Math.max(this.#chainTimeMs, await chain.finalizedTimeMs());
  }
}
