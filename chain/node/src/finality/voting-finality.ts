// GRANDPA in the node: drives the voter (docs/protocol/grandpa.md), a reducer, with the database, the network and the clock. Votes and
// commits travel in gossip; what is meant for one peer, and where a node stands, goes there directly.
//
// Effects are carried out in their order: writes and finality one after the other, each answered before the next one begins.
import { setMaxListeners } from 'node:events';
import type { Header } from '@cess/chain-primitives';
import {
  announcedChanges,
  type Commit,
  decodeBundle,
  emptyVoterRecord,
  encodeBundle,
  findCommitProblem,
  isEqualOrDescendant,
  justificationCodec,
  justifyCommit,
  type Message,
  type PenaltyReason,
  type SetChange,
  type SignedVote,
  signVote,
  type VoteEquivocation,
  type VoteMark,
  Voter,
  type VoterConfig,
  type VoterEffect,
  type VoterInput,
  verifyVoteBy,
} from '@cess/consensus';
import { blake2_256, ed25519Scheme, type SignatureScheme } from '@cess/crypto';
import type { GossipMessage, GossipVerdict, NetworkHost, PeerId } from '@cess/network';
import {
  type BackgroundPorts,
  BoundedCache,
  CessError,
  fromHex,
  isCessError,
  messageOf,
  pause,
  randomShare,
  toHex,
} from '@cess/primitives';
import type { ChainSpec } from '../chain-spec.js';
import { decoded } from '../decoded.js';
import { currentSet } from '../engine/authority-sets.js';
import type { BlockPointer, BlockStore } from '../engine/block-store.js';
import type { EngineHost } from '../engine/engine-host.js';
import type { Finalized } from '../engine/engine-types.js';
import { authoritiesOf } from '../engine/genesis.js';
import { announcedAbove } from './announcements.js';
import { PeerOutbox } from './peer-outbox.js';
import { type ReportedRounds, reportRound } from './rounds-report.js';
import { decodeOnce, encodeOnce, judgedVotes } from './voter-messages.js';
import { VoterTimer } from './voter-timer.js';
import { VoterView } from './voter-view.js';

/** 16 random bytes that are kept beside the key, not in the database (GR-82). */
export interface VoterEpoch {
  readonly epoch: Uint8Array;
  /** The key has never voted. */
  readonly isNew: boolean;
  /** Called when the first record is durable: the epoch is not new at the next start. */
  keep(): void;
  /** The last vote that was noted; undefined for none, and for a key that voted last under an earlier version. */
  readonly lastVote: VoteMark | undefined;
  /** Durable when it returns. Called before a vote is written to the database. */
  noteVote(vote: VoteMark): void;
  /** The last slot that was noted. */
  readonly lastSlot: bigint | undefined;
  /** Durable when it returns. Called before a block is sealed. */
  noteSlot(slot: bigint): void;
}

export interface VotingFinalityInit extends BackgroundPorts {
  readonly engine: Pick<EngineHost, 'run'>;
  readonly blocks: BlockStore;
  readonly finalized: BlockPointer;
  /** Undefined where the node has no network. */
  readonly host: NetworkHost | undefined;
  readonly spec: ChainSpec;
  readonly secretSeed: Uint8Array;
  readonly epoch: VoterEpoch;
  /** An authority voted twice in one round. */
  readonly onEquivocation: (proof: VoteEquivocation) => void;
  readonly onFinalized: (finalized: Finalized) => Promise<void>;
  /** A vote names a block that this node does not have. */
  readonly onMissing: (hash: Uint8Array) => void;
  /** Default: ed25519. */
  readonly signatures?: SignatureScheme;
}

const topic = { name: 'grandpa', version: 1, maxMessageBytes: 256 * 1024, maxPerSecondPerPeer: 200 } as const;
const protocol = {
  name: 'grandpa',
  version: 2,
  maxRequestBytes: 512 * 1024,
  maxResponseBytes: 16,
  timeoutMs: 5_000,
  maxConcurrentPerPeer: 8,
} as const;

