// Follows the chain through other nodes: new blocks, finality proofs and transactions by gossip, everything that is missing by
// ranges of blocks from one peer after the other (docs/protocol/sync.md). Nothing of a peer is believed; the engine checks every block and
// every proof, and the sender of an invalid one is banned.
import { findR2sPreDigest, type Header, type R2sPreDigest } from '@cess/chain-primitives';
import {
  authorityIndexOf,
  finalityProofCodec,
  headerHash,
  JustificationWatch,
  justificationCodec,
  MAX_UNCLE_DEPTH,
  slotStartMs,
  splitSeal,
  type VoteEquivocation,
  verifyJustification,
} from '@cess/consensus';
import { blake2_256, ed25519Scheme, type SignatureScheme } from '@cess/crypto';
import type { GossipMessage, GossipVerdict, NetworkHost, PeerId } from '@cess/network';
import {
  BackgroundLoop,
  type BackgroundPorts,
  BoundedCache,
  elementAt,
  equalBytes,
  isCessError,
  isRetryable,
  messageOf,
  pause,
  toHex,
} from '@cess/primitives';
import type { ChainSpec } from '../chain-spec.js';
import type { ChainView } from '../chain-view.js';
import { decoded } from '../decoded.js';
import { currentSet, setOfHeight } from '../engine/authority-sets.js';
import type { PoolService } from '../pool/pool-service.js';
import { BlockIntake, type ChainInput, type IntakeOutcome } from './block-intake.js';
import { blocksFor, branchFor } from './block-server.js';
import { inquireConflict } from './conflict-inquiry.js';
import { proofFor, stateFor } from './state-server.js';
import {
  blockRequest,
  blockResponse,
  blocksProtocol,
  blockTopic,
  branchesProtocol,
  branchRequest,
  finalityTopic,
  maxBlocksPerResponse,
  proofRequest,
  proofsProtocol,
  type SyncedBlock,
  statesProtocol,
  syncedBlock,
  transactionTopic,
} from './sync-messages.js';

export interface ChainSyncInit extends BackgroundPorts {
  readonly host: NetworkHost;
  readonly view: ChainView;
  readonly pool: Pick<PoolService, 'submit'>;
  readonly spec: ChainSpec;
  /** An authority goes on with what it has; others are behind until a peer says that they are not. */
  readonly isAuthority: boolean;
  readonly input: ChainInput;
  /** Finality proofs show that an authority voted twice in one round. */
  readonly onEquivocation: (proof: VoteEquivocation) => void;
  /** Default: ed25519. */
  readonly signatures?: Pick<SignatureScheme, 'verify'>;
}

/** How far in the future the slot of a block may start that is forwarded. */
const slotToleranceMs = 500;
/** Slots between two questions to a peer whether it knows more, for what gossip lost. */
const slotsPerQuestion = 4;
/** Peers that are asked one after the other before the next pause. */
const peersPerRun = 4;
/** How long a block that a vote names may take to arrive by gossip before it is asked for, and most of those. */
const branchPauseMs = 1_000;
const maxWanted = 64;
/** Transactions of other nodes whose hashes are remembered, so that they are not published again. */
const maxReceived = 10_000;

export class ChainSync {
  readonly #init: ChainSyncInit;
  readonly #intake: BlockIntake;
  readonly #loop: BackgroundLoop;
  readonly #branches: BackgroundLoop;
  /** Heads of branches that are missing. */
  readonly #wanted = new Map<string, Uint8Array>();
  readonly #proofs = new JustificationWatch();
  readonly #received = new BoundedCache<true>(maxReceived);
  readonly #ends: (() => unknown)[] = [];
  readonly #signatures: Pick<SignatureScheme, 'verify'>;
  /** Who made conflicting blocks final; begun once. */
  #inquiry: Promise<void> | undefined;
  #turn = 0;
  #isSyncing: boolean;

