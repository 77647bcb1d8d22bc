// All uploads of this page: a queue of which two run at a time. Screens follow it by `useTransfers`.
import { useSyncExternalStore } from 'react';
import type { ObjectName } from './s3.js';
import { Transfer } from './transfer.js';

type TransferState = 'queued' | 'running' | 'paused' | 'done' | 'failed' | 'cancelled';

export interface ShownTransfer {
  readonly id: number;
  readonly name: string;
  readonly target: ObjectName;
  readonly state: TransferState;
  readonly sentBytes: number;
  readonly totalBytes: number;
  /** Of the last seconds. */
  readonly bytesPerSecond: number;
  readonly failure: string | undefined;
}

interface Held {
  readonly id: number;
  readonly transfer: Transfer;
  state: TransferState;
  failure: string | undefined;
  /** Rises with each start: an end that belongs to an earlier one counts for nothing. */
  run: number;
  rate: { atMs: number; bytes: number; perSecond: number };
}

const parallelFiles = 2;
const refreshMs = 200;

class Transfers {
  #held: Held[] = [];
  #shown: readonly ShownTransfer[] = [];
  #nextId = 1;
  #timer: number | undefined;
  readonly #listeners = new Set<() => void>();
  /** Called when an upload has ended well. */
  readonly onDone = new Set<(target: ObjectName) => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): readonly ShownTransfer[] => this.#shown;

  add(target: ObjectName, file: File): void {
    const id = this.#nextId++;
    const transfer = new Transfer(target, file, () => this.#changedSoon());
    const rate = { atMs: performance.now(), bytes: 0, perSecond: 0 };
    this.#held = [...this.#held, { id, transfer, state: 'queued', failure: undefined, run: 0, rate }];
    this.#startNext();
  }

  pause(id: number): void {
    const held = this.#find(id);
    if (held === undefined) return;
    held.state = 'paused';
    held.transfer.pause();
    this.#startNext();
  }

  /** Of a paused or failed transfer. */
  resume(id: number): void {
    const held = this.#find(id);
    if (held === undefined) return;
    held.state = 'queued';
    held.failure = undefined;
    this.#startNext();
  }

  cancel(id: number): void {
    const held = this.#find(id);
    if (held === undefined) return;
    held.state = 'cancelled';
    // The gateway removes parts of unfinished uploads by lifecycle rules too, so a failure here costs only space.
    held.transfer.cancel().catch((error: unknown) => {
      held.failure = String(error);
    });
    this.#startNext();
  }

  clearFinished(): void {
    this.#held = this.#held.filter(({ state }) => state !== 'done' && state !== 'cancelled');
    this.#changed();
  }

  #find(id: number): Held | undefined {
    return this.#held.find((held) => held.id === id);
  }

  #startNext(): void {
    const running = this.#held.filter(({ state }) => state === 'running').length;
    const next = this.#held.filter(({ state }) => state === 'queued').slice(0, Math.max(0, parallelFiles - running));
    for (const held of next) void this.#run(held);
    this.#changed();
  }

  async #run(held: Held): Promise<void> {
    held.state = 'running';
    held.run++;
    const { run } = held;
    held.rate = { atMs: performance.now(), bytes: held.transfer.sentBytes, perSecond: 0 };
    try {
      await held.transfer.run();
      if (held.run !== run) return;
      held.state = 'done';
      for (const listener of this.onDone) listener(held.transfer.target);
    } catch (error) {
      if (held.state === 'running' && held.run === run) {
        held.state = 'failed';
        held.failure = error instanceof Error ? error.message : String(error);
      }
    }
    this.#startNext();
  }

  #changedSoon(): void {
    this.#timer ??= window.setTimeout(() => {
      this.#timer = undefined;
      this.#changed();
    }, refreshMs);
  }

  #changed(): void {
    const nowMs = performance.now();
    this.#shown = this.#held.map((held) => {
      const { transfer, state, failure, id } = held;
      const sentBytes = state === 'done' ? transfer.file.size : transfer.sentBytes;
      if (nowMs - held.rate.atMs > 1_000) {
        const perSecond = ((sentBytes - held.rate.bytes) * 1000) / (nowMs - held.rate.atMs);
        held.rate = { atMs: nowMs, bytes: sentBytes, perSecond: Math.max(0, perSecond) };
      }
      const { target, file } = transfer;
      const common = { id, name: file.name, target, state, failure, totalBytes: file.size };
      return { ...common, sentBytes, bytesPerSecond: state === 'running' ? held.rate.perSecond : 0 };
    });
    for (const listener of this.#listeners) listener();
  }
}

export const transfers = new Transfers();

export function useTransfers(): readonly ShownTransfer[] {
  return useSyncExternalStore(transfers.subscribe, transfers.snapshot);
}
