// Renews acknowledged files that are not yet declared, those held for their owners included. Undeclared fragments expire at providers
// (docs/protocol/data-path.md §11), so when the chain stalls for days the gateway asks providers to keep them longer.
import type { ProviderDirectory } from '@cess/data-path';
import type { ProviderClient } from '@cess/node-api';
import type { ObjectIndex } from '@cess/object-index';
import {
  BackgroundLoop,
  type BackgroundPorts,
  isCessError,
  messageOf,
  SetAside,
  type Startable,
  toHex,
} from '@cess/primitives';
import { undeclaredPacks } from './restore-pending.js';

export interface RenewerInit extends BackgroundPorts {
  readonly index: ObjectIndex;
  readonly client: Pick<ProviderClient, 'renew'>;
  readonly directory: Pick<ProviderDirectory, 'get'>;
  /** Pause between two rounds. */
  readonly intervalMs?: number;
  /** Age at which an undeclared file is renewed; well below the providers' 7 days. */
  readonly renewAfterMs?: number;
}

const hourMs = 3_600_000;
const defaultRenewAfterMs = 48 * hourMs;
/** Orders per request. */
const maxOrders = 1_000;
const requestTimeoutMs = 30_000;

export class Renewer implements Startable {
  /** Files that cannot be processed. */
  readonly setAside: SetAside;
  readonly #loop: BackgroundLoop;

  constructor(private readonly init: RenewerInit) {
    const name = 'renewer';
    this.setAside = new SetAside(name, init);
    const periodMs = init.intervalMs ?? 6 * hourMs;
    const task = async () => void (await this.renewDue());
    this.#loop = new BackgroundLoop({ ...init, name, task, periodMs, firstPauseMs: periodMs });
  }

  async start(): Promise<void> {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** Runs one round over all undeclared files; returns the number of requests that providers accepted. */
  async renewDue(): Promise<number> {
    let accepted = 0;
    for (const [holder, orderIds] of await this.#dueOrders()) {
      const provider = this.init.directory.get(holder);
      for (let at = 0; provider !== undefined && at < orderIds.length; at += maxOrders) {
        const page = orderIds.slice(at, at + maxOrders);
        try {
          await this.init.client.renew(provider, page, AbortSignal.timeout(requestTimeoutMs));
          accepted++;
        } catch (error) {
          if (!isCessError(error)) throw error;
          this.init.logger.warn(
            { provider: holder, cause: messageOf(error) },
            'a provider did not renew undeclared fragments',
          );
        }
      }
    }
    return accepted;
  }

  /** Orders of undeclared files past the renewal age, by holder. */
  async #dueOrders(): Promise<Map<number, Uint8Array[]>> {
    const due = new Map<number, Uint8Array[]>();
    for await (const { entry } of this.init.index.outbox()) {
      if (entry.type !== 'Declare') continue;
      await this.setAside.attempt(`file ${toHex(entry.value)}`, async () => this.#addDue(entry.value, due));
    }
    for await (const { fileId } of this.init.index.heldFiles()) {
      await this.setAside.attempt(`file ${toHex(fileId)}`, async () => this.#addDue(fileId, due));
    }
    for await (const { packId } of undeclaredPacks(this.init.index)) {
      await this.setAside.attempt(`file ${toHex(packId)}`, async () => this.#addDue(packId, due));
    }
    return due;
  }

  async #addDue(fileId: Uint8Array, due: Map<number, Uint8Array[]>): Promise<void> {
    const { index, timers, renewAfterMs = defaultRenewAfterMs } = this.init;
    const file = await index.getFile(fileId);
    if (file === undefined || file.createdAtMs > timers.nowMs() - renewAfterMs) return;
    const holders = new Set<number>();
    for (let segment = 0; segment < file.segmentCount; segment++) {
      for (const { holder } of (await index.getSegment(fileId, segment))?.fragments ?? []) {
        if (holder !== undefined) holders.add(holder);
      }
    }
    for (const holder of holders) (due.get(holder) ?? setEmpty(due, holder)).push(file.orderId);
  }
}

function setEmpty(due: Map<number, Uint8Array[]>, holder: number): Uint8Array[] {
  const orders: Uint8Array[] = [];
  due.set(holder, orders);
  return orders;
}
