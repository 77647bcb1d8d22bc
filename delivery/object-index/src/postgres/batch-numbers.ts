// Numbers of the transactions of one batch. The batch takes blocks from a sequence of the database after its snapshot began, so the
// numbers of two transactions on one record are in the order of these transactions, whichever gateways ran them.
import type { Numbers } from '../index-backend.js';
import type { Read } from '../index-view.js';
import type { PendingReads } from './pending-reads.js';

/** Numbers of one block: 2^53 of them last for 270 years of 1,000 batches a second. */
const blockNumbers = 1024;
/** Greater than every sequence that begins with the time. */
const messageBase = 2n ** 62n;

export class BatchNumbers implements Numbers {
  #taken = 0;

  /** `blocks` ascend. */
  constructor(
    private readonly blocks: readonly number[],
    private readonly reads: PendingReads,
  ) {}

  /** Blocks that the transactions asked for. More than it had: what they took is worthless, and they must run again. */
  get neededBlocks(): number {
    return Math.max(1, Math.ceil(this.#taken / blockNumbers));
  }

  get isExhausted(): boolean {
    return this.neededBlocks > this.blocks.length;
  }

  nextOutbox(): number {
    const at = this.#taken++;
    const block = this.blocks[Math.floor(at / blockNumbers)] ?? 0;
    return block * blockNumbers + (at % blockNumbers);
  }

  nextMessage(): bigint {
    return messageBase + BigInt(this.nextOutbox());
  }

  nextCompletion(): Read<number> {
    return this.reads.completion();
  }
}
