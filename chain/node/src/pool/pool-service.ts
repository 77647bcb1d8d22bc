// The pool at work: submission with validation by the engine, status streams, upkeep as blocks come and become final.
import { blake2_256 } from '@cess/crypto';
import {
  BackgroundLoop,
  type BackgroundPorts,
  CessError,
  createDeferred,
  type Deferred,
  elementAt,
  err,
  isCessError,
  KeyedMutex,
  ok,
  type Result,
  toHex,
} from '@cess/primitives';
import { MAX_EXTRINSIC_BYTES } from '@cess/runtime';
import type { BlockPointer } from '../engine/block-store.js';
import type { Reorganisation } from '../engine/canonical-chain.js';
import type { EngineHost } from '../engine/engine-host.js';
import type { ValidityVerdict } from '../engine/engine-types.js';
import { isFinalStatus, type PoolRefusal, type StatusListener, type TransactionStatus } from './pool-types.js';
import { type PoolChange, type PoolEntry, TransactionPool } from './transaction-pool.js';

/** Transactions revalidated after each block. */
const revalidatedPerBlock = 64;
/** Transactions per validation call: about 20 ms of signature checks. */
const validatedPerCall = 32;
/** Limits of the validation queue. */
const maxUnvalidated = 4096;
const maxUnvalidatedBytes = 32 * 1024 * 1024;
/** Blocks after which a watched transaction in an unfinalized block is reported as timed out. */
const finalityTimeoutBlocks = 512;
const maxWatched = 16_384;
const maxBanned = 4096;
const banBlocks = 600;
/** Overruns at which a transaction is banned: a busy machine slows down every call. */
const maxOverruns = 3;

export interface PoolComponents {
  readonly engine: Pick<EngineHost, 'run'>;
  readonly bodyOf: (hash: Uint8Array) => readonly Uint8Array[];
  readonly bestNumber: () => number;
  readonly background: BackgroundPorts;
}

interface Unvalidated {
  readonly bytes: Uint8Array;
  readonly deferred: Deferred<ValidityVerdict>;
}

interface IncludedTransactions {
  readonly pointer: BlockPointer;
  readonly ids: readonly string[];
}

export class PoolService {
  readonly #pool = new TransactionPool();
  readonly #components: PoolComponents;
  readonly #watchers = new Map<string, Set<StatusListener>>();
  readonly #included = new Map<string, IncludedTransactions>();
  readonly #mutex = new KeyedMutex();
  /** Hashes of transactions whose execution threw or took too long, with the last block of the ban; oldest first. */
  readonly #banned = new Map<string, number>();
  /** How often a transaction took too long, by hash; oldest first. */
  readonly #overruns = new Map<string, number>();
  readonly #unvalidated: Unvalidated[] = [];
  #unvalidatedBytes = 0;
  readonly #validation: BackgroundLoop;
  #revalidateFrom = 0;

  constructor(components: PoolComponents) {
    this.#components = components;
    const task = () => this.#validateAll();
    this.#validation = new BackgroundLoop({ ...components.background, name: 'pool validation', task });
    this.#validation.start();
  }

  get size(): number {
    return this.#pool.size;
  }

  /** Ready transactions in the order in which a block includes them. */
  inOrder(): IterableIterator<PoolEntry> {
    return this.#pool.inOrder();
  }

  /** True when a pooled transaction provides this tag. */
  provides(tag: Uint8Array): boolean {
    return this.#pool.provides(tag);
  }

