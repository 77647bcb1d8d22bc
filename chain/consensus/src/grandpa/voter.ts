// The GRANDPA voter: a reducer without I/O. Each step takes one input and the time, changes the state, and gives the effects in
// the order in which they are to be carried out. docs/protocol/grandpa.md, ADR 77.
//
// Order of a vote (GR-80): `persist` → the caller makes it durable → `written` → signature → `broadcast`. A crash before
// `written` loses a vote that nobody saw; a crash after it repeats the same vote.
import { equalBytes, invariant } from '@cess/primitives';
import { createCatchUp, entriesOf, openCatchUp } from './catch-up.js';
import { ancestorAt, type BlockRef, isEqualOrDescendant } from './chain-view.js';
import { createCommit, findCommitProblem } from './commit.js';
import type { CatchUp, Commit, Message, NeighbourPacket, SignedVote, UnsignedVote, VoteKind } from './messages.js';
import { PeerViews } from './peer-views.js';
import { type AuthorityChange, type EnactedSet, PendingChanges } from './pending-changes.js';
import { genesisRoundState, Round, type RoundState } from './round.js';
import type { AuthoritySet } from './verify-justification.js';
import { VoteQueue } from './vote-queue.js';
import {
  type CompletedRound,
  decodeVoterRecord,
  encodeCompletedRound,
  encodeVoterRecord,
  type VoterRecord,
} from './voter-record.js';
import { VoterSet } from './voter-set.js';
import type { PenaltyReason, VoterConfig, VoterEffect, VoterInput, VoterPorts, VoterStart } from './voter-types.js';
import { type OwnVotes, type PreviousRound, VotingRound } from './voting-round.js';

/** Rounds of the past that still count votes: more than those whose estimate is ever open at the same time. */
const maxPastRounds = 8;
/** Commits that wait for a block. */
const maxWaitingCommits = 16;

interface WaitingCommit {
  readonly peer: string;
  readonly commit: Commit;
}

export class Voter {
  readonly #config: VoterConfig;
  readonly #ports: VoterPorts;
  readonly #pending = new PendingChanges();
  readonly #peers = new PeerViews();
  /** Votes for blocks that are not imported. */
  readonly #blockless = new VoteQueue();
  /** Votes of the next round. */
  readonly #early = new VoteQueue();
  #waitingCommits: WaitingCommit[] = [];
  #waitingCatchUp: { readonly peer: string; readonly catchUp: CatchUp } | undefined;
  #asked: { readonly peer: string; readonly untilMs: number } | undefined;

  #state: 'new' | 'running' | 'halted' = 'new';
  #epoch = new Uint8Array(16);
  #recoverAfterMs: number | undefined;
  #isPaused = false;
  #isKeyInUse = false;
  #setId = 0;
  #voters!: VoterSet;
  #authorities!: AuthoritySet;
  #setBase!: BlockRef;
  #finalized!: BlockRef;
  /** Highest block that the rounds themselves finalized: base of the next round (commits run ahead of it). */
  #finalizedInRounds!: BlockRef;
  #best!: VotingRound;
  #past: VotingRound[] = [];
  #handover: Commit | undefined;
  /** Proof of the finalized block, for peers that lack it. */
  #lastCommit: Commit | undefined;
  #dueCommit: { readonly atMs: number; readonly commit: Commit } | undefined;

  #lastWrite = 0;
  #recorded: { readonly round: Round; readonly revision: number; readonly bytes: Uint8Array } | undefined;
  #outbox: { readonly write: number; readonly vote: UnsignedVote }[] = [];
  #timerAtMs: number | undefined;
  #nowMs = 0;
  #effects: VoterEffect[] = [];

  constructor(config: VoterConfig, ports: VoterPorts) {
    this.#config = config;
    this.#ports = ports;
  }

  get finalized(): BlockRef {
    return this.#finalized;
  }

