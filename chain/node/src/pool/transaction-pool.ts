// Transactions on their way into a block. Pure bookkeeping: what validity means, the caller has asked the runtime.
// A transaction provides tags and requires tags (account and nonce); it is ready when each required tag is provided by
// a ready one. Invariants: each tag has at most one provider; counts and bytes stay within the limits.
import type { ValidTransaction } from '@cess/chain-primitives';
import { blake2_256 } from '@cess/crypto';
import { elementAt, err, ok, present, type Result, toHex } from '@cess/primitives';
import { OPERATIONAL_PRIORITY } from '@cess/runtime';
import { defaultPoolLimits, type PoolLimits, type PoolRefusal } from './pool-types.js';

export interface PoolEntry {
  readonly id: string;
  readonly hash: Uint8Array;
  readonly bytes: Uint8Array;
  /** Of the newest verdict: a transaction may become a duty, or cease to be one. */
  priority: bigint;
  readonly provides: readonly string[];
  /** Tags still missing from the state; shrinks as blocks provide them. */
  readonly requires: Set<string>;
  /** Last block number for which the verdict is valid. */
  readonly validTo: number;
  /** Order of arrival. */
  readonly sequence: number;
}

/** Whether the runtime gave the transaction the class Operational. */
export function isDuty({ priority }: PoolEntry): boolean {
  return priority >= OPERATIONAL_PRIORITY;
}

export type PoolChange =
  | { readonly type: 'ready' | 'future' | 'dropped' | 'invalid'; readonly entry: PoolEntry }
  | { readonly type: 'usurped'; readonly entry: PoolEntry; readonly by: Uint8Array };

export interface AddedTransaction {
  readonly entry: PoolEntry;
  readonly changes: readonly PoolChange[];
}

export class TransactionPool {
  /** Number of transactions by account. */
  readonly #bySender = new Map<string, number>();
  readonly #limits: PoolLimits;
  readonly #entries = new Map<string, PoolEntry>();
  readonly #providers = new Map<string, PoolEntry>();
  readonly #ready = new Set<PoolEntry>();
  #bytes = 0;
  #sequence = 0;

