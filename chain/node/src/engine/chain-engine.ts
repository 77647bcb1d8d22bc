// The engine: the runtime over the state store, and the import pipeline verify -> execute -> commit -> finalize.
// It is the only writer of the database. One call runs at a time; the runtime itself is synchronous.
//
// Write order, and why a kill at any moment is safe:
// 1. import: ONE durable batch holds block, state, indexes, best pointer and, for an own block, its slot. Before it
//    nothing of the block is visible, after it all of it is; only then is the block announced or voted for.
// 2. finalize: ONE durable batch holds the justification, the finalized pointer, the dropping of abandoned blocks and
//    of old states. A kill between 1 and 2 leaves an unfinalized best block, which the voter votes for after the start.
import {
  type DigestItem,
  finalityPreRuntime,
  findR2sPreDigest,
  type Header,
  type TransactionSource,
} from '@cess/chain-primitives';
import {
  claimSlot,
  compareHeads,
  type ForkBlock,
  type HeaderContext,
  headerHash,
  type Justification,
  justificationCodec,
  MAX_UNCLE_DEPTH,
  slotStartMs,
  type Vrf,
  verifyHeader,
  verifyJustification,
} from '@cess/consensus';
import type { SignatureScheme } from '@cess/crypto';
import { CessError, type Clock, elementAt, equalBytes, invariant, isCessError, present, toHex } from '@cess/primitives';
import { MAX_BLOCK_BYTES, query } from '@cess/runtime';
import { OverlayState, StateStore } from '@cess/state';
import { createMemoryKv, type Kv, type KvOperation, prefixed, prefixedOperations } from '@cess/store';
import type { ChainSpec } from '../chain-spec.js';
import { announcesSet, currentSet, setOfHeight } from './authority-sets.js';
import {
  type BlockPointer,
  type BlockRecord,
  BlockStore,
  putAuthoredSlot,
  putBest,
  putBlock,
  putCanonical,
  putFinalized,
  putSetChange,
  putSpecDigest,
  putVoterRecord,
} from './block-store.js';
import {
  bestHeadOver,
  forkBlockOf,
  forkTree,
  housekeeping,
  putReorganisation,
  reorganisation,
  unchanged,
} from './canonical-chain.js';
import { blockPrefix, openChainFormat, statePrefix } from './database.js';
import type {
  ChainHeads,
  Finalized,
  ImportedBlock,
  Proposal,
  ProposeRequest,
  ValidityVerdict,
} from './engine-types.js';
import { buildBlock, buildOrDegrade, type ExecutedBlock, type ExecuteInput, executeBlock } from './execution.js';
import { assertSameNetwork, computeGenesis, type Genesis, specDigest } from './genesis.js';
import { addHistory, type HistoricBlock } from './history-import.js';
import { LateBlocks } from './late-blocks.js';
import type { RuntimeRegistry, VersionEra } from './runtime-registry.js';
import { keysOfSlot, seatOf } from './seats.js';

import { StateImport } from './state-import.js';

/** Clock tolerance: how far in the future the slot of an imported block may start. */
const slotToleranceMs = 500;
/** While the chain is ahead of the clock, every such slot stays empty. */
const catchUpSlots = 8n;

export interface EngineComponents {
  readonly kv: Kv;
  readonly spec: ChainSpec;
  readonly runtimes: RuntimeRegistry;
  readonly vrf: Vrf;
  readonly clock: Clock;
  /** Final blocks to keep, 512 at least; undefined: all. */
  readonly keptBlocks?: number | undefined;
  /** Default: ed25519. */
  readonly signatures?: SignatureScheme;
  /** Executes blocks of others. Default: `executeBlock`. */
  readonly execute?: (input: ExecuteInput) => ExecutedBlock;
}

interface Stores {
  readonly blocks: BlockStore;
  readonly state: StateStore;
}

export class ChainEngine {
  readonly #components: EngineComponents;
  readonly #blocks: BlockStore;
  readonly #state: StateStore;
  readonly #genesisHash: Uint8Array;
  /** How a new node gets a state without executing the chain. */
  readonly stateImport: StateImport;
  readonly #lateBlocks = new LateBlocks();
  #proposal: { unsealedHash: Uint8Array; executed: ExecutedBlock } | undefined;
  #validation: { block: Uint8Array; overlay: OverlayState } | undefined;

  private constructor(components: EngineComponents, stores: Stores, genesisHash: Uint8Array) {
    this.#components = components;
    this.#blocks = stores.blocks;
    this.#state = stores.state;
    this.#genesisHash = genesisHash;
    this.stateImport = new StateImport({
      ...{ spec: components.spec, blocks: stores.blocks, state: stores.state, genesisHash },
      write: (...operations) => this.#write(...operations),
    });
  }

