// Rotations and deletions of named keys that are due, once a minute; more often where days are shortened. They go on for accounts
// that are not served any more: a deletion that was scheduled destroys its key (ADR 64).
import type { NamedKeys } from '@cess/accounts';
import { BackgroundLoop, type BackgroundPorts, SetAside, type Startable } from '@cess/primitives';

const longestPeriodMs = 60_000;
const leastPeriodMs = 250;
const runsPerDay = 24;

export class KeyUpkeep implements Startable {
  /** Keys that can be neither rotated nor destroyed. */
  readonly setAside: SetAside;
  readonly #loop: BackgroundLoop;

  constructor(
    private readonly ports: BackgroundPorts,
    private readonly namedKeys: Pick<NamedKeys, 'due' | 'maintain'>,
    dayMs: number,
  ) {
    const name = 'upkeep of named keys';
    this.setAside = new SetAside(name, ports);
    const periodMs = Math.min(longestPeriodMs, Math.max(leastPeriodMs, dayMs / runsPerDay));
    this.#loop = new BackgroundLoop({ ...ports, name, task: (signal) => this.runRound(signal), periodMs });
  }

  async start(): Promise<void> {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** Does all that is due. */
  async runRound(signal: AbortSignal): Promise<void> {
    const nowMs = this.ports.timers.nowMs();
    for await (const key of this.namedKeys.due(nowMs)) {
      signal.throwIfAborted();
      const name = `named key ${key.keyId} of account ${key.account}`;
      await this.setAside.attempt(name, () => this.namedKeys.maintain(key, nowMs), signal);
    }
  }
}
