// The GRANDPA voter: a reducer without I/O. Each step takes one input and the time, changes the state, and gives the effects in
// the order in which they are to be carried out. docs/protocol/grandpa.md, ADR 77.
//
// Order of a vote (GR-80): `persist` → the caller makes it durable → `written` → signature → `broadcast`. A crash before
// `written` loses a vote that nobody saw; a crash after it repeats the same vote.
import { invariant } from '@cess/primitives';
import { openCatchUp, votesOf } from './catch-up.js';
import { ancestorAt, type BlockRef, isEqualOrDescendant } from './chain-view.js';
import { createCommit, findCommitProblem } from './commit.js';
import { CommitDesk, type PeerCommit } from './commit-desk.js';
import type { CatchUp, Commit, Message, SignedVote, UnsignedVote, VoteKind } from './messages.js';
import { PeerDesk } from './peer-desk.js';
import { type AuthorityChange, type EnactedSet, PendingChanges } from './pending-changes.js';
import type { Round } from './round.js';
import { Rounds } from './rounds.js';
import { checkVote, findEquivocation, isForeign } from './vote-check.js';
import { isMarkOf, isPastMark, markedVotes, type VoteMark } from './vote-mark.js';
import { VoteQueue } from './vote-queue.js';
import { encodeVoterRecord } from './voter-record.js';
import type { VoterSet } from './voter-set.js';
import { findRecord } from './voter-start.js';
import type { PenaltyReason, VoterConfig, VoterEffect, VoterInput, VoterPorts, VoterStart } from './voter-types.js';
import { VotingRound } from './voting-round.js';

/**
 * Rounds of the past whose votes are repeated: a peer that is one round behind may need votes of the round before its own to end that one, and a
 * catch-up does not bring it over it (GR-16).
 */
const repeatedRounds = 2;

export class Voter {
  readonly #config: VoterConfig;
  readonly #ports: VoterPorts;
  readonly #pending = new PendingChanges();
  /** Votes for blocks that are not imported. */
  readonly #blockless = new VoteQueue();
  /** Votes of the next round. */
  readonly #early = new VoteQueue();
  readonly #commits = new CommitDesk();
  readonly #peers: PeerDesk;

  #state: 'new' | 'running' | 'halted' = 'new';
  #epoch = new Uint8Array(16);
  #recoverAfterMs: number | undefined;
  /** Votes that are not in the database. */
  #lost: VoteMark | undefined;
  #isPaused = false;
  #isKeyInUse = false;
  #isAnnouncing = false;
  #rounds!: Rounds;
  #finalized!: BlockRef;

  #lastWrite = 0;
  #outbox: { readonly write: number; readonly vote: UnsignedVote }[] = [];
  #timerAtMs: number | undefined;
  #nowMs = 0;
  #effects: VoterEffect[] = [];

  constructor(config: VoterConfig, ports: VoterPorts) {
    this.#config = config;
    this.#ports = ports;
    this.#peers = new PeerDesk(config, this.#commits);
  }

  get finalized(): BlockRef {
    return this.#finalized;
  }

  get setId(): number {
    return this.#rounds.setId;
  }

  get voters(): VoterSet {
    return this.#rounds.voters;
  }

  /** The current round; its votes and state are for reading. */
  get round(): Round {
    return this.#rounds.best.round;
  }

  /** Rounds of the past that still count votes, the latest first. */
  get pastRounds(): Round[] {
    return this.#rounds.past.map(({ round }) => round);
  }

  /** Whether the voter casts votes in this round: a member, not paused, not in recovery, and its key not used elsewhere. */
  get isVoting(): boolean {
    return this.#maySpeak && isPastMark(this.#lost, this.#rounds.setId, this.#rounds.best.round.number);
  }

  /** Whether the voter may say again what it has said. */
  get #maySpeak(): boolean {
    const { localKey } = this.#config;
    const isMember = localKey !== undefined && this.#rounds.voters.indexOf(localKey) !== undefined;
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
    this.#tellPlace();
    if (this.#state === 'running') this.#setTimer();
    return this.#effects;
  }

