// Follows finalized blocks in order and without gaps, over all reconnections. A subscription only announces how far the chain
// is; each block is fetched by number, so that a missed or a repeated announcement is harmless.
import type { Header } from '@cess/chain-primitives';
import { BackgroundLoop, type BackgroundPorts, isCessError } from '@cess/primitives';

/** Code of a node that has pruned the state that was asked for. */
const prunedCode = 4003;
const backOff = { leastMs: 200, mostMs: 5_000 };

/** Where following begins, and what to do after a gap. */
export interface FollowOptions {
  /** First block; default the present one. */
  readonly from?: number;
  /** Blocks were skipped. */
  readonly onGap?: () => Promise<void> | void;
}

export interface FinalizedFollowerInit extends BackgroundPorts, FollowOptions {
  /** Undefined if the node does not have the block yet. */
  readonly blockHash: (number: number) => Promise<Uint8Array | undefined>;
  readonly header: (hash: Uint8Array) => Promise<Header>;
  readonly onHead: (header: Header, hash: Uint8Array) => Promise<void> | void;
}

export class FinalizedFollower {
  readonly #loop: BackgroundLoop;
  #next: number | undefined;
  #known = -1;
  #isGap = false;

  constructor(private readonly init: FinalizedFollowerInit) {
    this.#next = init.from;
    this.#loop = new BackgroundLoop({
      ...init,
      name: 'finalized blocks',
      task: (signal) => this.#advance(signal),
      backOff,
    });
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** The chain has finalized this block. */
  announce(number: number): void {
    this.#known = Math.max(this.#known, number);
    this.#next ??= this.#known;
    this.#loop.trigger();
  }

  /** The node is back: a failed block is retried at once. */
  reconnected(): void {
    this.#loop.retryNow();
  }

  async #advance(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.#next !== undefined && this.#next <= this.#known) {
      if (!(await this.#follow(this.#next))) return;
      this.#next++;
    }
  }

  /** False if the node does not have the block yet. */
  async #follow(number: number): Promise<boolean> {
    const { blockHash, header, onHead, onGap, logger } = this.init;
    try {
      const hash = await blockHash(number);
      if (hash === undefined) return false;
      await onHead(await header(hash), hash);
      if (this.#isGap) await onGap?.();
      this.#isGap = false;
    } catch (error) {
      if (!isPruned(error)) throw error;
      if (!this.#isGap) logger.warn({ number }, 'skipping finalized blocks whose state has been pruned');
      this.#isGap = true;
    }
    return true;
  }
}

/** The node has pruned the state that was asked for. */
export function isPruned(error: unknown): boolean {
  return isCessError(error, 'RPC_ERROR') && error.data.rpcCode === prunedCode;
}
