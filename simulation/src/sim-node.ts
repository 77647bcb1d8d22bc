// One machine of a simulation: a disk, a clock, a folder with the key, and at most one running process, which consists of the parts
// of a production node (@cess/node/parts) put together as chain-node.ts does it, without threads, sockets and RPC.
import { DEFAULT_BACK_OFF, shouldBackOff, slotStartMs, type VoteEquivocation, type Vrf } from '@cess/consensus';
import type { NetworkHost } from '@cess/network';
import type { ChainSpec, EpochRecord, VoterEpoch } from '@cess/node';
import {
  Author,
  BlockStore,
  blockPrefix,
  ChainSync,
  ChainView,
  ElectionDuty,
  type Finalized,
  type ImportedBlock,
  openKeptEpoch,
  PoolService,
  type RuntimeRegistry,
  statePrefix,
  VotingFinality,
} from '@cess/node/parts';
import { type BackgroundPorts, noMetrics, present, type Rng, type Timers } from '@cess/primitives';
import { StateReader } from '@cess/state';
import { prefixed } from '@cess/store';
import { openInlineEngine } from './inline-engine.js';
import type { NodeObserver, ObservedNode } from './node-observer.js';
import { observedLogger } from './observed-logger.js';
import type { Random } from './random.js';
import type { Schedule } from './schedule.js';
import type { SharedExecution } from './shared-execution.js';
import type { SimCrypto } from './sim-crypto.js';
import { type DiskBackup, SimDisk } from './sim-disk.js';
import type { SimHost, SimNetwork } from './sim-network.js';
import { createVirtualTimers, type MachineClock } from './virtual-timers.js';

const readerCacheBytes = 64 * 1024;

/** What all nodes of a run share. */
export interface NodeWorld {
  readonly schedule: Schedule;
  readonly network: SimNetwork;
  readonly spec: ChainSpec;
  readonly runtimes: RuntimeRegistry;
  readonly crypto: SimCrypto;
  readonly execution: SharedExecution;
  readonly observer: NodeObserver;
}

/** What a Byzantine node does with its parts. */
export interface Disguise {
  readonly host?: (host: SimHost, node: SimNode) => NetworkHost;
  readonly vrf?: Vrf;
}

export interface NodeInit {
  readonly node: number;
  /** Seed of its authority key; without one it follows. */
  readonly secretSeed: Uint8Array | undefined;
  readonly isHonest: boolean;
  readonly clock: MachineClock;
  readonly random: Random;
  readonly disguise?: Disguise;
}

interface Parts {
  readonly view: ChainView;
  readonly pool: PoolService;
  readonly sync: ChainSync;
  readonly author: Author | undefined;
  readonly voting: VotingFinality | undefined;
  readonly duty: ElectionDuty | undefined;
}

export class SimNode implements ObservedNode {
  readonly disk: SimDisk;
  readonly publicKey: Uint8Array | undefined;
  /** The folder with the key is not part of the database, and a backup of that does not put it back. */
  #keyFolder: EpochRecord;
  #life: Life | undefined;
  /** Processes so far. */
  lives = 0;

  constructor(
    readonly world: NodeWorld,
    readonly init: NodeInit,
  ) {
    this.disk = new SimDisk(world.schedule, init.random);
    const epoch = Uint8Array.from({ length: 16 }, () => init.random.below(256));
    this.#keyFolder = { epoch, isNew: true, lastVote: undefined, lastSlot: undefined };
    this.publicKey = init.secretSeed && world.crypto.signatures.createSigner(init.secretSeed).publicKey;
  }

  get number(): number {
    return this.init.node;
  }

  get isHonest(): boolean {
    return this.init.isHonest;
  }

  get isRunning(): boolean {
    return this.#life !== undefined;
  }

  /** The parts of the running process, once it has opened its database. */
  get parts(): Parts | undefined {
    return this.#life?.parts;
  }

  start(): void {
    if (this.#life !== undefined) return;
    this.lives++;
    const epoch = openKeptEpoch(this.#keyFolder, (record) => {
      this.#keyFolder = record;
    });
    const life = new Life(this, epoch);
    this.#life = life;
    life.start().catch((error: unknown) => life.fail(error, 'start'));
  }

  /** Ends the process at once; the disk loses what it may lose, or as the plan says. */
  crash(unsynced?: 'kept' | 'lost'): void {
    if (this.#life === undefined) return;
    this.#life.isAlive = false;
    this.#life = undefined;
    this.world.network.close(this.number);
    this.disk.crash(unsynced);
  }

  /** Puts back the database, not the key folder. The node must not run. */
  restore(backup: DiskBackup): void {
    this.disk.restore(backup);
    this.world.observer.onRestored(this);
  }
}

/** A process, from its start to its crash. */
class Life {
  isAlive = true;
  parts: Parts | undefined;
  readonly #timers: Timers;
  readonly #background: BackgroundPorts;

  constructor(
    private readonly owner: SimNode,
    private readonly epoch: VoterEpoch,
  ) {
    const { world, init } = owner;
    this.#timers = createVirtualTimers(world.schedule, init.clock, () => this.isAlive);
    this.#background = {
      timers: this.#timers,
      rng: rngOf(init.random),
      logger: observedLogger((level, fields, message) => {
        if (this.isAlive) world.observer.onLog(owner, level, fields, message);
      }),
      metrics: noMetrics,
      onFatal: (error, where) => this.fail(error, where),
    };
  }

