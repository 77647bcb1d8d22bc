// Block authorship: one block per slot whose turn is ours, through the same import pipeline as foreign blocks.
// A slot that was missed is skipped; after a pause or a stall the author continues with the present one.
import { findR2sPreDigest } from '@cess/chain-primitives';
import { sealHeader, slotAt, slotStartMs } from '@cess/consensus';
import { type Ed25519Signer, ed25519Scheme, type SignatureScheme } from '@cess/crypto';
import {
  BackgroundLoop,
  type BackgroundPorts,
  CessError,
  InvariantError,
  isCessError,
  isRetryable,
  messageOf,
  present,
  toHex,
} from '@cess/primitives';
import type { ChainSpec } from '../chain-spec.js';
import type { EngineHost } from '../engine/engine-host.js';
import type { ImportedBlock, Proposal } from '../engine/engine-types.js';
import type { VoterEpoch } from '../finality/voting-finality.js';
import type { PoolService } from '../pool/pool-service.js';
import { isDuty, type PoolEntry } from '../pool/transaction-pool.js';

/** Part of a slot for applying transactions; the rest is for hashing, disk writes and propagation. */
const applyingShare = 0.5;
/** A call that runs longer than this part of a slot is abandoned, and banned if that happens again. */
const callShare = 0.4;
/** Part of a slot after which a running call is abandoned, whoever used up the time before. */
const endShare = 0.75;
/** Limits on the transactions of one proposal. */
const maxProposedTransactions = 4000;
const maxProposedBytes = 5 * 1024 * 1024;

export interface AuthorComponents extends BackgroundPorts {
  readonly engine: Pick<EngineHost, 'run'>;
  readonly pool: PoolService;
  readonly spec: ChainSpec;
  readonly secretSeed: Uint8Array;
  /** Whether the slot is the turn of this key in a block on the best one. */
  readonly isTurnOf: (key: Uint8Array, slot: bigint) => boolean;
  /** Default: ed25519. */
  readonly signatures?: SignatureScheme;
  /** Whether to leave the slot empty because finality stands. */
  readonly isBackingOff: (slot: bigint) => boolean;
  /** The last slot that the key was used for, which a database from a backup does not know. */
  readonly slots: Pick<VoterEpoch, 'lastSlot' | 'noteSlot'>;
  /** Called after the import of an authored block, and awaited before the next slot. */
  onImported(block: ImportedBlock): Promise<void>;
}

export class Author {
  readonly #components: AuthorComponents;
  readonly #signer: Ed25519Signer;
  readonly #loop: BackgroundLoop;
  #paused = false;
  #lastSlot = -1n;

  constructor(components: AuthorComponents) {
    this.#components = components;
    this.#signer = (components.signatures ?? ed25519Scheme).createSigner(components.secretSeed);
    const task = () => this.#authorSlot();
    this.#loop = new BackgroundLoop({ ...components, name: 'author', task, periodMs: () => this.#untilNextSlotMs() });
  }

  get publicKey(): Uint8Array {
    return this.#signer.publicKey;
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** Stops starting new blocks until `resume`. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
  }

