// Who uses the node's thread next. The work of RPC requests is cut into portions; one portion runs in each turn of the event
// loop, so that timers, blocks and new connections wait for one portion at most, whatever clients ask. The client that has
// used the least time comes first: heavy callers delay each other, and others hardly.

/** Resolves when the next portion of this client may run. */
export type Turn = () => Promise<void>;

interface Client {
  /** Time of its portions; at least what the average client had used when it began to wait. */
  usedMs: number;
  readonly waiting: (() => void)[];
}

export class Turns {
  readonly #waiting = new Set<Client>();
  readonly #nowMs: () => number;
  #running: Client | undefined;
  #startedAtMs = 0;
  #isScheduled = false;
  /** Time that a client would have used which always waited. */
  #fairMs = 0;

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** The turns of one more client. */
  client(): Turn {
    const client: Client = { usedMs: 0, waiting: [] };
    return () => new Promise((resolve) => this.#wait(client, resolve));
  }

  #wait(client: Client, resume: () => void): void {
    if (client.waiting.push(resume) === 1) {
      client.usedMs = Math.max(client.usedMs, this.#fairMs);
      this.#waiting.add(client);
    }
    if (!this.#isScheduled) this.#schedule();
  }

  #schedule(): void {
    this.#isScheduled = true;
    setImmediate(() => this.#next());
  }

  #next(): void {
    const nowMs = this.#nowMs();
    if (this.#running) {
      const spentMs = nowMs - this.#startedAtMs;
      this.#running.usedMs += spentMs;
      this.#fairMs += spentMs / (this.#waiting.size + 1);
    }
    const client = this.#leastUsed();
    this.#running = client;
    this.#isScheduled = client !== undefined;
    if (client === undefined) return;
    this.#startedAtMs = nowMs;
    const resume = client.waiting.shift();
    if (client.waiting.length === 0) this.#waiting.delete(client);
    this.#schedule();
    resume?.();
  }

  #leastUsed(): Client | undefined {
    let least: Client | undefined;
    for (const client of this.#waiting) {
      if (least === undefined || client.usedMs < least.usedMs) least = client;
    }
    return least;
  }
}
