// Closes connections to peers that do not belong to the network: those whose identify message lacks the protocol whose
// name carries the genesis hash, and those that send none in time. They would only take places from peers that do.
import { pause, type Timers } from '@cess/primitives';
import type { Connection, IdentifyResult } from '@libp2p/interface';
import type { NetworkNode } from './libp2p-node.js';

export interface MembershipOptions {
  readonly node: NetworkNode;
  /** A protocol that all nodes of the network support. */
  readonly protocol: string;
  readonly timeoutMs: number;
  readonly timers: Timers;
  readonly onForeign: () => void;
}

export class Membership {
  /** Connections whose peer has not been identified yet; aborting ends the wait for it. */
  readonly #waiting = new Map<string, AbortController>();
  readonly #waits = new Set<Promise<void>>();

  constructor(private readonly options: MembershipOptions) {
    const { node } = options;
    node.addEventListener('connection:open', ({ detail }) => this.#opened(detail));
    node.addEventListener('connection:close', ({ detail }) => this.#waiting.get(detail.id)?.abort());
    node.addEventListener('peer:identify', ({ detail }) => this.#identified(detail));
  }

  async stop(): Promise<void> {
    for (const wait of this.#waiting.values()) wait.abort();
    await Promise.all(this.#waits);
  }

  #opened(connection: Connection): void {
    const { timers, timeoutMs } = this.options;
    const wait = new AbortController();
    this.#waiting.set(connection.id, wait);
    const waiting = pause(timers, timeoutMs, wait.signal).then(() => {
      this.#waiting.delete(connection.id);
      this.#waits.delete(waiting);
      if (!wait.signal.aborted) this.#refuse(connection);
    });
    this.#waits.add(waiting);
  }

  #identified({ connection, protocols }: IdentifyResult): void {
    this.#waiting.get(connection.id)?.abort();
    if (!protocols.includes(this.options.protocol)) this.#refuse(connection);
  }

  #refuse(connection: Connection): void {
    this.options.onForeign();
    connection.abort(new Error('the peer does not belong to this network'));
  }
}