  #untilNextSlotMs(): number {
    const { timers, spec } = this.#components;
    const next = slotStartMs(slotAt(timers.nowMs(), spec.slotDurationMs) + 1n, spec.slotDurationMs);
    return Math.max(1, next - timers.nowMs());
  }

  /** Authors at most one block for the current slot. An unusable slot is skipped, not retried. */
  async #authorSlot(): Promise<void> {
    const { timers, spec, logger } = this.#components;
    const slot = slotAt(timers.nowMs(), spec.slotDurationMs);
    // The clock may have moved back: only the slot just authored is done.
    if (slot === this.#lastSlot || this.#paused || !this.#isOurs(slot)) return;
    if (this.#components.isBackingOff(slot)) return;
    this.#lastSlot = slot;
    try {
      await this.#authorBlock(slot);
    } catch (error) {
      if (!isCessError(error, 'SLOT_TAKEN', 'SLOT_OF_ANOTHER', 'ENGINE_BUSY')) throw brokenOff(error);
      const reasons = {
        SLOT_TAKEN:
          'slot skipped: the best or the last own block is of this slot or a later one; if it is later, the clock was ahead or is behind',
        SLOT_OF_ANOTHER: 'slot skipped: with the new best block it is the turn of another author',
        ENGINE_BUSY: 'slot missed: the chain engine is busy',
      };
      logger.warn({ slot: String(slot), ...error.data }, reasons[error.code]);
    }
  }

  #isOurs(slot: bigint): boolean {
    return this.#components.isTurnOf(this.#signer.publicKey, slot);
  }

  async #authorBlock(slot: bigint): Promise<void> {
    const { engine, spec, secretSeed, logger } = this.#components;
    const entries = this.#selectTransactions();
    const start = slotStartMs(slot, spec.slotDurationMs);
    const proposal = await engine.run('propose', {
      slot,
      author: this.#signer.publicKey,
      secretSeed,
      transactions: entries.map((entry) => ({ bytes: entry.bytes, isDuty: isDuty(entry) })),
      deadlineMs: start + spec.slotDurationMs * applyingShare,
      callLimits: { budgetMs: spec.slotDurationMs * callShare, endMs: start + spec.slotDurationMs * endShare },
    });
    this.#discardRefused(proposal, entries);
    this.#claim(present(findR2sPreDigest(proposal.header.digest.logs), 'the slot of the own block').slot);
    const sealed = sealHeader(proposal.header, this.#signer);
    const imported = await engine.run('importBlock', sealed, proposal.extrinsics);
    logger.debug({ number: imported.pointer.number, extrinsics: proposal.extrinsics.length }, 'block authored');
    await this.#components.onImported(imported);
  }

  /** Makes the slot of a block durable beside the key, before the block is sealed: a second block in it would be an equivocation. */
  #claim(slot: bigint): void {
    const { slots, spec } = this.#components;
    const last = slots.lastSlot;
    if (last !== undefined && slot <= last) {
      const message = 'The slot is not after the last slot in which this key made a block.';
      const leadSeconds = (Number(last - slot) * spec.slotDurationMs) / 1000;
      throw new CessError('SLOT_TAKEN', message, { slot: String(slot), leadSeconds });
    }
    slots.noteSlot(slot);
  }

  #discardRefused({ refused, degraded }: Proposal, entries: readonly PoolEntry[]): void {
    const { pool, logger } = this.#components;
    if (degraded !== undefined) logger.error({ reason: degraded }, 'building the block failed; it has no transactions');
    for (const { index, reason, failure } of refused) {
      const entry = entries[index];
      if (entry === undefined || reason === 'full') continue;
      const hash = toHex(entry.hash);
      if (reason === 'abandoned') {
        const isBanned = pool.noteOverrun(entry.hash);
        logger.warn({ hash, isBanned }, 'a transaction exceeded the time of a call');
        if (!isBanned) continue;
      }
      if (reason === 'failed') {
        logger.error({ hash, reason: failure }, 'executing a transaction threw; banning it');
        pool.ban(entry.hash);
      }
      pool.discard(entry);
    }
  }

  #selectTransactions(): PoolEntry[] {
    const entries: PoolEntry[] = [];
    let size = 0;
    for (const entry of this.#components.pool.inOrder()) {
      size += entry.bytes.length;
      if (size > maxProposedBytes || entries.length >= maxProposedTransactions) break;
      entries.push(entry);
    }
    return entries;
  }
}

/** After a failure within a block, for example of the disk, the state in memory may be inconsistent: restart. */
function brokenOff(error: unknown): unknown {
  return isRetryable(error) ? new InvariantError(`a block broke off: ${messageOf(error)}`, { cause: error }) : error;
}