/** T is a sixth of a slot, so that a round takes a slot at most when nothing is lost; a second at most. */
const slotsPerGossip = 6;
const mostGossipMs = 1_000;
const peerCheckMs = 1_000;
const busyPauseMs = 50;
const cachedSignatures = 8_192;
const cachedMessages = 1_024;

function configOf({ slotDurationMs }: ChainSpec, localKey: string): VoterConfig {
  const gossipDurationMs = Math.min(mostGossipMs, Math.ceil(slotDurationMs / slotsPerGossip));
  return {
    localKey,
    gossipDurationMs,
    commitDelayMs: 2 * gossipDurationMs,
    resendMs: 12 * gossipDurationMs,
    catchUpTimeoutMs: 10 * gossipDurationMs,
    behindBestBlocks: 0,
    isThreeQuartersRule: false,
  };
}

interface Proof {
  readonly encoded: Uint8Array;
  /** All votes of the commit are in it. */
  readonly isWhole: boolean;
}

export class VotingFinality {
  readonly #init: VotingFinalityInit;
  readonly #voter: Voter;
  readonly #view: VoterView;
  readonly #signatures: SignatureScheme;
  /** Verified votes by the object: a vote is judged first, and then counted. */
  readonly #judged: WeakMap<SignedVote, boolean>;
  readonly #stopping = new AbortController();
  readonly #verified = new BoundedCache<boolean>(cachedSignatures);
  /** Hashes of messages that were published. */
  readonly #published = new BoundedCache<true>(cachedMessages);
  readonly #ends: (() => unknown)[] = [];
  readonly #outbox: PeerOutbox | undefined;
  #peers: ReadonlySet<PeerId> = new Set();
  /** Connected peers that do not vote. */
  readonly #followers = new Set<PeerId>();
  /** The last neighbour packet for each peer that is being told one. */
  readonly #packets = new Map<PeerId, Message>();
  /** The last effect that takes time. */
  #work: Promise<void> = Promise.resolve();
  readonly #timer: VoterTimer;
  #isKept: boolean;
  #isStarted = false;
  readonly #localKey: string;

  constructor(init: VotingFinalityInit) {
    this.#init = init;
    // Every message under way listens to it.
    setMaxListeners(0, this.#stopping.signal);
    const { host } = init;
    this.#outbox =
      host &&
      new PeerOutbox({
        ...{ host, protocol, signal: this.#stopping.signal },
        onFailed: (peer, error) => this.#undelivered(peer, error),
      });
    this.#signatures = init.signatures ?? ed25519Scheme;
    this.#judged = judgedVotes(this.#signatures);
    const signer = this.#signatures.createSigner(init.secretSeed);
    this.#view = new VoterView(init.blocks);
    this.#timer = new VoterTimer(init.timers, () => this.#step({ type: 'tick' }));
    this.#isKept = !init.epoch.isNew;
    this.#localKey = toHex(signer.publicKey);
    this.#voter = new Voter(configOf(init.spec, this.#localKey), {
      view: this.#view,
      verify: (vote) => this.#verify(vote),
      sign: (vote) => signVote(vote, signer),
      random: () => randomShare(init.rng),
    });
  }