  /** Validates and pools a transaction; returns its hash or the reason. The listener gets every later status. */
  async submit(bytes: Uint8Array, listener?: StatusListener): Promise<Result<Uint8Array, PoolRefusal>> {
    if (bytes.length > MAX_EXTRINSIC_BYTES) return err({ type: 'too-large' });
    const hash = blake2_256(bytes);
    if (this.#isBanned(toHex(hash))) return err({ type: 'banned' });
    if (this.#pool.has(hash)) return err({ type: 'already-known' });
    return this.#mutex.run(toHex(hash), async () => {
      const isFull =
        this.#unvalidated.length >= maxUnvalidated || this.#unvalidatedBytes + bytes.length > maxUnvalidatedBytes;
      if (isFull) return err({ type: 'full' });
      const verdict = await this.#validate(bytes);
      if (!verdict.ok) return err({ type: 'validity', error: verdict.error });
      if (listener) this.#watch(toHex(hash), listener);
      const added = this.#pool.add(bytes, verdict.value, this.#components.bestNumber());
      if (!added.ok) {
        if (listener) this.#unwatch(toHex(hash), listener);
        return added;
      }
      this.#report(added.value.changes);
      return ok(hash);
    });
  }

  /** Stops validation; queued transactions stay unvalidated. */
  stop(): Promise<void> {
    return this.#validation.stop();
  }

  unwatch(hash: Uint8Array, listener: StatusListener): void {
    this.#unwatch(toHex(hash), listener);
  }

  /** The proposer found this transaction invalid. */
  discard(entry: PoolEntry): void {
    this.#report(this.#pool.remove(entry.hash, 'invalid'));
  }