  constructor(init: ChainSyncInit) {
    this.#init = init;
    this.#isSyncing = !init.isAuthority;
    this.#signatures = init.signatures ?? ed25519Scheme;
    this.#intake = new BlockIntake(init.input);
    const periodMs = init.spec.slotDurationMs * slotsPerQuestion;
    this.#loop = new BackgroundLoop({ ...init, name: 'chain sync', task: (signal) => this.#catchUp(signal), periodMs });
    this.#branches = new BackgroundLoop({
      ...init,
      name: 'missing branches',
      task: (signal) => this.#fetchBranches(signal),
    });
  }

  async start(): Promise<void> {
    const { host, view } = this.#init;
    this.#ends.push(await host.handle(proofsProtocol, async (request) => proofFor(view.reader.blocks, request)));
    this.#ends.push(await host.handle(statesProtocol, async (request) => stateFor(view.reader, request)));
    this.#ends.push(await host.handle(blocksProtocol, async (request) => blocksFor(view.reader.blocks, request)));
    this.#ends.push(await host.handle(branchesProtocol, async (request) => branchFor(view.reader.blocks, request)));
    this.#ends.push(
      host.subscribe({
        topic: blockTopic,
        validate: (message) => this.#judgeBlock(message),
        handle: (message) => void this.#takeBlock(message),
      }),
      host.subscribe({
        topic: finalityTopic,
        validate: (message) => this.#judgeJustification(message),
        handle: (message) => void this.#takeJustification(message),
      }),
      host.subscribe({
        topic: transactionTopic,
        validate: (message) => this.#judgeTransaction(message),
        handle: () => {},
      }),
    );
    this.#loop.start();
    this.#branches.start();
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
    await this.#branches.stop();
    for (const end of this.#ends) await end();
  }

  /** Whether the last peer that was asked had more than gossip brings, or says so; true at the start of a node that follows. */
  get isSyncing(): boolean {
    return this.#isSyncing;
  }

  /** Tells others of a block that this node authored. */
  announceBlock(header: Header, body: readonly Uint8Array[]): void {
    this.#publish(blockTopic, syncedBlock.encode({ header, body: [...body], justification: undefined }));
  }

  /** Tells others that a block is final, and compares the proof with those of others. */
  announceFinality(justification: Uint8Array, number: number): void {
    const { view, spec } = this.#init;
    this.#compare(justification, setOfHeight(view.reader.blocks, spec, number).setId);
    this.#publish(finalityTopic, justification);
  }

  /** Tells others of a pooled transaction, unless it came from them. */
  announceTransaction(bytes: Uint8Array): void {
    if (this.#received.get(toHex(blake2_256(bytes))) === undefined) this.#publish(transactionTopic, bytes);
  }

  /** SY-4.5: asks for the branch that ends with this block. Once for each call; who needs it says so again. */
  want(hash: Uint8Array): void {
    if (this.#wanted.size >= maxWanted || this.#init.view.block(hash) !== undefined) return;
    this.#wanted.set(toHex(hash), hash);
    this.#branches.trigger();
  }

  async #fetchBranches(signal: AbortSignal): Promise<void> {
    const { host, view, timers } = this.#init;
    await pause(timers, branchPauseMs, signal);
    const wanted = [...this.#wanted.values()];
    this.#wanted.clear();
    for (const hash of wanted) {
      const peers = host.peers();
      for (let asked = 0; asked < Math.min(peers.length, peersPerRun); asked++) {
        if (signal.aborted || view.block(hash) !== undefined) break;
        const { peer } = elementAt(peers, this.#turn++ % peers.length);
        await this.#trying(peer, signal, () => this.#pullBranch(peer, hash, signal));
      }
    }
  }

  /** Imports what is missing of a branch, as far as the peer has it. */
  async #pullBranch(peer: PeerId, hash: Uint8Array, signal: AbortSignal): Promise<boolean> {
    const { host, view } = this.#init;
    let above = view.finalized.number;
    while (view.block(hash) === undefined) {
      const request = branchRequest.encode({ hash, above });
      const blocks = decoded(blockResponse, await host.request(peer, branchesProtocol, request, signal));
      if (blocks === undefined) host.report(peer, 'malformed');
      if (blocks === undefined || blocks.length === 0) return false;
      for (const block of blocks) {
        signal.throwIfAborted();
        const outcome = await this.#take(peer, block, above + 1);
        if (outcome !== 'done' && outcome !== 'known') return false;
        above++;
      }
    }
    return true;
  }

  #publish(topic: Parameters<NetworkHost['publish']>[0], content: Uint8Array): void {
    this.#init.host.publish(topic, content).catch((error: unknown) => {
      this.#init.logger.debug({ topic: topic.name, reason: messageOf(error) }, 'a gossip message was not published');
    });
  }

  /** A block is forwarded when the author of its slot sealed it; whether it is valid in all else is known after its import. */
  #judgeBlock({ content }: GossipMessage): GossipVerdict {
    const block = decoded(syncedBlock, content);
    if (block === undefined) return 'reject';
    const { header } = block;
    const { view, spec, timers } = this.#init;
    const isDecided = header.number <= view.finalized.number;
    // A late block beside a final one may still become an uncle (RS-7.2).
    const isUseful =
      !isDecided || (header.number + MAX_UNCLE_DEPTH > view.best.number && view.block(header.parent_hash));
    if (!isUseful || view.block(headerHash(header)) !== undefined) return 'ignore';
    const seal = splitSeal(header);
    const claim = seal && claimOf(seal.unsealed);
    if (!seal || !claim) return 'reject';
    if (slotStartMs(claim.slot, spec.slotDurationMs) > timers.nowMs() + slotToleranceMs) return 'ignore';
    // Without the parent the seats are those after the best block, which differ where an era begins.
    const parent = view.block(header.parent_hash) && header.parent_hash;
    const keys = view.keysOfSlot(parent ?? view.best.hash, claim.slot);
    if (keys === undefined) return 'ignore';
    const key = keys[authorityIndexOf(claim.slot, keys.length)];
    if (key !== undefined && this.#signatures.verify(seal.signature, headerHash(seal.unsealed), key)) return 'accept';
    if (parent !== undefined) return 'reject';
    this.#loop.trigger();
    return 'ignore';
  }

  async #takeBlock({ content, from }: GossipMessage): Promise<void> {
    const block = decoded(syncedBlock, content);
    if (block === undefined) return;
    const outcome = await this.#guarded(() => this.#intake.block(block.header, block.body));
    // Who forwards a block has not executed it: only its author is to blame, and the seal names it.
    if (outcome === 'gap') this.#loop.trigger();
    if (outcome === 'invalid')
      this.#init.logger.warn({ number: block.header.number, from }, 'an author made an invalid block');
  }

  #judgeJustification({ content }: GossipMessage): GossipVerdict {
    const justification = decoded(justificationCodec, content);
    if (justification === undefined) return 'reject';
    const { target_number: number, target_hash: target } = justification.commit;
    const { view, spec } = this.#init;
    const { blocks } = view.reader;
    const isOld = number <= view.finalized.number;
    // GR-63: a proof for another block at a height that is final concerns everybody.
    const own = isOld ? blocks.canonicalHash(number) : undefined;
    if (isOld && (own === undefined || equalBytes(own, target))) return 'ignore';
    const set = isOld ? setOfHeight(blocks, spec, number) : currentSet(blocks, spec);
    if (verifyJustification(justification, set, this.#signatures).ok) {
      this.#compare(content, set.setId);
      return 'accept';
    }
    // It may be by voters of a later set, whose announcement this node lacks.
    if (!isOld) this.#loop.trigger();
    return 'ignore';
  }

  /** GR-63: before the engine meets the conflict, and the node ends, the offenders are proven. */
  async #inquire(content: Uint8Array, from: PeerId): Promise<void> {
    const { host, view, spec, onEquivocation } = this.#init;
    const { blocks } = view.reader;
    const { target_number: number, target_hash: target } = justificationCodec.decode(content).commit;
    const own = number <= view.finalized.number ? blocks.canonicalHash(number) : undefined;
    if (own === undefined || equalBytes(own, target)) return;
    this.#inquiry ??= inquireConflict(
      { ...{ host, blocks, spec, watch: this.#proofs }, signatures: this.#signatures },
      number,
      from,
    ).then((proofs) => proofs.forEach(onEquivocation));
    await this.#inquiry;
  }

  /** GR-62. */
  #compare(justification: Uint8Array, setId: bigint): void {
    for (const proof of this.#proofs.observe(justification, setId)) this.#init.onEquivocation(proof);
  }

  async #takeJustification({ content, from }: GossipMessage): Promise<void> {
    await this.#inquire(content, from);
    if ((await this.#guarded(() => this.#intake.justification(content))) === 'gap') this.#loop.trigger();
  }

  async #judgeTransaction({ content }: GossipMessage): Promise<GossipVerdict> {
    const name = toHex(blake2_256(content));
    if (this.#received.get(name) !== undefined) return 'ignore';
    this.#received.set(name, true);
    const pooled = await this.#init.pool.submit(content);
    // A refusal may be due to another state than that of the sender.
    return pooled.ok ? 'accept' : 'ignore';
  }

  /** Asks peers in turn what follows, until one has something new. */
  async #catchUp(signal: AbortSignal): Promise<'again' | undefined> {
    const peers = this.#init.host.peers();
    for (let asked = 0; asked < Math.min(peers.length, peersPerRun); asked++) {
      const { peer } = elementAt(peers, this.#turn++ % peers.length);
      const isNew = await this.#trying(peer, signal, () => this.#pull(peer, signal));
      if (isNew || this.#isSyncing) {
        this.#isSyncing = isNew || (await this.#trying(peer, signal, () => this.#lacks(peer, signal)));
      }
      if (isNew) return 'again';
    }
    return undefined;
  }

  /** False where the network, or the peer, does not give an answer. */
  async #trying(peer: PeerId, signal: AbortSignal, pull: () => Promise<boolean>): Promise<boolean> {
    try {
      return await pull();
    } catch (error) {
      if (signal.aborted || !isCessError(error) || !error.code.startsWith('NETWORK_')) throw error;
      this.#init.logger.debug({ peer, reason: error.message }, 'a peer gave no blocks');
      return false;
    }
  }

  /** Whether the peer says that it is further, though it gave no blocks: it may have begun with a state, and lack those between. */
  async #lacks(peer: PeerId, signal: AbortSignal): Promise<boolean> {
    const { host, view, spec } = this.#init;
    const { setId } = currentSet(view.reader.blocks, spec);
    const encoded = await host.request(peer, proofsProtocol, proofRequest.encode({ set_id: setId }), signal);
    const proof = decoded(finalityProofCodec, encoded);
    return (proof?.links.at(-1)?.header.number ?? 0) > view.finalized.number;
  }

  /** Imports what a peer has behind our last final block. True if that was something new. */
  async #pull(peer: PeerId, signal: AbortSignal): Promise<boolean> {
    const { host, view } = this.#init;
    let from = view.finalized.number + 1;
    let isNew = false;
    for (;;) {
      const request = blockRequest.encode({ from, count: maxBlocksPerResponse });
      const blocks = decoded(blockResponse, await host.request(peer, blocksProtocol, request, signal));
      if (blocks === undefined) {
        host.report(peer, 'malformed');
        return isNew;
      }
      for (const block of blocks) {
        signal.throwIfAborted();
        const outcome = await this.#take(peer, block, from);
        if (outcome === 'done') isNew = true;
        else if (outcome !== 'known') return isNew;
        from++;
      }
      if (blocks.length === 0) return isNew;
      this.#isSyncing = isNew;
    }
  }

  async #take(peer: PeerId, { header, body, justification }: SyncedBlock, number: number): Promise<IntakeOutcome> {
    const { host, logger } = this.#init;
    let outcome: IntakeOutcome = header.number === number ? await this.#intake.block(header, body) : 'invalid';
    if ((outcome === 'done' || outcome === 'known') && justification !== undefined) {
      const finality = await this.#intake.justification(justification);
      if (finality === 'invalid') outcome = 'invalid';
    }
    if (outcome === 'invalid') {
      logger.warn({ peer, number: header.number }, 'a peer sent an invalid block or finality proof');
      host.report(peer, 'hostile');
    }
    return outcome;
  }

  /** Undefined after a failure: that of the disk ends the node elsewhere; conflicting finality ends it here. */
  async #guarded(take: () => Promise<IntakeOutcome>): Promise<IntakeOutcome | undefined> {
    try {
      return await take();
    } catch (error) {
      if (isRetryable(error))
        this.#init.logger.warn({ reason: messageOf(error) }, 'a block or finality proof was not taken');
      else this.#init.onFatal(error, 'chain sync');
      return undefined;
    }
  }
}

/** Undefined for a header without a slot claim that decodes. */
function claimOf({ digest }: Header): R2sPreDigest | undefined {
  return decoded({ decode: () => findR2sPreDigest(digest.logs) }, new Uint8Array(0));
}
