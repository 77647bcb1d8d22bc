// What the voter exchanges with single peers: where they say that they stand, what they lack, and catch-ups from them.
// docs/protocol/grandpa.md §4 and §8. Bounded.
import { createCatchUp } from './catch-up.js';
import type { CommitDesk } from './commit-desk.js';
import type { CatchUp, CatchUpRequest, Message, NeighbourPacket } from './messages.js';
import { PeerViews } from './peer-views.js';
import type { Rounds } from './rounds.js';
import type { VoterConfig } from './voter-types.js';

interface PeerCatchUp {
  readonly peer: string;
  readonly catchUp: CatchUp;
}

export class PeerDesk {
  /** A catch-up that waits for a block. */
  waiting: PeerCatchUp | undefined;
  readonly #views = new PeerViews();
  #asked: { readonly peer: string; readonly untilMs: number } | undefined;
  /** The last peer whose time for an answer is over. Its answer still counts: where all machines are slow, none comes in time. */
  #late: string | undefined;

  constructor(
    private readonly config: VoterConfig,
    private readonly commits: CommitDesk,
  ) {}

  /** Until when the peer that was asked for a catch-up may answer. */
  get answerDueMs(): number | undefined {
    return this.#asked?.untilMs;
  }

  /** What the peer is to be sent, first what it lacks; `backwards` if it said before that it was further (GR-22). */
  receivePacket(
    peer: string,
    packet: NeighbourPacket,
    rounds: Rounds,
    at: { readonly nowMs: number; readonly isPaused: boolean },
  ): readonly Message[] | 'backwards' {
    if (!this.#views.update(peer, packet)) return 'backwards';
    const { resendMs, catchUpTimeoutMs } = this.config;
    const { handover, last } = this.commits;
    const mayAnswer = (kind: 'commit' | 'handover') => this.#views.mayAnswer(peer, kind, at.nowMs, resendMs);
    const messages: Message[] = [];
    if (packet.setId === rounds.setId - 1 && handover && mayAnswer('handover')) {
      messages.push({ type: 'commit', commit: handover });
    }
    if (packet.setId !== rounds.setId) return messages;
    if (last?.setId === rounds.setId && last.target.number > packet.commitHeight && mayAnswer('commit')) {
      messages.push({ type: 'commit', commit: last });
    }
    const ahead = packet.round - rounds.best.round.number;
    const isStuck = at.nowMs >= rounds.best.openedMs + resendMs;
    if (this.#asked || at.isPaused || !(ahead >= 2 || (ahead === 1 && isStuck))) return messages;
    this.#asked = { peer, untilMs: at.nowMs + catchUpTimeoutMs };
    messages.push({ type: 'catch-up-request', request: { round: packet.round - 1, setId: rounds.setId } });
    return messages;
  }

  /** GR-71: the votes of the last completed round; undefined if they do not answer the request, or were sent a moment ago. */
  answerCatchUp(peer: string, request: CatchUpRequest, rounds: Rounds, nowMs: number): Message | undefined {
    const last = rounds.past[0]?.round;
    if (request.setId !== rounds.setId || !last?.state.completable || request.round > last.number) return undefined;
    if (!this.#views.mayAnswer(peer, 'catch-up', nowMs, this.config.resendMs)) return undefined;
    return { type: 'catch-up', catchUp: createCatchUp(last, rounds.setId) };
  }

  /** Whether this peer was asked for a catch-up, now or as the last one before; then its answer is here, and another peer may be asked. */
  takeAsked(peer: string): boolean {
    const isAsked = this.#asked?.peer === peer;
    const isLate = this.#late === peer;
    if (isAsked) this.#asked = undefined;
    else if (isLate) this.#late = undefined;
    return isAsked || isLate;
  }

  takeWaiting(): PeerCatchUp | undefined {
    const { waiting } = this;
    this.waiting = undefined;
    return waiting;
  }

  disconnected(peer: string): void {
    if (this.#asked?.peer === peer) this.#asked = undefined;
    if (this.#late === peer) this.#late = undefined;
    this.#views.remove(peer);
  }

  /** Gives up a peer that has not answered in time. */
  expire(nowMs: number): void {
    if (!this.#asked || nowMs < this.#asked.untilMs) return;
    this.#late = this.#asked.peer;
    this.#asked = undefined;
  }

  /** Another set: what was asked for is of no use. */
  clear(): void {
    this.#asked = undefined;
    this.#late = undefined;
    this.waiting = undefined;
  }
}
