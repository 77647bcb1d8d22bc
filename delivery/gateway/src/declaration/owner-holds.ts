// Declarations that the chain rejects for a reason of the owner's: an expired territory, no quota, no authorization. Their
// files stay readable and are renewed at their holders. They leave the outbox, so that they cost no fees and delay nobody.
// The chain is read until the owner has ended the reason; then the files that fit are queued again.
import type { HeldFile, Hold, HoldReason, ObjectIndex, TerritoryName } from '@cess/object-index';
import { type Logger, type Timers, toHex } from '@cess/primitives';
import type { GatewayChain } from '../chain-port.js';
import type { PendingFile } from './pending-file.js';

export interface OwnerHoldsInit {
  readonly index: ObjectIndex;
  readonly chain: Pick<GatewayChain, 'declarableSpace'>;
  readonly timers: Pick<Timers, 'nowMs'>;
  readonly logger: Logger;
}

interface Review {
  /** Holds and fruitless reviews since the last quiet period. */
  readonly attempts: number;
  readonly dueMs: number;
  readonly changedMs: number;
}

/** Errors of `declare_batch` that only the owner of the territory can end, as `pallet.name`. */
const ownerErrors: ReadonlyMap<string, HoldReason> = new Map([
  ['FileBank.NoPermission', 'not-authorized'],
  ['StorageHandler.NotHaveTerritory', 'no-territory'],
  ['StorageHandler.NotActive', 'territory-expired'],
  ['StorageHandler.InsufficientQuota', 'quota-exceeded'],
  ['StorageHandler.InsufficientSpace', 'quota-exceeded'],
]);
const firstPauseMs = 2_000;
const longestPauseMs = 60_000;
/** Time without a hold after which a territory is reviewed as often as at first. */
const quietMs = 10 * 60_000;
/** Files that one review queues at most. */
const maxReleased = 1_000;
const maxCounted = 10_000;

export class OwnerHolds {
  readonly #reviews = new Map<string, Review>();

  constructor(private readonly init: OwnerHoldsInit) {}

  /** The reason of a failed declaration that only the owner can end; undefined for any other error. */
  static reasonOf({ pallet, name }: { readonly pallet?: string; readonly name?: string }): HoldReason | undefined {
    return ownerErrors.get(`${pallet}.${name}`);
  }

  /** Numbers of held files by reason; counts the first 10,000. */
  async counts(): Promise<Readonly<Partial<Record<HoldReason, number>>>> {
    const counts: Partial<Record<HoldReason, number>> = {};
    let counted = 0;
    for await (const { reason } of this.init.index.heldFiles()) {
      if (counted++ === maxCounted) break;
      counts[reason] = (counts[reason] ?? 0) + 1;
    }
    return counts;
  }

  /**
   * After the chain rejected a batch for a reason of an owner's: holds the files for which the territory has no room, and
   * returns the others. A single file is held in any case: the chain knows better than what was read from it.
   */
  async sift(batch: readonly PendingFile[], reason: HoldReason): Promise<PendingFile[]> {
    const spaces = new Map<string, { left: number; barrier: HoldReason | undefined }>();
    const holds: Hold[] = [];
    const fit: PendingFile[] = [];
    for (const pending of batch) {
      const { file, item } = pending;
      const key = nameOf(file);
      let space = spaces.get(key);
      if (space === undefined) {
        const { bytes, barrier } = await this.init.chain.declarableSpace(file.owner, file.territory);
        space = { left: bytes, barrier };
        spaces.set(key, space);
      }
      const fits = space.barrier === undefined && file.storedBytes <= space.left;
      if (fits && batch.length > 1) {
        space.left -= file.storedBytes;
        fit.push(pending);
      } else holds.push({ item, reason: space.barrier ?? (fits ? reason : 'quota-exceeded') });
    }
    if (holds.length === 0) return fit;
    await this.init.index.holdDeclarations(holds, this.init.timers.nowMs());
    this.#report(
      batch.filter((pending) => !fit.includes(pending)),
      holds,
    );
    return fit;
  }

  /** Queues held files whose owner has ended the reason. Returns their number. */
  async review(): Promise<number> {
    const { index, timers } = this.init;
    let released = 0;
    for await (const territory of index.heldTerritories()) {
      const key = nameOf(territory);
      if (timers.nowMs() < (this.#reviews.get(key)?.dueMs ?? 0)) continue;
      const files = await this.#releasable(territory);
      await index.releaseHeld(files);
      released += files.length;
      if (files.length < maxReleased) this.#postpone(key);
    }
    for (const [key, { changedMs }] of this.#reviews)
      if (timers.nowMs() - changedMs > quietMs) this.#reviews.delete(key);
    return released;
  }

  /** Makes the next review read the chain for every territory. */
  reviewNow(): void {
    this.#reviews.clear();
  }

  async #releasable(territory: TerritoryName): Promise<HeldFile[]> {
    const { bytes, barrier } = await this.init.chain.declarableSpace(territory.owner, territory.territory);
    if (barrier !== undefined) return [];
    const files: HeldFile[] = [];
    let left = bytes;
    for await (const held of this.init.index.heldFiles(territory)) {
      if (files.length === maxReleased) break;
      if (held.storedBytes > left) continue;
      left -= held.storedBytes;
      files.push(held);
    }
    return files;
  }

  /** Reviews a territory later, and the later the more often it was held or reviewed in vain. */
  #postpone(key: string): void {
    const nowMs = this.init.timers.nowMs();
    const { attempts } = this.#reviews.get(key) ?? { attempts: 0 };
    const pauseMs = Math.min(firstPauseMs * 2 ** Math.min(attempts, 10), longestPauseMs);
    this.#reviews.set(key, { attempts: attempts + 1, dueMs: nowMs + pauseMs, changedMs: nowMs });
  }

  #report(held: readonly PendingFile[], holds: readonly Hold[]): void {
    const files = new Map<string, number>();
    for (const { file } of held) files.set(nameOf(file), (files.get(nameOf(file)) ?? 0) + 1);
    const reasons = [...new Set(holds.map(({ reason }) => reason))].join(', ');
    for (const [territory, count] of files) {
      this.#postpone(territory);
      this.init.logger.error(
        { territory, files: count, reasons },
        'files cannot be recorded on chain until their owner acts; they stay readable',
      );
    }
  }
}

function nameOf({ owner, territory }: TerritoryName): string {
  return `${toHex(owner)}/${territory}`;
}