  fail(error: unknown, where: string): void {
    if (!this.isAlive) return;
    this.owner.crash();
    this.owner.world.observer.onFatal(this.owner, error, where);
  }

  async start(): Promise<void> {
    const { owner } = this;
    const { world, init, publicKey } = owner;
    const { spec, runtimes, crypto, execution } = world;
    const kv = owner.disk.open();
    const engine = await openInlineEngine({
      ...{ kv, spec, runtimes, vrf: init.disguise?.vrf ?? crypto.vrf, clock: this.#timers },
      ...{ signatures: crypto.signatures, execute: execution.execute },
    });
    if (!this.isAlive) return;
    const heads = await engine.run('heads');
    world.observer.onStarted(owner, heads);
    const blocks = new BlockStore(prefixed(kv, blockPrefix));
    const state = new StateReader(prefixed(kv, statePrefix), readerCacheBytes);
    const view = new ChainView({ blocks, state, close: async () => {} }, heads, (thrown) => {
      throw thrown;
    });
    const pool = new PoolService({
      engine,
      bodyOf: (hash) => view.body(hash) ?? [],
      bestNumber: () => view.best.number,
      onPooled: (bytes) => this.parts?.sync.announceTransaction(bytes),
      background: this.#background,
    });
    const plain = world.network.open(owner.number);
    const host = world.observer.observeHost(owner, init.disguise?.host?.(plain, owner) ?? plain);
    const { signatures } = crypto;
    const { secretSeed } = init;
    const author =
      secretSeed &&
      new Author({
        ...this.#background,
        ...{ engine, pool, spec, secretSeed, signatures, slots: this.epoch },
        isTurnOf: (key, slot) => view.isTurnOf(key, slot),
        isBackingOff: (slot) => this.#isBackingOff(slot),
        onImported: (block) => this.#authored(block),
      });
    const onEquivocation = ({ voter }: VoteEquivocation) =>
      this.#background.logger.error({ voter }, 'an authority voted twice in one round');
    const sync = new ChainSync({
      ...this.#background,
      ...{ host, view, pool, spec, signatures, isAuthority: publicKey !== undefined, onEquivocation },
      input: {
        importBlock: async (header, body) => this.#imported(await engine.run('importBlock', header, body)),
        finalize: async (justification) => {
          const finalized = await engine.run('finalize', justification);
          if (finalized.newlyFinal.length > 0) this.parts?.voting?.finalizedElsewhere(finalized.finalized);
          await this.#finalized(finalized);
        },
      },
    });
    const voting =
      secretSeed &&
      new VotingFinality({
        ...this.#background,
        ...{ engine, blocks, finalized: present(blocks.finalized(), 'the finalized block'), host, spec, secretSeed },
        ...{ epoch: this.epoch, signatures },
        onMissing: (hash) => this.parts?.sync.want(hash),
        onEquivocation,
        onFinalized: async (newlyFinal) => {
          this.parts?.sync.announceFinality(newlyFinal.justification, newlyFinal.finalized.number);
          await this.#finalized(newlyFinal);
        },
      });
    const versions = () => runtimes.at(view.best.number + 1).version;
    const duty =
      secretSeed && new ElectionDuty({ ...{ view, pool, secretSeed, versions }, logger: this.#background.logger });
    this.parts = { view, pool, sync, author, voting, duty };
    await voting?.start();
    await sync.start();
    author?.start();
  }

  /** As in chain-node.ts. */
  #isBackingOff(slot: bigint): boolean {
    const { view } = this.#require();
    const bestSlot = view.block(view.best.hash)?.slot;
    if (bestSlot === undefined) return false;
    const state = { bestNumber: view.best.number, bestSlot, finalizedNumber: view.finalized.number };
    return shouldBackOff(slot, state, DEFAULT_BACK_OFF);
  }

  async #authored(block: ImportedBlock): Promise<void> {
    const { view, sync } = this.#require();
    this.owner.world.observer.onAuthored(this.owner, block);
    sync.announceBlock(block.header, view.body(block.pointer.hash) ?? []);
    await this.#imported(block);
  }

  async #imported(block: ImportedBlock): Promise<void> {
    const { view, pool, voting, duty } = this.#require();
    this.owner.world.observer.onImported(this.owner, block);
    view.noteImported(block);
    await pool.bestChanged(block, view.best);
    const slot = view.block(block.pointer.hash)?.slot ?? 0n;
    voting?.imported(block.pointer, block.header, slotStartMs(slot, this.owner.world.spec.slotDurationMs));
    if (block.isBest) duty?.bestChanged().catch((error: unknown) => this.fail(error, 'duties of an authority'));
  }

  async #finalized(finalized: Finalized): Promise<void> {
    const { view, pool } = this.#require();
    this.owner.world.observer.onFinalized(this.owner, finalized);
    view.noteFinalized(finalized);
    if (finalized.enacted.length + finalized.retracted.length > 0) await pool.bestChanged(finalized, view.best);
    pool.blocksFinalized(finalized.newlyFinal);
  }

  #require(): Parts {
    return present(this.parts, 'the parts of a running node');
  }
}

function rngOf(random: Random): Rng {
  return { bytes: (length) => Uint8Array.from({ length }, () => random.below(256)) };
}