  get setId(): number {
    return this.#setId;
  }

  /** The current round; its votes and state are for reading. */
  get round(): Round {
    return this.#best.round;
  }

  /** Rounds of the past that still count votes, the latest first. */
  get pastRounds(): Round[] {
    return this.#past.map(({ round }) => round);
  }

  /** Whether the voter casts votes: a member, not paused, not in recovery, and its key not used elsewhere. */
  get isVoting(): boolean {
    const isMember = this.#config.localKey !== undefined && this.#voters.indexOf(this.#config.localKey) !== undefined;
    return isMember && !this.#isPaused && !this.#isKeyInUse && this.#recoverAfterMs === undefined;
  }

  /** Carries out one input. `nowMs` never goes back; the first input is `start`. After `halt` nothing happens any more. */
  step(input: VoterInput, nowMs: number): VoterEffect[] {
    if (this.#state === 'halted') return [];
    invariant((input.type === 'start') === (this.#state === 'new'), 'the voter is started once, and first');
    this.#nowMs = Math.max(this.#nowMs, nowMs);
    this.#effects = [];
    this.#handle(input);
    this.#advance();
    if (this.#state === 'running') this.#setTimer();
    return this.#effects;
  }

  #handle(input: VoterInput): void {
    switch (input.type) {
      case 'start':
        return this.#start(input.start);
      case 'tick':
        return;
      case 'message':
        return this.#receive(input.peer, input.message);
      case 'disconnected':
        if (this.#asked?.peer === input.peer) this.#asked = undefined;
        return this.#peers.remove(input.peer);
      case 'imported':
        return this.#imported(input.block, input.changes, input.timeMs);
      case 'written':
        return this.#written(input.write);
      case 'finalized':
        return this.#finalizeProven(input.block);
    }
  }

  // ——— start, disk ———

  #start({ record: bytes, epoch, isNewEpoch, finalized, authorities, announced }: VoterStart): void {
    this.#state = 'running';
    for (const { block, changes, timeMs } of announced) this.#announced(block, changes, timeMs);
    this.#epoch = epoch.slice();
    this.#finalized = finalized;
    const record = bytes && decodeVoterRecord(bytes);
    const isOwn = record
      ? equalBytes(record.epoch, epoch) && record.authorities.setId === authorities.setId
      : isNewEpoch;
    if (!record || !isOwn) {
      // GR-82: the key may have voted in rounds of which this database knows nothing.
      if (!isOwn) this.#recoverAfterMs = this.#nowMs;
      this.#enterSet(Number(authorities.setId), VoterSet.of(authorities.authorities), finalized);
    } else this.#restore(record);
    this.#persist();
    this.#announce();
  }

  #restore(record: VoterRecord<CompletedRound | undefined>): void {
    const { current, completed } = record;
    this.#recoverAfterMs = record.recoverAfterMs;
    this.#isPaused = record.isPaused;
    this.#handover = record.handover;
    this.#enterSet(Number(record.authorities.setId), VoterSet.of(record.authorities.authorities), record.setBase);
    this.#finalizedInRounds = current.base;
    let previous: PreviousRound = { state: completed?.state ?? genesisRoundState(record.setBase) };
    if (completed) {
      const round = new Round(completed.votes.round, this.#voters, completed.votes.base);
      for (const phase of ['prevote', 'precommit'] as const) {
        const entries = phase === 'prevote' ? completed.votes.prevotes : completed.votes.precommits;
        for (const { voter, ...ballot } of entries) {
          const index = this.#voters.indexOf(voter);
          if (index !== undefined) round.addVote(phase, index, ballot, this.#ports.view);
        }
      }
      // Blocks below the finalized one may be pruned; then the stored state stands for the votes.
      if (round.state.completable) previous = round;
      this.#past = [new VotingRound(round, previous, this.#nowMs, this.#config)];
    }
    const isOwnKey = current.key !== undefined && current.key === this.#config.localKey;
    const own: OwnVotes = isOwnKey ? { ...current.own } : {};
    const round = new Round(current.number, this.#voters, current.base);
    this.#best = new VotingRound(round, previous, this.#nowMs, this.#config, own);
    if (!this.isVoting) return;
    // GR-81: the stored votes again, never others.
    for (const kind of ['primary', 'prevote', 'precommit'] as const) {
      const target = own[kind];
      if (target) this.#send({ kind, round: current.number, setId: this.#setId, target });
    }
  }

  #enterSet(setId: number, voters: VoterSet, base: BlockRef): void {
    this.#setId = setId;
    this.#voters = voters;
    this.#authorities = voters.toAuthoritySet(setId);
    this.#setBase = base;
    this.#finalizedInRounds = base;
    this.#past = [];
    this.#outbox = [];
    this.#waitingCommits = [];
    this.#waitingCatchUp = undefined;
    this.#asked = undefined;
    this.#blockless.clear();
    this.#early.clear();
    const previous = { state: genesisRoundState(base) };
    this.#best = new VotingRound(new Round(1, voters, base), previous, this.#nowMs, this.#config);
  }

  #record(): Uint8Array {
    const { round, own, previous } = this.#best;
    return encodeVoterRecord({
      epoch: this.#epoch,
      recoverAfterMs: this.#recoverAfterMs,
      isPaused: this.#isPaused,
      authorities: this.#authorities,
      setBase: this.#setBase,
      completed: this.#recordCompleted(round.number - 1, previous.state),
      current: { number: round.number, base: round.base, key: this.#config.localKey, own },
      handover: this.#handover,
    });
  }

  /** The round before with its votes, encoded again only after new ones. */
  #recordCompleted(number: number, state: RoundState): Uint8Array | undefined {
    const last = this.#past[0]?.round;
    if (last?.number !== number) return undefined;
    if (this.#recorded?.round !== last || this.#recorded.revision !== last.revision) {
      const bytes = encodeCompletedRound({ votes: createCatchUp(last, this.#setId), state });
      this.#recorded = { round: last, revision: last.revision, bytes };
    }
    return this.#recorded.bytes;
  }

  #persist(): number {
    const write = ++this.#lastWrite;
    this.#effects.push({ type: 'persist', write, record: this.#record() });
    return write;
  }

  #written(write: number): void {
    const due = this.#outbox.filter((each) => each.write <= write);
    this.#outbox = this.#outbox.filter((each) => each.write > write);
    if (this.isVoting) for (const { vote } of due) this.#send(vote);
  }

  /** Puts the vote on disk; it is sent when it is there. */
  #cast(kind: VoteKind, target: BlockRef): void {
    this.#best.own[kind] = target;
    const vote = { kind, round: this.#best.round.number, setId: this.#setId, target };
    this.#outbox.push({ write: this.#persist(), vote });
  }

  #send(vote: UnsignedVote): void {
    const { localKey } = this.#config;
    if (localKey === undefined) return;
    const signed = { ...vote, voter: localKey, signature: this.#ports.sign(vote) };
    this.#broadcast({ type: 'vote', vote: signed });
    const round = this.#roundOf(vote.round);
    if (round) this.#count(round, signed);
  }

  // ——— rounds ———

  #advance(): void {
    while (this.#state === 'running') {
      this.#vote();
      if (this.#finalizeFromRounds()) continue;
      if (!this.#best.isComplete()) break;
      this.#open(this.#best.round.number + 1, this.#best);
    }
    if (this.#state !== 'running') return;
    this.#sendDueCommit();
    if (this.#nowMs >= this.#best.resendAtMs) this.#resend();
    if (this.#asked && this.#nowMs >= this.#asked.untilMs) this.#asked = undefined;
  }

  #vote(): void {
    if (this.#isPaused) return;
    const best = this.#best;
    const { round, own } = best;
    const { view } = this.#ports;
    const isVoting = this.isVoting;
    const { localKey } = this.#config;
    if (
      isVoting &&
      best.stage === 'started' &&
      !own.primary &&
      localKey === this.#voters.keys[this.#voters.primaryOf(round.number)]
    ) {
      const proposal = best.proposal();
      if (proposal) this.#cast('primary', proposal);
    }
    if (best.isPrevoteDue(this.#nowMs, this.#config)) {
      best.stage = 'prevoted';
      if (isVoting) this.#cast('prevote', best.prevoteTarget(view, this.#pending, this.#finalized, this.#config));
    }
    if (best.isPrecommitDue(this.#nowMs, this.#config, view)) {
      best.stage = 'precommitted';
      const ghost = round.state.prevoteGhost;
      // GR-80: no precommit without a prevote on disk.
      if (isVoting && ghost && own.prevote) this.#cast('precommit', ghost);
    }
  }

  /** Opens the round after `completed`, which stays in the background. */
  #open(number: number, completed: VotingRound): void {
    const { finalized } = completed.round.state;
    const base = this.#finalizedInRounds;
    // The base of the new round is what was final before it: votes for blocks above the last estimate descend from it.
    if (finalized && finalized.number > base.number) this.#finalizedInRounds = finalized;
    this.#past = [completed, ...this.#past].filter((each, i) => i < maxPastRounds && (i < 2 || this.#isOpen(each)));
    this.#best = new VotingRound(new Round(number, this.#voters, base), completed.round, this.#nowMs, this.#config);
    this.#blockless.prune(number - 1);
    this.#early.prune(number);
    for (const vote of this.#early.take((each) => each.round === number)) this.#accept(vote);
    this.#persist();
    this.#announce();
  }

  #isOpen({ round }: VotingRound): boolean {
    const { estimate } = round.state;
    return estimate !== undefined && estimate.number > this.#finalized.number;
  }

  #roundOf(number: number): VotingRound | undefined {
    if (this.#best.round.number === number) return this.#best;
    return this.#past.find(({ round }) => round.number === number);
  }

  // ——— messages ———

  #receive(peer: string, message: Message): void {
    switch (message.type) {
      case 'vote':
        return this.#receiveVote(peer, message.vote);
      case 'commit':
        return this.#receiveCommit({ peer, commit: message.commit });
      case 'neighbour':
        return this.#receivePacket(peer, message.packet);
      case 'catch-up-request':
        return this.#answerCatchUp(peer, message.request);
      case 'catch-up':
        return this.#receiveCatchUp(peer, message.catchUp);
    }
  }

  #receiveVote(peer: string, vote: SignedVote): void {
    const best = this.#best.round.number;
    if (vote.setId !== this.#setId || this.#isPaused || vote.round > best + 1) return;
    const round = this.#roundOf(vote.round);
    if (!round && vote.round <= best) return;
    const voter = this.#voters.indexOf(vote.voter);
    if (voter === undefined) return this.#penalise(peer, 'unknown-voter');
    if (round && vote.kind !== 'primary') {
      const cast = round.round.votesOf(vote.kind, voter);
      const isKnown = cast?.first.target.hash === vote.target.hash || cast?.second !== undefined;
      if (isKnown) return;
    }
    const number = this.#ports.view.numberOf(vote.target.hash);
    if (number !== undefined && number !== vote.target.number) return this.#penalise(peer, 'wrong-height');
    if (!this.#ports.verify(vote)) return this.#penalise(peer, 'signature');
    if (vote.voter === this.#config.localKey) this.#checkOwnVote(vote);
    this.#accept(vote);
  }

  /** A verified vote: counts it now, or keeps it until its round opens or its block is imported. */
  #accept(vote: SignedVote): void {
    if (vote.round > this.#best.round.number) return this.#early.add(vote);
    if (this.#ports.view.numberOf(vote.target.hash) === undefined) return this.#blockless.add(vote);
    const round = this.#roundOf(vote.round);
    if (round) this.#count(round, vote);
  }

  #count(at: VotingRound, vote: SignedVote): void {
    const { kind, round, setId, target, signature } = vote;
    const voter = this.#voters.indexOf(vote.voter);
    if (voter === undefined || this.#ports.view.numberOf(target.hash) !== target.number) return;
    if (kind === 'primary') {
      if (voter === this.#voters.primaryOf(round)) at.primaryHint ??= target;
      return;
    }
    const outcome = at.round.addVote(kind, voter, { target, signature }, this.#ports.view);
    if (outcome !== 'equivocation') return;
    const cast = at.round.votesOf(kind, voter);
    invariant(cast?.second, 'an equivocator has two votes');
    const proof = { setId, round, phase: kind, voter: vote.voter, first: cast.first, second: cast.second };
    if (vote.voter !== this.#config.localKey) this.#effects.push({ type: 'equivocation', proof });
  }

  /** GR-83: a vote with the local key that this voter did not cast: another process, or a database from before. */
  #checkOwnVote({ kind, round, target }: SignedVote): void {
    const isBest = round === this.#best.round.number;
    if (isBest && this.#best.own[kind]?.hash === target.hash) return;
    if (this.#isKeyInUse || !this.isVoting) return;
    this.#isKeyInUse = true;
    this.#outbox = [];
    this.#effects.push({ type: 'key-in-use', round });
  }

  #receivePacket(peer: string, packet: NeighbourPacket): void {
    if (!this.#peers.update(peer, packet)) return this.#penalise(peer, 'backwards');
    const { resendMs, catchUpTimeoutMs } = this.#config;
    const mayAnswer = (kind: 'commit' | 'handover') => this.#peers.mayAnswer(peer, kind, this.#nowMs, resendMs);
    if (packet.setId === this.#setId - 1 && this.#handover && mayAnswer('handover')) {
      this.#effects.push({ type: 'send', peer, message: { type: 'commit', commit: this.#handover } });
    }
    if (packet.setId !== this.#setId) return;
    const commit = this.#lastCommit;
    if (commit?.setId === this.#setId && commit.target.number > packet.commitHeight && mayAnswer('commit')) {
      this.#effects.push({ type: 'send', peer, message: { type: 'commit', commit } });
    }
    const ahead = packet.round - this.#best.round.number;
    const isStuck = this.#nowMs >= this.#best.openedMs + resendMs;
    if (this.#asked || this.#isPaused || !(ahead >= 2 || (ahead === 1 && isStuck))) return;
    this.#asked = { peer, untilMs: this.#nowMs + catchUpTimeoutMs };
    const request = { round: packet.round - 1, setId: this.#setId };
    this.#effects.push({ type: 'send', peer, message: { type: 'catch-up-request', request } });
  }

  #answerCatchUp(peer: string, { round, setId }: { readonly round: number; readonly setId: number }): void {
    const last = this.#past[0]?.round;
    if (setId !== this.#setId || !last?.state.completable || round > last.number) return;
    if (!this.#peers.mayAnswer(peer, 'catch-up', this.#nowMs, this.#config.resendMs)) return;
    this.#effects.push({
      type: 'send',
      peer,
      message: { type: 'catch-up', catchUp: createCatchUp(last, this.#setId) },
    });
  }

  #receiveCatchUp(peer: string, catchUp: CatchUp): void {
    if (this.#asked?.peer !== peer) return this.#penalise(peer, 'unsolicited-catch-up');
    this.#asked = undefined;
    this.#openCatchUp(peer, catchUp);
  }

  #openCatchUp(peer: string, catchUp: CatchUp): void {
    this.#waitingCatchUp = undefined;
    const best = this.#best.round.number;
    if (catchUp.setId !== this.#setId || catchUp.round < best || this.#isPaused) return;
    const opened = openCatchUp(catchUp, this.#voters, this.#ports.view, this.#ports.verify);
    if (opened.outcome === 'invalid') return this.#penalise(peer, 'bad-catch-up');
    if (opened.outcome === 'missing') {
      this.#waitingCatchUp = { peer, catchUp };
      return;
    }
    if (catchUp.round > best) {
      const completed = new VotingRound(opened.round, this.#best.previous, this.#nowMs, this.#config);
      completed.stage = 'precommitted';
      return this.#open(catchUp.round + 1, completed);
    }
    for (const kind of ['prevote', 'precommit'] as const) {
      for (const entry of entriesOf(opened.round, kind)) {
        this.#count(this.#best, { kind, round: best, setId: this.#setId, ...entry });
      }
    }
  }

  #resend(): void {
    this.#best.resendAtMs = this.#nowMs + this.#config.resendMs;
    if (this.#isPaused) return;
    this.#announce();
    for (const { round } of [this.#best, ...this.#past.slice(0, 1)]) {
      for (const kind of ['prevote', 'precommit'] as const) {
        for (const entry of entriesOf(round, kind)) {
          this.#broadcast({ type: 'vote', vote: { kind, round: round.number, setId: this.#setId, ...entry } });
        }
      }
    }
  }

  #announce(): void {
    const { number } = this.#best.round;
    const packet = { round: number, setId: this.#setId, commitHeight: this.#finalized.number };
    this.#broadcast({ type: 'neighbour', packet });
  }

  // ——— finality ———

  #receiveCommit(waiting: WaitingCommit): void {
    const { peer, commit } = waiting;
    const { view, verify } = this.#ports;
    if (commit.setId !== this.#setId || this.#isPaused) return;
    const isOld = commit.target.number <= this.#finalized.number;
    if (isOld && isEqualOrDescendant(view, commit.target, this.#finalized)) return;
    const problem = findCommitProblem(commit, this.#voters, view, verify);
    if (problem === 'unknown-block') {
      const waits = this.#waitingCommits.filter((each) => each.peer !== peer);
      this.#waitingCommits = [...waits, waiting].slice(-maxWaitingCommits);
      return;
    }
    if (problem) return this.#penalise(peer, 'bad-commit');
    if (!isOld && commit.target.number > (this.#pending.limitOf(view, commit.target) ?? commit.target.number)) {
      return this.#penalise(peer, 'beyond-limit');
    }
    const round = this.#roundOf(commit.round);
    if (round) {
      for (const entry of commit.precommits) {
        this.#count(round, { kind: 'precommit', round: commit.round, setId: commit.setId, ...entry });
      }
    }
    if (this.#dueCommit && this.#dueCommit.commit.target.number <= commit.target.number) this.#dueCommit = undefined;
    this.#finalize(commit.target, commit);
  }

  /** Finalizes the highest block that a round proves. True if something became final. */
  #finalizeFromRounds(): boolean {
    for (const at of [this.#best, ...this.#past]) {
      const { round } = at;
      if (at.checkedRevision === round.revision) continue;
      at.checkedRevision = round.revision;
      if (!round.state.finalized) continue;
      const commit = createCommit(round, this.#setId, this.#ports.view);
      if (!commit || commit.target.number <= this.#finalized.number) continue;
      const limit = this.#pending.limitOf(this.#ports.view, commit.target);
      if (limit !== undefined && commit.target.number > limit) continue;
      const delayMs = Math.floor(this.#ports.random() * this.#config.commitDelayMs);
      this.#dueCommit = { commit, atMs: this.#dueCommit?.atMs ?? this.#nowMs + delayMs };
      this.#finalize(commit.target, commit);
      return true;
    }
    return false;
  }

  #finalize(block: BlockRef, commit: Commit | undefined): void {
    const { view } = this.#ports;
    if (block.number <= this.#finalized.number && isEqualOrDescendant(view, block, this.#finalized)) return;
    if (!isEqualOrDescendant(view, this.#finalized, block)) {
      this.#state = 'halted';
      this.#effects.push({ type: 'halt', finalized: this.#finalized, conflicting: block, commit });
      return;
    }
    this.#finalized = block;
    if (commit) this.#lastCommit = commit;
    const { next, isPause } = this.#pending.enact(view, block);
    if (isPause) this.#isPaused = true;
    if (next) this.#changeSet(block, commit, next);
    else this.#effects.push({ type: 'finalize', block, commit, change: undefined });
    if (isPause && !next) this.#persist();
    this.#announce();
  }

  /** Synchronisation has proofs for blocks beyond a set change: each change on the way is enacted at its own block. */
  #finalizeProven(block: BlockRef): void {
    const { view } = this.#ports;
    if (view.numberOf(block.hash) !== block.number) return;
    for (;;) {
      const limit = this.#pending.limitOf(view, block);
      const stop = limit !== undefined && limit < block.number ? ancestorAt(view, block, limit) : undefined;
      if (!stop || stop.number <= this.#finalized.number || this.#state !== 'running') break;
      this.#finalize(stop, undefined);
    }
    if (this.#state === 'running') this.#finalize(block, undefined);
  }

  #changeSet(block: BlockRef, commit: Commit | undefined, next: EnactedSet): void {
    this.#handover = commit;
    if (this.#recoverAfterMs !== undefined && next.timeMs > this.#recoverAfterMs) this.#recoverAfterMs = undefined;
    this.#enterSet(this.#setId + 1, VoterSet.of(next.authorities), block);
    const change = {
      write: ++this.#lastWrite,
      record: this.#record(),
      authorities: this.#authorities,
    };
    this.#effects.push({ type: 'finalize', block, commit, change });
  }

  #sendDueCommit(): void {
    const due = this.#dueCommit;
    if (!due || this.#nowMs < due.atMs) return;
    this.#dueCommit = undefined;
    this.#broadcast({ type: 'commit', commit: due.commit });
  }

  // ——— blocks ———

  #imported(block: BlockRef, changes: readonly AuthorityChange[], timeMs: number): void {
    this.#announced(block, changes, timeMs);
    if (this.#isPaused && this.#pending.takeResume(this.#ports.view, block)) {
      this.#isPaused = false;
      this.#persist();
    }
    for (const vote of this.#blockless.take(({ target }) => target.hash === block.hash)) this.#accept(vote);
    const waiting = this.#waitingCommits;
    this.#waitingCommits = [];
    for (const each of waiting) this.#receiveCommit(each);
    if (this.#waitingCatchUp) this.#openCatchUp(this.#waitingCatchUp.peer, this.#waitingCatchUp.catchUp);
  }

  #announced(block: BlockRef, changes: readonly AuthorityChange[], timeMs: number): void {
    for (const change of changes) this.#pending.add(block, change, timeMs);
  }

  // ——— output ———

  #setTimer(): void {
    const { resendAtMs } = this.#best;
    const voteAtMs = this.#isPaused ? undefined : this.#best.nextVoteAtMs(this.#config);
    let atMs = resendAtMs;
    for (const each of [voteAtMs, this.#dueCommit?.atMs, this.#asked?.untilMs]) {
      // A vote whose time has come waits for votes of others; only they bring it on.
      if (each !== undefined && each > this.#nowMs && each < atMs) atMs = each;
    }
    if (atMs === this.#timerAtMs) return;
    this.#timerAtMs = atMs;
    this.#effects.push({ type: 'timer', atMs });
  }

  #broadcast(message: Message): void {
    this.#effects.push({ type: 'broadcast', message });
  }

  #penalise(peer: string, reason: PenaltyReason): void {
    this.#effects.push({ type: 'penalise', peer, reason });
  }
}