  async start(): Promise<void> {
    const { host, spec, blocks, finalized, epoch, logger } = this.#init;
    this.#step({
      type: 'start',
      start: {
        record: blocks.voterRecord() ?? this.#recordOfEarlierVersion(),
        epoch: epoch.epoch,
        isNewEpoch: epoch.isNew,
        lastVote: epoch.lastVote,
        finalized: refOf(finalized),
        authorities: currentSet(blocks, spec),
        announced: announcedAbove(blocks, finalized, spec.slotDurationMs),
      },
    });
    this.#isStarted = true;
    if (!this.#voter.isVoting && this.#voter.voters.indexOf(this.#localKey) !== undefined) {
      const text = 'the database does not have the last votes of this authority: it votes again in a later';
      const { lastVote } = epoch;
      const about = { manual: 'docs/operations/validators.md' };
      if (lastVote === undefined) logger.error(about, `${text} set of authorities`);
      else logger.warn({ ...about, lastRound: lastVote.round }, `${text} round`);
    }
    if (host === undefined) return;
    const handler = async (request: Uint8Array, { peer }: { readonly peer: PeerId }) => {
      // Before it began to vote, for example while it took the state of the chain, it did not speak the protocol.
      this.#followers.delete(peer);
      for (const message of decodeBundle(request).map(decodeOnce)) this.#step({ type: 'message', peer, message });
      return new Uint8Array(0);
    };
    this.#ends.push(await host.handle(protocol, handler));
    const handle = ({ content, from }: GossipMessage) =>
      this.#step({ type: 'message', peer: from, message: decodeOnce(content) });
    this.#ends.push(host.subscribe({ topic, validate: (message) => this.#judge(message), handle }));
    this.#guard(this.#watchPeers(host));
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#timer.stop();
    for (const end of this.#ends) await end();
    await this.#work;
  }

  /** Undefined before the start. */
  rounds(): ReportedRounds | undefined {
    if (!this.#isStarted) return undefined;
    const { setId, voters, round, pastRounds } = this.#voter;
    return { setId, best: reportRound(round, voters), background: pastRounds.map((past) => reportRound(past, voters)) };
  }

  imported(block: BlockPointer, header: Header, timeMs: number): void {
    this.#step({ type: 'imported', block: refOf(block), changes: announcedChanges(header), timeMs });
  }

  /** A justification that came by synchronisation made it final. */
  finalizedElsewhere(block: BlockPointer): void {
    this.#step({ type: 'finalized', block: refOf(block) });
  }

  /** An authority of an earlier version voted alone, in the round of each block's number: the first round is a later one. */
  #recordOfEarlierVersion(): Uint8Array | undefined {
    const { spec, blocks, finalized, epoch } = this.#init;
    const vote = blocks.earlierVote();
    if (vote === undefined || !epoch.isNew) return undefined;
    return emptyVoterRecord({
      epoch: epoch.epoch,
      authorities: { setId: 0n, authorities: authoritiesOf(spec) },
      base: refOf(finalized),
      round: Number(vote.round) + 1,
    });
  }

  #step(input: VoterInput): void {
    if (this.#stopping.signal.aborted) return;
    for (const effect of this.#voter.step(input, this.#init.timers.nowMs())) this.#carryOut(effect);
  }

  #carryOut(effect: VoterEffect): void {
    const { logger, host, onFatal } = this.#init;
    switch (effect.type) {
      case 'persist':
        return this.#queue(() => this.#persist(effect));
      case 'finalize': {
        const { commit, change } = effect;
        if (commit !== undefined) this.#queue(() => this.#finalize(commit, change));
        // Synchronisation has made the block final already.
        else if (change !== undefined) this.#queue(() => this.#persist({ ...change, mark: undefined }));
        return;
      }
      case 'broadcast':
        return this.#broadcast(effect.message);
      case 'send':
        return this.#send(effect.peer as PeerId, effect.message);
      case 'missing':
        return this.#init.onMissing(fromHex(effect.block.hash));
      case 'timer':
        return this.#guard(this.#timer.wakeAt(effect.atMs));
      case 'equivocation':
        return this.#init.onEquivocation(effect.proof);
      case 'penalise':
        host?.report(effect.peer as PeerId, offences[effect.reason]);
        return;
      case 'key-in-use':
        logger.error(
          { round: effect.round },
          'another process votes with the key of this authority; this one is silent',
        );
        return;
      case 'halt': {
        const { hash, number } = effect.conflicting;
        const text = 'The votes of authorities make a block final that conflicts with a final block.';
        onFatal(new CessError('FINALITY_CONFLICT', text, { hash, number }), 'voting');
      }
    }
  }

  /** GR-82: first beside the key, so that no database from a backup passes for the latest one. */
  async #persist({ record, write, mark }: Omit<Extract<VoterEffect, { type: 'persist' }>, 'type'>): Promise<void> {
    if (mark !== undefined) this.#init.epoch.noteVote(mark);
    await this.#init.engine.run('putVoterRecord', record);
    if (!this.#isKept) this.#init.epoch.keep();
    this.#isKept = true;
    this.#step({ type: 'written', write });
  }

  async #finalize(commit: Commit, change: SetChange | undefined): Promise<void> {
    const { engine, onFinalized } = this.#init;
    const proof = this.#justify(commit);
    if (proof === undefined) {
      if (change !== undefined) await this.#persist({ ...change, mark: undefined });
      return;
    }
    const record = change === undefined ? [] : [change.record];
    const finalized = await engine.run('finalize', proof.encoded, ...record).catch((error: unknown) => {
      // A member voted twice, one of them for a dropped block, and the proof needs its weight: that of a later block, or
      // synchronisation, makes this one final.
      if (proof.isWhole || change !== undefined || !isCessError(error, 'JUSTIFICATION_INVALID')) throw error;
      this.#init.logger.warn(
        { number: commit.target.number },
        'a block is final, but its proof needs a vote for a dropped block',
      );
      return undefined;
    });
    if (finalized === undefined) return;
    if (finalized.newlyFinal.length > 0) await onFinalized(finalized);
    if (change !== undefined) this.#step({ type: 'written', write: change.write });
  }

  /**
   * Undefined where synchronisation has made the target final meanwhile: then the proof is not needed. The engine drops blocks that cannot
   * become final any more, while the voter goes on to know them: votes for such blocks are left out, which the target does not need.
   */
  #justify(commit: Commit): Proof | undefined {
    const { blocks } = this.#init;
    const headerOf = (hash: string) => blocks.block(fromHex(hash))?.header;
    try {
      return { encoded: justificationCodec.encode(justifyCommit(commit, headerOf)), isWhole: true };
    } catch (error) {
      if (!isCessError(error, 'JUSTIFICATION_INVALID')) throw error;
      const { number, hash } = commit.target;
      const canonical = blocks.canonicalHash(number);
      const isFinal =
        number <= (blocks.finalized()?.number ?? 0) && canonical !== undefined && toHex(canonical) === hash;
      if (isFinal) return undefined;
      const isFor = (entry: Commit['precommits'][number]) =>
        isEqualOrDescendant(this.#view, commit.target, entry.target);
      const precommits = commit.precommits.filter(isFor);
      return { encoded: justificationCodec.encode(justifyCommit({ ...commit, precommits }, headerOf)), isWhole: false };
    }
  }

  /** Effects that take time, one after the other; a failure leaves the voter without its memory. */
  #queue(work: () => Promise<void>): void {
    this.#work = this.#work
      .then(() => this.#whileBusy(work))
      .catch((error: unknown) => {
        if (!this.#stopping.signal.aborted) this.#init.onFatal(error, 'voting');
      });
  }

  /** A busy engine changes nothing: the same work again a little later. */
  async #whileBusy(work: () => Promise<void>): Promise<void> {
    const { signal } = this.#stopping;
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!isCessError(error, 'ENGINE_BUSY') || signal.aborted) throw error;
      }
      await pause(this.#init.timers, busyPauseMs, signal);
    }
  }

  #broadcast(message: Message): void {
    const { host, logger } = this.#init;
    if (host === undefined) return;
    if (message.type === 'neighbour') {
      for (const { peer } of host.peers()) void this.#tell(peer, message);
      return;
    }
    const encoded = encodeOnce(message);
    const name = toHex(blake2_256(encoded));
    // Gossip drops what it has seen: what is repeated goes to every peer.
    if (this.#published.get(name) !== undefined) {
      for (const { peer } of host.peers()) this.#send(peer, message);
      return;
    }
    this.#published.set(name, true);
    host.publish(topic, encoded).catch((error: unknown) => {
      logger.debug({ reason: messageOf(error) }, 'a vote or commit was not published');
    });
  }

  /** GR-22: where this node stands, one packet after the other: a peer takes it amiss when one overtakes a later one. */
  async #tell(peer: PeerId, packet: Message): Promise<void> {
    if (this.#followers.has(peer)) return;
    const isUnderWay = this.#packets.has(peer);
    this.#packets.set(peer, packet);
    if (isUnderWay) return;
    let sent: Message | undefined;
    for (let next: Message | undefined = packet; next !== sent; next = this.#packets.get(peer) ?? sent) {
      sent = next;
      try {
        await this.#init.host?.request(peer, protocol, encodeBundle([encodeOnce(next)]), this.#stopping.signal);
      } catch (error) {
        this.#undelivered(peer, error);
      }
    }
    this.#packets.delete(peer);
  }

  #send(peer: PeerId, message: Message): void {
    if (!this.#followers.has(peer)) this.#outbox?.send(peer, encodeOnce(message));
  }

  #undelivered(peer: PeerId, error: unknown): void {
    if (isCessError(error, 'NETWORK_PROTOCOL_UNSUPPORTED')) this.#followers.add(peer);
    this.#init.logger.debug({ peer, reason: messageOf(error) }, 'a message to a voter was not delivered');
  }

  /** Work beside the queue: a failure, of the database for example, ends the node like one of the queue. */
  #guard(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (!this.#stopping.signal.aborted) this.#init.onFatal(error, 'voting');
    });
  }

  /** Only signed votes of members and commits that hold are forwarded. */
  #judge({ content }: GossipMessage): GossipVerdict {
    const message = decoded({ decode: decodeOnce }, content);
    if (message?.type === 'vote') {
      const { vote } = message;
      if (vote.setId !== this.#voter.setId || vote.round + 2 < this.#voter.round.number) return 'ignore';
      return this.#voter.voters.indexOf(vote.voter) !== undefined && this.#verify(vote) ? 'accept' : 'reject';
    }
    if (message?.type !== 'commit') return 'reject';
    const { commit } = message;
    if (commit.setId !== this.#voter.setId || commit.target.number <= this.#voter.finalized.number) return 'ignore';
    const problem = findCommitProblem(commit, this.#voter.voters, this.#view, (vote) => this.#verify(vote));
    if (problem === 'unknown-block') return 'ignore';
    return problem === undefined ? 'accept' : 'reject';
  }

  #verify(vote: SignedVote): boolean {
    const judged = this.#judged.get(vote);
    if (judged !== undefined) return judged;
    const name = `${vote.kind}/${vote.round}/${vote.setId}/${vote.target.number}/${vote.target.hash}/${vote.voter}/${toHex(vote.signature)}`;
    const known = this.#verified.get(name);
    if (known !== undefined) {
      this.#judged.set(vote, known);
      return known;
    }
    const isGenuine = verifyVoteBy(this.#signatures, vote);
    this.#verified.set(name, isGenuine);
    this.#judged.set(vote, isGenuine);
    return isGenuine;
  }

  async #watchPeers(host: NetworkHost): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const peers = new Set(host.peers().map(({ peer }) => peer));
      for (const peer of this.#peers) {
        if (peers.has(peer)) continue;
        this.#followers.delete(peer);
        this.#outbox?.forget(peer);
        this.#step({ type: 'disconnected', peer });
      }
      this.#peers = peers;
      await pause(this.#init.timers, peerCheckMs, signal);
    }
  }
}

const offences: Readonly<Record<PenaltyReason, 'hostile' | 'invalid-message' | 'over-rate'>> = {
  signature: 'hostile',
  'bad-commit': 'hostile',
  'bad-catch-up': 'hostile',
  'beyond-limit': 'invalid-message',
  'unknown-voter': 'invalid-message',
  'wrong-height': 'invalid-message',
  // A peer that was started again may have announced a round that is not on its disk.
  backwards: 'over-rate',
  'unsolicited-catch-up': 'over-rate',
};

function refOf({ hash, number }: BlockPointer): { readonly hash: string; readonly number: number } {
  return { hash: toHex(hash), number };
}