  constructor(limits: PoolLimits = defaultPoolLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  has(hash: Uint8Array): boolean {
    return this.#entries.has(toHex(hash));
  }

  isReady(hash: Uint8Array): boolean {
    const entry = this.#entries.get(toHex(hash));
    return entry !== undefined && this.#ready.has(entry);
  }

  /** All transactions, in order of arrival. */
  entries(): IterableIterator<PoolEntry> {
    return this.#entries.values();
  }

  /** True when a pooled transaction provides this tag. */
  provides(tag: Uint8Array): boolean {
    return this.#providers.has(toHex(tag));
  }

  /** Adds a transaction that the runtime validated for the block after `bestNumber`. */
  add(bytes: Uint8Array, validity: ValidTransaction, bestNumber: number): Result<AddedTransaction, PoolRefusal> {
    const hash = blake2_256(bytes);
    const id = toHex(hash);
    if (this.#entries.has(id)) return err({ type: 'already-known' });
    if (bytes.length > this.#limits.maxBytes) return err({ type: 'too-large' });
    const entry: PoolEntry = {
      id,
      hash,
      bytes,
      priority: validity.priority,
      provides: validity.provides.map(toHex),
      requires: new Set(validity.requires.map(toHex)),
      validTo: Math.min(Number.MAX_SAFE_INTEGER, bestNumber + Number(validity.longevity)),
      sequence: this.#sequence++,
    };
    const sender = senderOf(entry);
    const rivals = new Set<PoolEntry>();
    for (const tag of entry.provides) {
      const rival = this.#providers.get(tag);
      if (rival) rivals.add(rival);
    }
    for (const rival of rivals) if (rival.priority >= entry.priority) return err({ type: 'too-low-priority' });
    const isOneMore = rivals.size === 0;
    if (isOneMore && (this.#bySender.get(sender) ?? 0) >= this.#limits.maxPerSender) return err({ type: 'full' });

    const changes: PoolChange[] = [];
    for (const rival of rivals) {
      this.#delete(rival);
      changes.push({ type: 'usurped', entry: rival, by: hash });
    }
    this.#insert(entry);
    const futuresBefore = this.#entries.size - 1 - this.#ready.size;
    if (rivals.size === 0 && futuresBefore === 0) this.#settleNew(entry, changes);
    else this.#settle(changes);
    const dropped = this.#enforceLimits();
    if (dropped.some(({ entry: each }) => each === entry)) {
      return err({ type: 'full' });
    }
    changes.push(...dropped);
    if (!this.#ready.has(entry)) changes.push({ type: 'future', entry });
    return ok({ entry, changes });
  }

  /** Ready transactions for a block: by priority, then age, never before what they require. */
  *inOrder(): IterableIterator<PoolEntry> {
    const missing = new Map<PoolEntry, number>();
    const dependants = new Map<string, PoolEntry[]>();
    const open: PoolEntry[] = [];
    for (const entry of this.#ready) {
      if (entry.requires.size === 0) open.push(entry);
      missing.set(entry, entry.requires.size);
      for (const tag of entry.requires) {
        const waiting = dependants.get(tag);
        if (waiting) waiting.push(entry);
        else dependants.set(tag, [entry]);
      }
    }
    const heap = new EntryHeap(open);
    for (let entry = heap.pop(); entry; entry = heap.pop()) {
      yield entry;
      for (const tag of entry.provides) {
        for (const dependant of dependants.get(tag) ?? []) {
          const left = present(missing.get(dependant), 'the count of missing tags') - 1;
          missing.set(dependant, left);
          if (left === 0) heap.push(dependant);
        }
      }
    }
  }

  /**
   * Processes an imported block with these extrinsics: they leave the pool, the tags of the pooled ones count as provided, and
   * whatever else claimed the same tags or outlived its mortality goes. `next` lists the transactions that require nothing any
   * more, those of signers of duties first.
   */
  blockIncluded(
    extrinsics: readonly Uint8Array[],
    number: number,
  ): { included: PoolEntry[]; next: PoolEntry[]; changes: PoolChange[] } {
    const included: PoolEntry[] = [];
    const next: { readonly duty: PoolEntry[]; readonly other: PoolEntry[] } = { duty: [], other: [] };
    const changes: PoolChange[] = [];
    const provided = new Map<string, 'duty' | 'other'>();
    for (const extrinsic of extrinsics) {
      const entry = this.#entries.get(toHex(blake2_256(extrinsic)));
      if (!entry) continue;
      this.#delete(entry);
      included.push(entry);
      for (const tag of entry.provides) provided.set(tag, isDuty(entry) ? 'duty' : 'other');
    }
    for (const entry of [...this.#entries.values()]) {
      for (const tag of entry.requires) {
        const kind = provided.get(tag);
        if (kind === undefined) continue;
        entry.requires.delete(tag);
        if (entry.requires.size === 0) next[kind].push(entry);
      }
      if (entry.validTo <= number) {
        this.#delete(entry);
        changes.push({ type: 'invalid', entry });
      }
    }
    this.#settle(changes);
    return { included, next: [...next.duty, ...next.other], changes };
  }

  /** Removes a transaction; its dependants become future transactions again. */
  remove(hash: Uint8Array, type: 'invalid' | 'dropped'): PoolChange[] {
    const entry = this.#entries.get(toHex(hash));
    if (!entry) return [];
    this.#delete(entry);
    const changes: PoolChange[] = [{ type, entry }];
    this.#settle(changes);
    return changes;
  }

  /** Replaces the requirements of transactions with those of newer verdicts. */
  revalidated(verdicts: readonly (readonly [entry: PoolEntry, validity: ValidTransaction])[]): PoolChange[] {
    for (const [entry, validity] of verdicts) {
      if (this.#entries.get(entry.id) !== entry) continue;
      entry.priority = validity.priority;
      entry.requires.clear();
      for (const tag of validity.requires) entry.requires.add(toHex(tag));
    }
    const changes: PoolChange[] = [];
    this.#settle(changes);
    return changes;
  }

  #insert(entry: PoolEntry): void {
    this.#entries.set(entry.id, entry);
    this.#countSender(entry, 1);
    this.#bytes += entry.bytes.length;
    for (const tag of entry.provides) this.#providers.set(tag, entry);
  }

  #countSender(entry: PoolEntry, change: 1 | -1): void {
    const sender = senderOf(entry);
    const count = (this.#bySender.get(sender) ?? 0) + change;
    if (count > 0) this.#bySender.set(sender, count);
    else this.#bySender.delete(sender);
  }

  #delete(entry: PoolEntry): void {
    if (this.#entries.delete(entry.id)) this.#countSender(entry, -1);
    this.#ready.delete(entry);
    this.#bytes -= entry.bytes.length;
    for (const tag of entry.provides) if (this.#providers.get(tag) === entry) this.#providers.delete(tag);
  }

  /** As `settle` when nothing waits and nothing left: only the new transaction can change sides. */
  #settleNew(entry: PoolEntry, changes: PoolChange[]): void {
    for (const tag of entry.requires) if (!this.#providers.has(tag)) return;
    this.#ready.add(entry);
    changes.push({ type: 'ready', entry });
  }

  /** Recomputes which transactions are ready and reports those that changed sides. */
  #settle(changes: PoolChange[]): void {
    const ready = new Set<PoolEntry>();
    const waiting = new Map<string, PoolEntry[]>();
    const firstMissing = (entry: PoolEntry): string | undefined => {
      for (const tag of entry.requires) {
        const provider = this.#providers.get(tag);
        if (!provider || !ready.has(provider)) return tag;
      }
      return undefined;
    };
    const open = [...this.#entries.values()].reverse();
    for (let entry = open.pop(); entry; entry = open.pop()) {
      const missing = firstMissing(entry);
      if (missing !== undefined) {
        const list = waiting.get(missing);
        if (list) list.push(entry);
        else waiting.set(missing, [entry]);
        continue;
      }
      ready.add(entry);
      for (const tag of entry.provides) {
        open.push(...(waiting.get(tag) ?? []));
        waiting.delete(tag);
      }
    }
    for (const entry of ready) {
      if (this.#ready.has(entry)) continue;
      this.#ready.add(entry);
      changes.push({ type: 'ready', entry });
    }
    for (const entry of [...this.#ready]) {
      if (ready.has(entry)) continue;
      this.#ready.delete(entry);
      changes.push({ type: 'future', entry });
    }
  }

  /** Evicts transactions until the limits are met: future before ready, then lowest priority, then newest. */
  #enforceLimits(): PoolChange[] {
    const dropped: PoolChange[] = [];
    const { maxTransactions, maxBytes, maxFuture } = this.#limits;
    for (;;) {
      const futures = this.#entries.size - this.#ready.size;
      const over = this.#entries.size > maxTransactions || this.#bytes > maxBytes;
      if (!over && futures <= maxFuture) return dropped;
      let worst: PoolEntry | undefined;
      for (const entry of this.#entries.values()) {
        if (!over && this.#ready.has(entry)) continue;
        if (!worst || this.#isWorse(entry, worst)) worst = entry;
      }
      if (!worst) return dropped;
      this.#delete(worst);
      dropped.push({ type: 'dropped', entry: worst });
      this.#settle(dropped);
    }
  }

  #isWorse(a: PoolEntry, b: PoolEntry): boolean {
    const aReady = this.#ready.has(a);
    if (aReady !== this.#ready.has(b)) return !aReady;
    return a.priority === b.priority ? a.sequence > b.sequence : a.priority < b.priority;
  }
}

/** The account in the tag of a transaction, which is the account with its nonce. */
function senderOf({ provides }: PoolEntry): string {
  return provides[0]?.slice(0, 64) ?? '';
}

/** Binary heap: greatest priority first, then the oldest. */
class EntryHeap {
  readonly #items: PoolEntry[] = [];

  constructor(items: readonly PoolEntry[]) {
    for (const item of items) this.push(item);
  }

  push(item: PoolEntry): void {
    const items = this.#items;
    let at = items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (!goesBefore(elementAt(items, at), elementAt(items, parent))) break;
      [items[at], items[parent]] = [elementAt(items, parent), elementAt(items, at)];
      at = parent;
    }
  }

  pop(): PoolEntry | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (!top || !last || items.length === 0) return top;
    items[0] = last;
    for (let at = 0; ; ) {
      let best = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < items.length && goesBefore(elementAt(items, child), elementAt(items, best))) best = child;
      }
      if (best === at) return top;
      [items[at], items[best]] = [elementAt(items, best), elementAt(items, at)];
      at = best;
    }
  }
}

function goesBefore(a: PoolEntry, b: PoolEntry): boolean {
  return a.priority === b.priority ? a.sequence < b.sequence : a.priority > b.priority;
}