  /** Opens the chain, writing the genesis block into an empty database. Throws `KV_NETWORK_MISMATCH` and its kin. */
  static async open(components: EngineComponents): Promise<ChainEngine> {
    const { kv, spec, runtimes } = components;
    const compute = () => computeGenesis(new StateStore(createMemoryKv()), spec, runtimes.at(0)).hash;
    await openChainFormat(kv, compute);
    const stores: Stores = {
      blocks: new BlockStore(prefixed(kv, blockPrefix)),
      state: new StateStore(prefixed(kv, statePrefix)),
    };
    const stored = stores.blocks.canonicalHash(0);
    if (stored) assertSameNetwork(stores.blocks, stored, spec);
    const genesis = stored ? undefined : computeGenesis(stores.state, spec, runtimes.at(0));
    const hash = stored ?? genesis?.hash;
    invariant(hash, 'a chain has a genesis block');
    const engine = new ChainEngine(components, stores, hash);
    if (genesis) await engine.#writeGenesis(genesis);
    else if (!stores.blocks.specDigest()) await engine.#write([putSpecDigest(specDigest(spec))], []);
    return engine;
  }

  get genesisHash(): Uint8Array {
    return this.#genesisHash;
  }

  versions(): VersionEra[] {
    return this.#components.runtimes.versions();
  }