  /** Bans this transaction for `banBlocks`; beyond the limit the oldest ban is evicted. */
  ban(hash: Uint8Array): void {
    this.#banned.set(toHex(hash), this.#components.bestNumber() + banBlocks);
    evictOldest(this.#banned);
  }

  /** Notes that executing the transaction took too long; bans it at the third time. Returns whether it is banned now. */
  noteOverrun(hash: Uint8Array): boolean {
    const id = toHex(hash);
    const overruns = (this.#overruns.get(id) ?? 0) + 1;
    this.#overruns.delete(id);
    if (overruns >= maxOverruns) {
      this.ban(hash);
      return true;
    }
    this.#overruns.set(id, overruns);
    evictOldest(this.#overruns);
    return false;
  }

  #isBanned(id: string): boolean {
    const until = this.#banned.get(id);
    if (until === undefined) return false;
    if (this.#components.bestNumber() <= until) return true;
    this.#banned.delete(id);
    return false;
  }

  /** Updates the pool after a change of the best chain. */
  async bestChanged({ retracted, enacted }: Reorganisation, best: BlockPointer): Promise<void> {
    const returned: Uint8Array[] = [];
    const next: PoolEntry[] = [];
    for (const { hash } of retracted) {
      for (const id of this.#included.get(toHex(hash))?.ids ?? []) this.#notify(id, { type: 'retracted', hash });
      this.#included.delete(toHex(hash));
      returned.push(...this.#components.bodyOf(hash));
    }
    for (const pointer of enacted) {
      const body = this.#components.bodyOf(pointer.hash);
      const { included, next: become, changes } = this.#pool.blockIncluded(body, pointer.number);
      const watched = included.map(({ id }) => id).filter((id) => this.#watchers.has(id));
      if (watched.length > 0) this.#included.set(toHex(pointer.hash), { pointer, ids: watched });
      for (const id of watched) this.#notify(id, { type: 'inBlock', hash: pointer.hash });
      this.#report(changes);
      next.push(...become);
    }
    this.#expire(best.number);
    for (const bytes of returned) await this.submit(bytes);
    await this.#revalidate(next);
  }

  blocksFinalized(pointers: readonly BlockPointer[]): void {
    for (const { hash } of pointers) {
      const included = this.#included.get(toHex(hash));
      this.#included.delete(toHex(hash));
      for (const id of included?.ids ?? []) this.#notify(id, { type: 'finalized', hash });
    }
  }

  /** Transactions that arrive together are validated in one batch. */
  #validate(bytes: Uint8Array): Promise<ValidityVerdict> {
    const deferred = createDeferred<ValidityVerdict>();
    this.#unvalidated.push({ bytes, deferred });
    this.#unvalidatedBytes += bytes.length;
    this.#validation.trigger();
    return deferred.promise;
  }

  async #validateAll(): Promise<void> {
    while (this.#unvalidated.length > 0) {
      const batch = this.#unvalidated.splice(0, validatedPerCall);
      try {
        const verdicts = await this.#components.engine.run(
          'validate',
          'External',
          batch.map(({ bytes }) => bytes),
        );
        for (const [i, { deferred }] of batch.entries()) deferred.resolve(elementAt(verdicts, i));
      } catch (thrown) {
        for (const { deferred } of batch) deferred.reject(thrown);
      }
      for (const { bytes } of batch) this.#unvalidatedBytes -= bytes.length;
    }
  }

  /**
   * Renews the verdicts of a bounded number of transactions, so that state changes are noticed in the end. Those that
   * require another one are left until it is included: an account costs one validation a block, whatever it submits. `next`
   * lists those that just became the next of their signer: only now can the runtime say whether they are duties.
   */
  async #revalidate(next: readonly PoolEntry[]): Promise<void> {
    const entries = [...this.#pool.entries()].filter(({ requires }) => requires.size === 0);
    if (entries.length === 0) return;
    if (this.#revalidateFrom >= entries.length) this.#revalidateFrom = 0;
    const inTurn = entries.slice(this.#revalidateFrom, this.#revalidateFrom + revalidatedPerBlock);
    this.#revalidateFrom += inTurn.length;
    const batch = [...new Set([...next.slice(0, revalidatedPerBlock), ...inTurn])];
    try {
      const bytes = batch.map((entry) => entry.bytes);
      const verdicts = await this.#components.engine.run('validate', 'External', bytes);
      for (const [i, verdict] of verdicts.entries()) {
        if (!verdict.ok) this.#report(this.#pool.remove(elementAt(batch, i).hash, 'invalid'));
      }
      const valid = verdicts.flatMap((verdict, i) =>
        verdict.ok ? [[elementAt(batch, i), verdict.value] as const] : [],
      );
      this.#report(this.#pool.revalidated(valid));
    } catch (thrown) {
      if (!isCessError(thrown)) throw thrown;
      this.#components.background.logger.warn({ code: thrown.code }, 'revalidating transactions failed');
    }
  }

  #expire(bestNumber: number): void {
    for (const [key, { pointer, ids }] of this.#included) {
      if (pointer.number + finalityTimeoutBlocks > bestNumber) return;
      this.#included.delete(key);
      for (const id of ids) this.#notify(id, { type: 'finalityTimeout', hash: pointer.hash });
    }
  }

  #report(changes: readonly PoolChange[]): void {
    for (const change of changes) {
      const status: TransactionStatus =
        change.type === 'usurped' ? { type: 'usurped', hash: change.by } : { type: change.type };
      this.#notify(change.entry.id, status);
    }
  }

  #notify(id: string, status: TransactionStatus): void {
    for (const listener of this.#watchers.get(id) ?? []) listener(status);
    if (isFinalStatus(status)) this.#watchers.delete(id);
  }

  #watch(id: string, listener: StatusListener): void {
    if (this.#watchers.size >= maxWatched) {
      throw new CessError('POOL_WATCH_LIMIT', 'Too many transactions are being watched. Try again later.');
    }
    const listeners = this.#watchers.get(id) ?? new Set();
    listeners.add(listener);
    this.#watchers.set(id, listeners);
  }

  #unwatch(id: string, listener: StatusListener): void {
    const listeners = this.#watchers.get(id);
    listeners?.delete(listener);
    if (listeners?.size === 0) this.#watchers.delete(id);
  }
}

function evictOldest(entries: Map<string, number>): void {
  for (const oldest of entries.keys()) {
    if (entries.size <= maxBanned) return;
    entries.delete(oldest);
  }
}
