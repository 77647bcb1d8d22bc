// Changes that blocks announced and that have not taken effect: next authority sets, pauses, resumptions.
// A change belongs to the branch of its block. docs/protocol/grandpa.md §7.
import { findGrandpaLogs, type Header } from '@cess/chain-primitives';
import { type BlockRef, type ChainView, isEqualOrDescendant } from './chain-view.js';
import type { Authority } from './verify-justification.js';
import { VoterSet } from './voter-set.js';

export type AuthorityChange =
  | { readonly kind: 'set'; readonly authorities: readonly Authority[]; readonly delayBlocks: number }
  | { readonly kind: 'pause' | 'resume'; readonly delayBlocks: number };

/**
 * What a header announces to voters. Forced changes are not followed (ADR 77). Throws `SCALE_MALFORMED` and
 * `AUTHORITY_SET_INVALID`: then the block is invalid.
 */
export function announcedChanges(header: Header): AuthorityChange[] {
  return findGrandpaLogs(header.digest.logs).flatMap((log): AuthorityChange[] => {
    switch (log.type) {
      case 'ScheduledChange': {
        const authorities = log.value.next_authorities.map(([key, weight]) => ({ key, weight }));
        VoterSet.of(authorities);
        return [{ kind: 'set', authorities, delayBlocks: log.value.delay }];
      }
      case 'Pause':
        return [{ kind: 'pause', delayBlocks: log.value }];
      case 'Resume':
        return [{ kind: 'resume', delayBlocks: log.value }];
      default:
        return [];
    }
  });
}

interface PendingChange {
  readonly block: BlockRef;
  /** Height at which the change takes effect. */
  readonly effective: number;
  readonly change: AuthorityChange;
  readonly timeMs: number;
}

export interface EnactedSet {
  readonly authorities: readonly Authority[];
  /** Start of the slot of the block that announced it. */
  readonly timeMs: number;
}

interface Enacted {
  readonly next: EnactedSet | undefined;
  readonly isPause: boolean;
}

/** More pending changes than any number of competing branches has; later ones are an attack and are not followed. */
const maxPending = 256;

export class PendingChanges {
  #pending: PendingChange[] = [];

  add(block: BlockRef, change: AuthorityChange, timeMs: number): void {
    const isKnown = this.#pending.some((each) => each.block.hash === block.hash && each.change.kind === change.kind);
    if (isKnown || this.#pending.length >= maxPending) return;
    this.#pending.push({ block, effective: block.number + change.delayBlocks, change, timeMs });
    this.#pending.sort((a, b) => a.effective - b.effective);
  }

  /** All changes of a block. */
  addAll(block: BlockRef, changes: readonly AuthorityChange[], timeMs: number): void {
    for (const change of changes) this.add(block, change, timeMs);
  }

  /** Height above which nobody votes on the branch of `head`; undefined without a pending change there (GR-14). */
  limitOf(view: ChainView, head: BlockRef): number | undefined {
    for (const { block, effective, change } of this.#pending) {
      if (change.kind !== 'resume' && isEqualOrDescendant(view, block, head)) return effective;
    }
    return undefined;
  }

  /** Takes out what `finalized` puts in force, and drops what lies on dead branches. */
  enact(view: ChainView, finalized: BlockRef): Enacted {
    const isOnBranch = ({ block }: PendingChange) =>
      isEqualOrDescendant(view, block, finalized) || isEqualOrDescendant(view, finalized, block);
    this.#pending = this.#pending.filter(isOnBranch);
    let next: EnactedSet | undefined;
    let isPause = false;
    for (;;) {
      const due = this.#take(({ effective, change }) => change.kind !== 'resume' && effective <= finalized.number);
      if (!due) return { next, isPause };
      // A second set that was announced before the first one took effect is dropped: a proof could not follow it.
      if (due.change.kind === 'set') next ??= { authorities: due.change.authorities, timeMs: due.timeMs };
      else isPause = true;
    }
  }

  /** Takes out a resumption that takes effect with the import of `head`: nothing is final while voting is paused. */
  takeResume(view: ChainView, head: BlockRef): boolean {
    const resume = this.#take(
      ({ effective, change, block }) =>
        change.kind === 'resume' && effective <= head.number && isEqualOrDescendant(view, block, head),
    );
    return resume !== undefined;
  }

  #take(isDue: (pending: PendingChange) => boolean): PendingChange | undefined {
    const index = this.#pending.findIndex(isDue);
    return index < 0 ? undefined : this.#pending.splice(index, 1)[0];
  }
}
