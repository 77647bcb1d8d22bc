// Keeps what is acknowledged but not yet declared: providers collect undeclared fragments after their period
// (docs/protocol/data-path.md §11), so while the chain stands still for days the gateway asks them to keep them longer.
import type { ProviderDirectory } from '@cess/data-path';
import type { ProviderClient } from '@cess/node-api';
import type { ObjectIndex } from '@cess/object-index';
import { delay, type Logger, messageOf, type Startable } from '@cess/primitives';

export interface RenewerInit {
  readonly index: ObjectIndex;
  readonly client: ProviderClient;
  readonly directory: ProviderDirectory;
  readonly nowMs: () => number;
  readonly logger: Logger;
  /** Pause between two rounds. */
  readonly intervalMs?: number;
  /** Age at which an undeclared file is renewed; well below the providers' 7 days. */
  readonly renewAfterMs?: number;
}

const hourMs = 3_600_000;
const defaultRenewAfterMs = 48 * hourMs;
/** Orders in one request. */
const maxOrders = 1_000;
const requestTimeoutMs = 30_000;

export class Renewer implements Startable {
  readonly #stopping = new AbortController();
  #loop: Promise<void> = Promise.resolve();

  constructor(private readonly init: RenewerInit) {}

  async start(): Promise<void> {
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  /** One round over the outbox; gives the number of requests that providers accepted. */
  async renewDue(): Promise<number> {
    let accepted = 0;
    for (const [miner, orderIds] of this.#dueOrders()) {
      const provider = this.init.directory.get(miner);
      for (let at = 0; provider !== undefined && at < orderIds.length; at += maxOrders) {
        const page = orderIds.slice(at, at + maxOrders);
        try {
          await this.init.client.renew(provider, page, AbortSignal.timeout(requestTimeoutMs));
          accepted++;
        } catch (error) {
          this.init.logger.warn({ miner, cause: messageOf(error) }, 'a provider did not renew undeclared fragments');
        }
      }
    }
    return accepted;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await delay(this.init.intervalMs ?? 6 * hourMs, signal).catch(() => {});
      if (!signal.aborted) await this.renewDue();
    }
  }

  /** Orders of undeclared files that have waited long, by holder. */
  #dueOrders(): Map<number, Uint8Array[]> {
    const due = new Map<number, Uint8Array[]>();
    const before = this.init.nowMs() - (this.init.renewAfterMs ?? defaultRenewAfterMs);
    for (const { entry } of this.init.index.listOutbox(Number.MAX_SAFE_INTEGER)) {
      const file = entry.type === 'Declare' ? this.init.index.getFile(entry.value) : undefined;
      if (file === undefined || file.createdAtMs > before) continue;
      const miners = new Set<number>();
      for (let segment = 0; segment < file.segmentCount; segment++) {
        for (const { holder } of this.init.index.getSegment(entry.value, segment)?.fragments ?? []) {
          if (holder !== undefined) miners.add(holder);
        }
      }
      for (const miner of miners) (due.get(miner) ?? setEmpty(due, miner)).push(file.orderId);
    }
    return due;
  }
}

function setEmpty(due: Map<number, Uint8Array[]>, miner: number): Uint8Array[] {
  const orders: Uint8Array[] = [];
  due.set(miner, orders);
  return orders;
}
