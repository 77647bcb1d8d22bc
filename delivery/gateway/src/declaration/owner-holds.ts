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
  readonly attempts: number;
  readonly dueMs: number;
}

/** Errors of `declare_batch` that only the owner of the territory can end, as `pallet.name`. */
const ownerErrors: ReadonlySet<string> = new Set([
  'FileBank.NoPermission',
  'StorageHandler.NotHaveTerritory',
  'StorageHandler.NotActive',
  'StorageHandler.InsufficientQuota',
  'StorageHandler.InsufficientSpace',
]);
const firstPauseMs = 2_000;
const longestPauseMs = 60_000;
/** Files that one review queues at most. */
const maxReleased = 1_000;
const maxCounted = 10_000;

export class OwnerHolds {
  readonly #reviews = new Map<string, Review>();

  constructor(private readonly init: OwnerHoldsInit) {}

  static isOwnerError({ pallet, name }: { readonly pallet?: string; readonly name?: string }): boolean {
    return ownerErrors.has(`${pallet}.${name}`);
  }

  /** Numbers of held files by reason; counts the first 10,000. */
  counts(): Readonly<Partial<Record<HoldReason, number>>> {
    const counts: Partial<Record<HoldReason, number>> = {};
    let counted = 0;
    for (const { reason } of this.init.index.heldFiles()) {
      if (counted++ === maxCounted) break;
      counts[reason] = (counts[reason] ?? 0) + 1;
    }
    return counts;
  }

  /**
   * After the chain rejected a batch with an owner's error: holds the files for which the territory has no room, and
   * returns the others.
   */
  async sift(batch: readonly PendingFile[]): Promise<PendingFile[]> {
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
      if (space.barrier === undefined && file.storedBytes <= space.left) {
        space.left -= file.storedBytes;
        fit.push(pending);
      } else holds.push({ item, reason: space.barrier ?? 'quota-exceeded' });
    }
    if (holds.length === 0) return fit;
    await this.init.index.holdDeclarations(holds, this.init.timers.nowMs());
    this.#report(batch, fit, spaces);
    return fit;
  }

  /** Queues held files whose owner has ended the reason. Returns their number. */
  async review(): Promise<number> {
    const { index, timers } = this.init;
    let released = 0;
    const seen = new Set<string>();
    for (const territory of index.heldTerritories()) {
      const key = nameOf(territory);
      seen.add(key);
      const { attempts, dueMs } = this.#reviews.get(key) ?? { attempts: 0, dueMs: 0 };
      if (timers.nowMs() < dueMs) continue;
      const files = await this.#releasable(territory);
      await index.releaseHeld(files);
      released += files.length;
      // A success is followed by the next review at once: more may fit.
      const pauseMs = Math.min(firstPauseMs * 2 ** Math.min(attempts, 10), longestPauseMs);
      const next =
        files.length > 0 ? { attempts: 0, dueMs: 0 } : { attempts: attempts + 1, dueMs: timers.nowMs() + pauseMs };
      this.#reviews.set(key, next);
    }
    for (const key of this.#reviews.keys()) if (!seen.has(key)) this.#reviews.delete(key);
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
    for (const held of this.init.index.heldFiles(territory)) {
      if (files.length === maxReleased) break;
      if (held.storedBytes > left) continue;
      left -= held.storedBytes;
      files.push(held);
    }
    return files;
  }

  #report(
    batch: readonly PendingFile[],
    fit: readonly PendingFile[],
    spaces: ReadonlyMap<string, { readonly barrier: HoldReason | undefined }>,
  ): void {
    const held = batch.filter((pending) => !fit.includes(pending));
    for (const [territory, { barrier }] of spaces) {
      const files = held.filter(({ file }) => nameOf(file) === territory).length;
      if (files === 0) continue;
      this.init.logger.error(
        { territory, files, reason: barrier ?? 'quota-exceeded' },
        'files cannot be recorded on chain until their owner acts; they stay readable',
      );
    }
  }
}

function nameOf({ owner, territory }: TerritoryName): string {
  return `${toHex(owner)}/${territory}`;
}
