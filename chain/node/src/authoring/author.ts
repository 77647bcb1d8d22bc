// Block authorship: one block per slot whose turn is ours, through the same import pipeline as foreign blocks.
// A slot that was missed is gone; after a pause or a stall the author goes on with the present one.
import { authorityIndexOf, sealHeader, slotAt, slotStartMs } from '@cess/consensus';
import { createEd25519Signer, type Ed25519Signer } from '@cess/crypto';
import { CessError, type Clock, delay, isCessError, type Logger, messageOf, toHex } from '@cess/primitives';
import type { ChainSpec } from '../chain-spec.js';
import type { EngineHost } from '../engine/engine-host.js';
import type { ImportedBlock } from '../engine/engine-types.js';
import type { PoolService } from '../pool/pool-service.js';
import type { PoolEntry } from '../pool/transaction-pool.js';

/** Part of a slot in which transactions are applied; the rest is for hashing, disk and travel. */
const applyingShare = 0.5;
/** Bounds on what one proposal carries to the engine. */
const maxProposedTransactions = 4000;
const maxProposedBytes = 5 * 1024 * 1024;

export interface AuthorComponents {
  readonly engine: Pick<EngineHost, 'run'>;
  readonly pool: PoolService;
  readonly spec: ChainSpec;
  readonly secretSeed: Uint8Array;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called when the own block is imported, and awaited before the next slot. */
  onImported(block: ImportedBlock): Promise<void>;
  /** Called when authoring cannot go on. */
  onFatal(reason: unknown): void;
}

export class Author {
  readonly #components: AuthorComponents;
  readonly #signer: Ed25519Signer;
  readonly #seat: number;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #paused = false;
  #lastSlot = -1n;

  /** Throws `AUTHORITY_UNKNOWN` when the key has no seat in the chain specification. */
  constructor(components: AuthorComponents) {
    this.#components = components;
    this.#signer = createEd25519Signer(components.secretSeed);
    const mine = toHex(this.#signer.publicKey);
    this.#seat = components.spec.authorities.findIndex(({ key }) => toHex(key) === mine);
    if (this.#seat < 0) {
      throw new CessError('AUTHORITY_UNKNOWN', 'The authority key is not in the chain specification.', { key: mine });
    }
  }

  get publicKey(): Uint8Array {
    return this.#signer.publicKey;
  }

  start(): void {
    this.#running ??= this.#loop();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** No block is begun until `resume`. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
  }

  async #loop(): Promise<void> {
    const { clock, spec, logger } = this.#components;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const now = clock.nowMs();
      const slot = slotAt(now, spec.slotDurationMs);
      try {
        if (slot > this.#lastSlot && !this.#paused && this.#isOurs(slot)) {
          this.#lastSlot = slot;
          await this.#authorBlock(slot);
        }
        const next = slotStartMs(slotAt(clock.nowMs(), spec.slotDurationMs) + 1n, spec.slotDurationMs);
        await delay(Math.max(1, next - clock.nowMs()), signal);
      } catch (thrown) {
        if (signal.aborted) return;
        if (isCessError(thrown, 'SLOT_TAKEN')) {
          logger.warn({ slot: String(slot) }, 'slot skipped: the best block is of a later slot; is the clock behind?');
          continue;
        }
        if (isCessError(thrown, 'ENGINE_BUSY')) {
          logger.warn({ slot: String(slot) }, 'slot missed: the chain engine is busy');
          continue;
        }
        logger.error({ slot: String(slot), reason: messageOf(thrown) }, 'authoring stopped');
        this.#components.onFatal(thrown);
        return;
      }
    }
  }

  #isOurs(slot: bigint): boolean {
    return authorityIndexOf(slot, this.#components.spec.authorities.length) === this.#seat;
  }

  async #authorBlock(slot: bigint): Promise<void> {
    const { engine, pool, spec, secretSeed, logger } = this.#components;
    const entries = this.#selectTransactions();
    const proposal = await engine.run('propose', {
      slot,
      authorityIndex: this.#seat,
      secretSeed,
      transactions: entries.map(({ bytes }) => bytes),
      deadlineMs: slotStartMs(slot, spec.slotDurationMs) + spec.slotDurationMs * applyingShare,
    });
    for (const { index, reason } of proposal.refused) if (reason === 'invalid') pool.discard(entries[index]!);
    const sealed = sealHeader(proposal.header, this.#signer);
    const imported = await engine.run('importBlock', sealed, proposal.extrinsics);
    logger.debug({ number: imported.pointer.number, extrinsics: proposal.extrinsics.length }, 'block authored');
    await this.#components.onImported(imported);
  }

  #selectTransactions(): PoolEntry[] {
    const entries: PoolEntry[] = [];
    let size = 0;
    for (const entry of this.#components.pool.pool.inOrder()) {
      size += entry.bytes.length;
      if (size > maxProposedBytes || entries.length >= maxProposedTransactions) break;
      entries.push(entry);
    }
    return entries;
  }
}