  heads(): ChainHeads {
    const best = this.#blocks.best();
    const finalized = this.#blocks.finalized();
    invariant(best && finalized, 'an open chain has heads');
    return { genesisHash: this.#genesisHash, best, finalized };
  }

  /**
   * Builds a block on the best one in the given slot, or in the slot after the best block's when the clock is behind that
   * (docs/protocol/consensus.md §2). The result waits to be sealed and imported.
   */
  propose(request: ProposeRequest): Proposal {
    const { best, finalized } = this.heads();
    const parentHash = best.hash;
    const parent = this.#blocks.requireBlock(parentHash);
    const { slot, seat } = this.#slotFor(request, parentHash, parent);
    const claim: DigestItem = claimSlot(
      {
        slot,
        authorityIndex: seat,
        secretSeed: request.secretSeed,
        previousBeacon: parent.beacon,
      },
      this.#components.vrf,
    );
    const number = parent.header.number + 1;
    const build = (untrusted: Parameters<Parameters<typeof buildOrDegrade>[0]>[0]) =>
      buildBlock({
        runtime: this.#components.runtimes.at(number),
        overlay: this.#overlayFor(number, parentHash),
        fields: { parentHash, number, digest: [claim, finalityPreRuntime(finalized.number)] },
        timestampMs: BigInt(this.#components.clock.nowMs()),
        ...untrusted,
        maxBytes: MAX_BLOCK_BYTES,
        clock: this.#components.clock,
        deadlineMs: request.deadlineMs,
        callLimits: request.callLimits,
      });
    const { executed, refused, degraded } = buildOrDegrade(build, {
      transactions: request.transactions,
      lateBlocks: this.#lateBlocks.besides(number, (height) => this.#blocks.canonicalHash(height)),
    });
    this.#proposal = { unsealedHash: headerHash(executed.header), executed };
    const { header, extrinsics } = executed;
    return { header, extrinsics, refused, ...(degraded === undefined ? {} : { degraded }) };
  }

  /**
   * The slot of the block, and the seat of its author. Throws `SLOT_TAKEN` when no block is due in the slot of the clock, or this node
   * has authored one; `SLOT_OF_ANOTHER` when it is not the author's turn.
   */
  #slotFor(request: ProposeRequest, parentHash: Uint8Array, parent: BlockRecord): OwnSlot {
    const seatIn = (turn: bigint) =>
      seatOf(keysOfSlot(this.#state, { hash: parentHash, beacon: parent.beacon }, turn), turn, request.author);
    const own = this.#freeSlot(request.slot, parent.slot, seatIn);
    const { slot } = own;
    const authored = this.#blocks.authoredSlot();
    if (authored === undefined || slot > authored) return own;
    // The best chain may have left the own block since; a second one in its slot would be an equivocation.
    const message = 'The slot is not after the slot of the last block that this node authored.';
    throw new CessError('SLOT_TAKEN', message, { slot: String(slot), leadSeconds: this.#seconds(authored - slot) });
  }

  #freeSlot(slot: bigint, parentSlot: bigint | undefined, seatIn: (turn: bigint) => number | undefined): OwnSlot {
    if (parentSlot === undefined || slot > parentSlot) {
      const seat = seatIn(slot);
      if (seat !== undefined) return { slot, seat };
      throw new CessError('SLOT_OF_ANOTHER', 'The slot is the turn of another author.', { slot: String(slot) });
    }
    const next = parentSlot + 1n;
    // Blocks of a chain that is ahead of the clock fill seven of eight slots, so that the clock catches up.
    const isDue = slot < parentSlot && slot % catchUpSlots !== 0n;
    const seat = isDue && this.#isFinal(this.heads().best) ? seatIn(next) : undefined;
    if (seat !== undefined) return { slot: next, seat };
    const message = 'The slot is not after the slot of the best block.';
    throw new CessError('SLOT_TAKEN', message, { slot: String(slot), leadSeconds: this.#seconds(parentSlot - slot) });
  }

  #seconds(slots: bigint): number {
    return (Number(slots) * this.#components.spec.slotDurationMs) / 1000;
  }

  #isFinal({ number, hash }: BlockPointer): boolean {
    const canonical = this.#blocks.canonicalHash(number);
    return number <= this.heads().finalized.number && canonical !== undefined && equalBytes(canonical, hash);
  }

  /** The complete import of a block of any origin. Throws `HEADER_*`, `BLOCK_*` codes for an invalid one. */
  async importBlock(header: Header, extrinsics: readonly Uint8Array[]): Promise<ImportedBlock> {
    const hash = headerHash(header);
    if (this.#blocks.block(hash)) throw new CessError('BLOCK_KNOWN', 'This block is known.', { hash: toHex(hash) });
    const parent = this.#blocks.block(header.parent_hash);
    if (!parent) throw new CessError('BLOCK_PARENT_UNKNOWN', 'The parent is not known.', { hash: toHex(hash) });
    const { finalized, best } = this.heads();
    const { signatures } = this.#components;
    const isDecided = header.number <= finalized.number;
    const isTooLate = best.number - header.number >= MAX_UNCLE_DEPTH || this.#lateBlocks.has(header);
    if (isDecided && isTooLate) throw belowFinalized(hash);
    const context = this.#headerContext(parent, header);
    const verified = verifyHeader(header, context, this.#components.vrf, signatures);
    if (!verified.ok) throw verified.error;
    if (isDecided) {
      this.#lateBlocks.note(header, verified.value.preDigest.slot);
      throw belowFinalized(hash);
    }

    const { slot, authority_index } = verified.value.preDigest;
    const author = present(context.authorities[authority_index], 'the author of a verified header');
    const proposed = this.#takeProposal(verified.value.unsealed, extrinsics);
    const executed = proposed ?? this.#execute(header, extrinsics, slot);
    const expected = verified.value.unsealed;
    if (!equalBytes(headerHash(executed.header), headerHash(expected))) {
      throw new CessError('BLOCK_STATE_MISMATCH', 'Executing the block gives another header.', {
        hash: toHex(hash),
        stateRoot: toHex(executed.header.state_root),
        expected: toHex(expected.state_root),
      });
    }

    this.#lateBlocks.note(header, slot);
    const pointer: BlockPointer = { number: header.number, hash };
    const record = { header, beacon: verified.value.beacon, slot };
    const isBest = this.#isBetter(forkBlockOf(hash, record), best);
    const change = isBest ? reorganisation(this.#blocks, best, pointer, header.parent_hash) : unchanged;
    const blockOperations = putBlock(hash, record, extrinsics);
    if (isBest) blockOperations.push(...putReorganisation(change, pointer));
    if (proposed) blockOperations.push(putAuthoredSlot(slot));
    const lostBlocks = query.Audit.LostBlocks.get({ ext: executed.overlay });
    const stateOperations = this.#state.commit(executed.overlay.prepare(), hash);
    await this.#write(blockOperations, stateOperations);
    return { pointer, header, author, isBest, ...change, hookFailures: executed.hookFailures, lostBlocks };
  }

  /** Every known block above the last final one contains it (RS-6.1): those that do not are dropped with its finality. */
  #isBetter(block: ForkBlock, best: BlockPointer): boolean {
    return (
      compareHeads(forkTree(this.#blocks), block, forkBlockOf(best.hash, this.#blocks.requireBlock(best.hash))) < 0
    );
  }

  /**
   * Checks and stores a finality proof. A block off the best chain becomes final like any other: the best head over it is the new
   * one. Does nothing for a block that is final already, or below one that is. Throws `FINALITY_BLOCK_UNKNOWN`,
   * `FINALITY_SET_UNKNOWN`, `FINALITY_CONFLICT`, `JUSTIFICATION_INVALID`.
   */
  async finalize(encoded: Uint8Array, voterRecord?: Uint8Array): Promise<Finalized> {
    const justification: Justification = justificationCodec.decode(encoded);
    const { finalized, best } = this.heads();
    const target: BlockPointer = {
      number: justification.commit.target_number,
      hash: justification.commit.target_hash,
    };
    const at = { hash: toHex(target.hash), number: target.number };
    const newlyFinal = target.number > finalized.number ? this.#pathFrom(finalized, target) : [];
    const { spec } = this.#components;
    const set =
      target.number > finalized.number
        ? currentSet(this.#blocks, spec)
        : setOfHeight(this.#blocks, spec, target.number);
    const verified = verifyJustification(justification, set, this.#components.signatures);
    if (!verified.ok) throw verified.error;
    const record = voterRecord === undefined ? [] : [putVoterRecord(voterRecord)];
    if (target.number <= finalized.number) {
      const own = this.#blocks.canonicalHash(target.number);
      // Two proofs that conflict: more than a third of the authorities cheats, or a set of other authorities is trusted.
      if (own && !equalBytes(own, target.hash)) {
        throw new CessError('FINALITY_CONFLICT', 'A finality proof conflicts with a final block.', at);
      }
      if (record.length > 0) await this.#write(record, []);
      return { finalized, best, newlyFinal: [], ...unchanged, justification: encoded };
    }
    const block = this.#blocks.requireBlock(target.hash);
    const canonical = this.#blocks.canonicalHash(target.number);
    const isOnBestChain = canonical !== undefined && equalBytes(canonical, target.hash);
    const head = isOnBestChain ? undefined : bestHeadOver(this.#blocks, forkBlockOf(target.hash, block));
    const newBest = head === undefined ? best : { number: head.number, hash: head.hash };
    const change = head === undefined ? unchanged : reorganisation(this.#blocks, best, newBest, head.parentHash);
    const useless = housekeeping(this.#blocks, this.#state, newlyFinal, this.#components.keptBlocks);
    await this.#write(
      [
        ...(head === undefined ? [] : putReorganisation(change, newBest)),
        ...putFinalized(target, encoded),
        ...(announcesSet(block.header) ? [putSetChange({ setId: set.setId + 1n, number: target.number })] : []),
        ...record,
        ...useless.blockOperations,
      ],
      useless.stateOperations,
    );
    return { finalized: target, best: newBest, newlyFinal, ...change, justification: encoded };
  }

  /**
   * The blocks from the last final one up to the target, lowest first. A set that one of those below the target announces is not in
   * force yet: the proof of that block comes first, or a fork could bring voters of its own. Throws `FINALITY_BLOCK_UNKNOWN`,
   * `FINALITY_SET_UNKNOWN`.
   */
  #pathFrom(finalized: BlockPointer, target: BlockPointer): BlockPointer[] {
    const at = { hash: toHex(target.hash), number: target.number };
    if (this.#blocks.block(target.hash)?.header.number !== target.number) {
      throw new CessError('FINALITY_BLOCK_UNKNOWN', 'A finality proof names a block that is not known.', at);
    }
    const path: BlockPointer[] = [];
    let hash = target.hash;
    for (let number = target.number; number > finalized.number; number--) {
      const { header } = this.#blocks.requireBlock(hash);
      if (number < target.number && announcesSet(header)) {
        const text = 'A finality proof is by voters whose set is not final yet.';
        throw new CessError('FINALITY_SET_UNKNOWN', text, at);
      }
      path.unshift({ number, hash });
      hash = header.parent_hash;
    }
    return path;
  }

  /** Throws `HISTORY_INVALID`. */
  async addHistory(ascending: readonly HistoricBlock[]): Promise<undefined> {
    const { spec } = this.#components;
    await this.#write(addHistory({ blocks: this.#blocks, spec, genesisHash: this.#genesisHash }, ascending), []);
    return undefined;
  }

  async putVoterRecord(record: Uint8Array): Promise<undefined> {
    await this.#write([putVoterRecord(record)], []);
    return undefined;
  }

  /** Validity of transactions for the block after the best one. */
  validate(source: TransactionSource, transactions: readonly Uint8Array[]): ValidityVerdict[] {
    const { hash, number } = this.heads().best;
    if (!this.#validation || !equalBytes(this.#validation.block, hash)) {
      this.#validation = { block: hash, overlay: this.#overlayFor(number + 1, hash) };
    }
    const { overlay } = this.#validation;
    const runtime = this.#components.runtimes.at(number + 1);
    return transactions.map((transaction) => {
      overlay.beginTransaction();
      try {
        const verdict = runtime.validateTransaction(overlay, source, transaction, hash);
        return verdict.ok ? { ok: true, value: verdict.value } : { ok: false, error: verdict.error };
      } finally {
        overlay.rollbackTransaction();
      }
    });
  }

  /** The state on which the block of this height is executed: that after its parent, migrated if an era begins. */
  #overlayFor(number: number, parentHash: Uint8Array): OverlayState {
    const overlay = new OverlayState(this.#state, this.#state.requireRoot(parentHash));
    this.#components.runtimes.migrate(number, overlay);
    return overlay;
  }

  #headerContext(parent: BlockRecord, { parent_hash: hash, digest }: Header): HeaderContext {
    const { slotDurationMs } = this.#components.spec;
    const isFinal = this.#isFinal({ number: parent.header.number, hash });
    const slot = claimedSlot(digest.logs);
    // A slot that is not after the parent's is refused whoever claims it.
    const isLater = slot !== undefined && slot > (parent.slot ?? -1n);
    // A final block may be ahead of this clock: the chain goes on in the slot after it.
    const afterFinal = isFinal && parent.slot !== undefined ? slotStartMs(parent.slot + 1n, slotDurationMs) : 0;
    return {
      parent: { hash, number: parent.header.number },
      parentSlot: parent.slot,
      previousBeacon: parent.beacon,
      authorities: isLater ? keysOfSlot(this.#state, { hash, beacon: parent.beacon }, slot) : [],
      slotDurationMs,
      latestStartMs: Math.max(this.#components.clock.nowMs() + slotToleranceMs, afterFinal),
    };
  }

  /** The cached execution of the last proposal, if this is the same block; avoids executing it twice. */
  #takeProposal(unsealed: Header, extrinsics: readonly Uint8Array[]): ExecutedBlock | undefined {
    const proposal = this.#proposal;
    if (!proposal || !equalBytes(proposal.unsealedHash, headerHash(unsealed))) return undefined;
    const { executed } = proposal;
    const same =
      executed.extrinsics.length === extrinsics.length &&
      executed.extrinsics.every((extrinsic, i) => equalBytes(extrinsic, elementAt(extrinsics, i)));
    this.#proposal = undefined;
    return same ? executed : undefined;
  }

  #execute(header: Header, extrinsics: readonly Uint8Array[], slot: bigint): ExecutedBlock {
    const { execute = executeBlock } = this.#components;
    return execute({
      runtime: this.#components.runtimes.at(header.number),
      overlay: this.#overlayFor(header.number, header.parent_hash),
      fields: {
        parentHash: header.parent_hash,
        number: header.number,
        digest: header.digest.logs.filter(({ type }) => type === 'PreRuntime'),
      },
      // The header was accepted: where its slot is ahead of the clock, so may be its time.
      nowMs: BigInt(Math.max(this.#components.clock.nowMs(), slotStartMs(slot, this.#components.spec.slotDurationMs))),
      extrinsics,
    });
  }

  async #writeGenesis({ header, hash, overlay }: Genesis): Promise<void> {
    const { spec } = this.#components;
    const pointer: BlockPointer = { number: 0, hash };
    await this.#write(
      [
        ...putBlock(hash, { header, beacon: spec.beacon, slot: undefined }, []),
        putCanonical(0, hash),
        putBest(pointer),
        ...putFinalized(pointer, undefined),
        putSpecDigest(specDigest(spec)),
      ],
      this.#state.commit(overlay.prepare(), hash),
    );
  }

  #write(blockOperations: readonly KvOperation[], stateOperations: readonly KvOperation[]): Promise<void> {
    const operations = [
      ...prefixedOperations(statePrefix, stateOperations),
      ...prefixedOperations(blockPrefix, blockOperations),
    ];
    return this.#components.kv.write(operations, { durable: true });
  }
}

function belowFinalized(hash: Uint8Array): CessError {
  return new CessError('BLOCK_BELOW_FINALIZED', 'The block competes with a finalized one.', { hash: toHex(hash) });
}

interface OwnSlot {
  readonly slot: bigint;
  readonly seat: number;
}

/** Undefined for a header without a claim that decodes; `verifyHeader` refuses it. */
function claimedSlot(logs: readonly DigestItem[]): bigint | undefined {
  try {
    return findR2sPreDigest(logs)?.slot;
  } catch (thrown) {
    if (isCessError(thrown, 'SCALE_MALFORMED')) return undefined;
    throw thrown;
  }
}
