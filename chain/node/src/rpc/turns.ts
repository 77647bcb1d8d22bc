// Who uses the node's thread next. The work of RPC requests is cut into portions; one portion runs in each turn of the event
// loop, so that timers, blocks and new connections wait for one portion at most, whatever clients ask. The client that has
// used the least time comes first: heavy callers delay each other, and others hardly.

/** Resolves when the next portion of this client may run. */
export type Turn = () => Promise<void>;

/** What a client that uses little may be ahead of those that always wait. */
const maxCreditMs = 250;

interface Client {
  /** Time of its portions; when it begins to wait, at least the fair time less the credit. */
  usedMs: number;
  readonly waiting: (() => void)[];
}

export class Turns {
  readonly #waiting = new Set<Client>();
  readonly #nowMs: () => number;
  #isScheduled = false;
  /** Time that a client would have used which always waited. */
  #fairMs = 0;

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** The turns of one more client. It has no credit yet, so that nobody gains by connecting again. */
  client(): Turn {
    const client: Client = { usedMs: this.#fairMs, waiting: [] };
    return () => new Promise((resolve) => this.#wait(client, resolve));
  }

  #wait(client: Client, resume: () => void): void {
    if (client.waiting.push(resume) === 1) {
      client.usedMs = Math.max(client.usedMs, this.#fairMs - maxCreditMs);
      this.#waiting.add(client);
    }
    if (!this.#isScheduled) this.#schedule();
  }

  /** The second callback runs in the same turn, after the portion and before the network is read: it measures the portion alone. */
  #schedule(): void {
    this.#isScheduled = true;
    let portion: { readonly client: Client; readonly startedAtMs: number } | undefined;
    setImmediate(() => {
      const client = this.#leastUsed();
      if (client === undefined) return;
      portion = { client, startedAtMs: this.#nowMs() };
      const resume = client.waiting.shift();
      if (client.waiting.length === 0) this.#waiting.delete(client);
      resume?.();
    });
    setImmediate(() => {
      if (portion) this.#charge(portion.client, this.#nowMs() - portion.startedAtMs);
      this.#isScheduled = false;
      if (this.#waiting.size > 0) this.#schedule();
    });
  }

  #charge(client: Client, spentMs: number): void {
    client.usedMs += spentMs;
    this.#fairMs += spentMs / (this.#waiting.size + 1);
  }

  #leastUsed(): Client | undefined {
    let least: Client | undefined;
    for (const client of this.#waiting) {
      if (least === undefined || client.usedMs < least.usedMs) least = client;
    }
    return least;
  }
}