  #handle(input: VoterInput): void {
    switch (input.type) {
      case 'start':
        return this.#start(input.start);
      case 'message':
        return this.#receive(input.peer, input.message);
      case 'disconnected':
        return this.#peers.disconnected(input.peer);
      case 'imported':
        return this.#imported(input.block, input.changes, input.timeMs);
      case 'written':
        return this.#written(input.write);
      case 'finalized':
        return this.#finalizeProven(input.block);
    }
  }

  #start(start: VoterStart): void {
    const { epoch, finalized, authorities, announced } = start;
    for (const { block, changes, timeMs } of announced) this.#pending.addAll(block, changes, timeMs);
    this.#epoch = epoch.slice();
    this.#finalized = finalized;
    const { record, isOfSet, lost, isUnknown } = findRecord(start);
    [this.#lost, this.#state] = [lost, 'running'];
    this.#recoverAfterMs = isUnknown ? this.#nowMs : record?.recoverAfterMs;
    this.#isPaused = record?.isPaused ?? false;
    if (record && isOfSet) {
      this.#commits.handover = record.handover;
      this.#rounds = Rounds.restore(record, this.#nowMs, this.#config, this.#ports.view);
      // GR-81: the stored votes again, never others. The voter may need them itself to reach the round of a lost vote (GR-82).
      if (this.#maySpeak && !isMarkOf(lost, this.setId, this.round.number))
        for (const vote of markedVotes(this.#mark())) this.#send(vote);
    } else this.#rounds = new Rounds(authorities, finalized, this.#nowMs, this.#config);
    this.#persist();
    this.#recast();
    this.#announce();
  }

  /** GR-82: in the round of the lost votes they are cast once more, the same ones. */
  #recast(): void {
    const lost = this.#lost;
    if (!isMarkOf(lost, this.setId, this.round.number)) return;
    this.#lost = undefined;
    this.#rounds.best.recast(lost.votes);
    const write = this.#persist();
    for (const vote of markedVotes(lost)) this.#outbox.push({ write, vote });
  }

  /** The own votes of the current round. */
  #mark(): VoteMark {
    const { round, own } = this.#rounds.best;
    return { setId: this.#rounds.setId, round: round.number, votes: { ...own } };
  }

  #record(): Uint8Array {
    return encodeVoterRecord({
      epoch: this.#epoch,
      recoverAfterMs: this.#recoverAfterMs,
      isPaused: this.#isPaused,
      ...this.#rounds.toRecord(),
      handover: this.#commits.handover,
    });
  }

  #persist(mark?: VoteMark): number {
    const write = ++this.#lastWrite;
    this.#effects.push({ type: 'persist', write, record: this.#record(), mark });
    return write;
  }

  #written(write: number): void {
    const due = this.#outbox.filter((each) => each.write <= write);
    this.#outbox = this.#outbox.filter((each) => each.write > write);
    if (this.isVoting) for (const { vote } of due) this.#send(vote);
  }

  /** Puts the vote on disk; it is sent when it is there. */
  #cast(kind: VoteKind, target: BlockRef): void {
    this.#rounds.best.own[kind] = target;
    const mark = this.#mark();
    const vote = { kind, round: mark.round, setId: mark.setId, target };
    this.#outbox.push({ write: this.#persist(mark), vote });
  }

  #send(vote: UnsignedVote): void {
    const { localKey } = this.#config;
    if (localKey === undefined) return;
    const signed = { ...vote, voter: localKey, signature: this.#ports.sign(vote) };
    this.#broadcast({ type: 'vote', vote: signed });
    const round = this.#rounds.find(vote.round);
    if (round) this.#count(round, signed);
  }

  #advance(): void {
    while (this.#state === 'running') {
      this.#vote();
      if (this.#finalizeFromRounds()) continue;
      if (!this.#rounds.best.isComplete()) break;
      this.#open(this.#rounds.best);
    }
    if (this.#state !== 'running') return;
    const due = this.#commits.takeDue(this.#nowMs);
    if (due) this.#broadcast({ type: 'commit', commit: due });
    if (this.#nowMs >= this.#rounds.best.resendAtMs) this.#resend();
    this.#peers.expire(this.#nowMs);
  }

  #vote(): void {
    if (this.#isPaused) return;
    const best = this.#rounds.best;
    const { round, own } = best;
    const { view } = this.#ports;
    const isVoting = this.isVoting;
    const { localKey } = this.#config;
    if (
      isVoting &&
      best.stage === 'started' &&
      !own.primary &&
      localKey === this.#rounds.voters.keys[this.#rounds.voters.primaryOf(round.number)]
    ) {
      const proposal = best.proposal();
      if (proposal) this.#cast('primary', proposal);
    }
    if (best.isPrevoteDue(this.#nowMs)) {
      const target = best.prevoteTarget(view, this.#pending, this.#finalized, this.#config);
      if (!round.voters.isSole(localKey) || target.number > this.#finalized.number /* GR-17 */) {
        best.stage = 'prevoted';
        if (isVoting) this.#cast('prevote', target);
      }
    }
    if (best.isPrecommitDue(this.#nowMs, view)) {
      best.stage = 'precommitted';
      const ghost = round.state.prevoteGhost;
      // GR-80: no precommit without a prevote on disk.
      if (isVoting && ghost && own.prevote) this.#cast('precommit', ghost);
    }
  }

  /** The record is written with the first vote of the round: before that, nothing in it binds the voter. */
  #open(completed: VotingRound): void {
    this.#rounds.open(completed, this.#nowMs, this.#finalized);
    this.#recast();
    const { number } = this.#rounds.best.round;
    this.#blockless.prune(number - 1);
    this.#early.prune(number);
    for (const vote of this.#early.take((each) => each.round === number)) this.#accept(vote);
    this.#announce();
  }

  #receive(peer: string, message: Message): void {
    switch (message.type) {
      case 'vote':
        return this.#receiveVote(peer, message.vote);
      case 'commit':
        return this.#receiveCommit({ peer, commit: message.commit });
      case 'neighbour':
      case 'catch-up-request':
        return this.#answer(peer, message);
      case 'catch-up':
        return this.#receiveCatchUp(peer, message.catchUp);
    }
  }

  #receiveVote(peer: string, vote: SignedVote): void {
    if (this.#isPaused) return;
    const verdict = checkVote(vote, this.#rounds, this.#ports.view, this.#ports.verify);
    if (verdict === 'ignore') return;
    if (verdict !== 'accept') return this.#penalise(peer, verdict);
    if (vote.voter === this.#config.localKey) this.#checkOwnVote(vote);
    this.#accept(vote);
  }

  /** A verified vote: counts it now, or keeps it until its round opens or its block is imported. */
  #accept(vote: SignedVote): void {
    if (vote.round > this.#rounds.best.round.number) return this.#early.add(vote);
    if (this.#ports.view.numberOf(vote.target.hash) === undefined) {
      this.#blockless.add(vote);
      return this.#miss(vote.target);
    }
    const round = this.#rounds.find(vote.round);
    if (round) this.#count(round, vote);
  }

  #count(at: VotingRound, vote: SignedVote): void {
    const { kind, round, target, signature } = vote;
    const voter = this.#rounds.voters.indexOf(vote.voter);
    if (voter === undefined || this.#ports.view.numberOf(target.hash) !== target.number) return;
    if (kind === 'primary') {
      if (voter === this.#rounds.voters.primaryOf(round)) at.primaryHint ??= target;
      return;
    }
    at.round.addVote(kind, voter, { target, signature }, this.#ports.view);
    const proof = vote.voter === this.#config.localKey ? undefined : findEquivocation(vote, voter, at);
    if (proof) this.#effects.push({ type: 'equivocation', proof });
  }

  /** GR-83: a vote with the local key that this voter did not cast: another process, or a database from before. */
  #checkOwnVote(vote: SignedVote): void {
    if (!this.isVoting || !isForeign(vote, this.#rounds)) return;
    this.#isKeyInUse = true;
    this.#outbox = [];
    this.#effects.push({ type: 'key-in-use', round: vote.round });
  }

  /** What the peer lacks, and what this voter lacks and the peer has. */
  #answer(peer: string, message: Extract<Message, { readonly type: 'neighbour' | 'catch-up-request' }>): void {
    const at = { nowMs: this.#nowMs, isPaused: this.#isPaused };
    if (message.type === 'catch-up-request') {
      const answer = this.#peers.answerCatchUp(peer, message.request, this.#rounds, this.#nowMs);
      if (answer) this.#effects.push({ type: 'send', peer, message: answer });
      return;
    }
    const answers = this.#peers.receivePacket(peer, message.packet, this.#rounds, at);
    if (answers === 'backwards') return this.#penalise(peer, 'backwards');
    for (const answer of answers) this.#effects.push({ type: 'send', peer, message: answer });
  }

  #receiveCatchUp(peer: string, catchUp: CatchUp): void {
    if (!this.#peers.takeAsked(peer)) return this.#penalise(peer, 'unsolicited-catch-up');
    this.#openCatchUp(peer, catchUp);
  }

  #openCatchUp(peer: string, catchUp: CatchUp): void {
    this.#peers.waiting = undefined;
    const best = this.#rounds.best.round.number;
    if (catchUp.setId !== this.#rounds.setId || catchUp.round < best || this.#isPaused) return;
    const opened = openCatchUp(catchUp, this.#rounds.voters, this.#ports.view, this.#ports.verify);
    if (opened.outcome === 'invalid') return this.#penalise(peer, 'bad-catch-up');
    if (opened.outcome === 'missing') {
      this.#peers.waiting = { peer, catchUp };
      return this.#miss(opened.block);
    }
    if (catchUp.round > best) {
      const completed = new VotingRound(opened.round, this.#rounds.best.previous, this.#nowMs, this.#config);
      completed.stage = 'precommitted';
      return this.#open(completed);
    }
    for (const vote of votesOf(opened.round, this.#rounds.setId)) this.#count(this.#rounds.best, vote);
  }

  #resend(): void {
    this.#rounds.best.resendAtMs = this.#nowMs + this.#config.resendMs;
    if (this.#isPaused) return;
    this.#announce();
    for (const { round } of [this.#rounds.best, ...this.#rounds.past.slice(0, repeatedRounds)]) {
      for (const vote of votesOf(round, this.#rounds.setId)) this.#broadcast({ type: 'vote', vote });
    }
  }

  /** At the end of the step: one packet says what the whole step changed. */
  #announce(): void {
    this.#isAnnouncing = true;
  }

  #tellPlace(): void {
    if (!this.#isAnnouncing) return;
    this.#isAnnouncing = false;
    const { number } = this.#rounds.best.round;
    const packet = { round: number, setId: this.#rounds.setId, commitHeight: this.#finalized.number };
    this.#broadcast({ type: 'neighbour', packet });
  }

  #receiveCommit(received: PeerCommit): void {
    const { peer, commit } = received;
    const { view, verify } = this.#ports;
    if (commit.setId !== this.#rounds.setId || this.#isPaused) return;
    const isOld = commit.target.number <= this.#finalized.number;
    const isKnown = isOld && isEqualOrDescendant(view, commit.target, this.#finalized);
    if (isKnown && !this.#commits.isSurpassedBy(commit)) return;
    const problem = findCommitProblem(commit, this.#rounds.voters, view, verify);
    if (problem === 'unknown-block') {
      this.#commits.wait(received);
      for (const { target } of [commit, ...commit.precommits]) this.#miss(target);
      return;
    }
    if (problem) return this.#penalise(peer, 'bad-commit');
    if (!isOld && commit.target.number > (this.#pending.limitOf(view, commit.target) ?? commit.target.number)) {
      return this.#penalise(peer, 'beyond-limit');
    }
    const round = this.#rounds.find(commit.round);
    if (round) {
      for (const entry of commit.precommits) {
        this.#count(round, { kind: 'precommit', round: commit.round, setId: commit.setId, ...entry });
      }
    }
    if (this.#commits.isSurpassedBy(commit)) this.#commits.cancel();
    this.#finalize(commit.target, commit);
  }

  /** Finalizes the highest block that a round proves. True if something became final. */
  #finalizeFromRounds(): boolean {
    for (const at of [this.#rounds.best, ...this.#rounds.past]) {
      const { round } = at;
      if (at.checkedRevision === round.revision) continue;
      at.checkedRevision = round.revision;
      if (!round.state.finalized) continue;
      const commit = createCommit(round, this.#rounds.setId, this.#ports.view, this.#finalized.number);
      if (!commit) continue;
      const limit = this.#pending.limitOf(this.#ports.view, commit.target);
      if (limit !== undefined && commit.target.number > limit) continue;
      const delayMs = Math.floor(this.#ports.random() * this.#config.commitDelayMs);
      this.#commits.schedule(commit, this.#nowMs + delayMs);
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
    if (commit) this.#commits.last = commit;
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
    this.#commits.handover = commit;
    if (this.#recoverAfterMs !== undefined && next.timeMs > this.#recoverAfterMs) this.#recoverAfterMs = undefined;
    this.#outbox = [];
    this.#commits.takeWaiting();
    this.#peers.clear();
    this.#blockless.clear();
    this.#early.clear();
    const authorities = { setId: BigInt(this.#rounds.setId + 1), authorities: next.authorities };
    this.#rounds = new Rounds(authorities, block, this.#nowMs, this.#config);
    const change = { write: ++this.#lastWrite, record: this.#record(), authorities: this.#rounds.authorities };
    this.#effects.push({ type: 'finalize', block, commit, change });
  }

  #imported(block: BlockRef, changes: readonly AuthorityChange[], timeMs: number): void {
    this.#pending.addAll(block, changes, timeMs);
    this.#rounds.best.noteImport(this.#nowMs);
    if (this.#isPaused && this.#pending.takeResume(this.#ports.view, block)) {
      this.#isPaused = false;
      this.#persist();
    }
    for (const vote of this.#blockless.take(({ target }) => target.hash === block.hash)) this.#accept(vote);
    for (const each of this.#commits.takeWaiting()) this.#receiveCommit(each);
    const waiting = this.#peers.takeWaiting();
    if (waiting) this.#openCatchUp(waiting.peer, waiting.catchUp);
  }

  #setTimer(): void {
    const { resendAtMs } = this.#rounds.best;
    const voteAtMs = this.#isPaused ? undefined : this.#rounds.best.nextVoteAtMs();
    // A vote whose time has come waits for votes of others; only they bring it on.
    const isDue = (each: number | undefined): each is number => each !== undefined && each > this.#nowMs;
    const atMs = Math.min(resendAtMs, ...[voteAtMs, this.#commits.dueAtMs, this.#peers.answerDueMs].filter(isDue));
    if (atMs === this.#timerAtMs) return;
    this.#timerAtMs = atMs;
    this.#effects.push({ type: 'timer', atMs });
  }

  #broadcast(message: Message): void {
    this.#effects.push({ type: 'broadcast', message });
  }

  #miss(block: BlockRef): void {
    if (this.#ports.view.numberOf(block.hash) === undefined) this.#effects.push({ type: 'missing', block });
  }

  #penalise(peer: string, reason: PenaltyReason): void {
    this.#effects.push({ type: 'penalise', peer, reason });
  }
}
