// Commits on their way: those that wait for a block, the own one that waits for its random delay, and those that peers may
// lack. docs/protocol/grandpa.md §5.
import type { Commit } from './messages.js';

/** Commits that wait for a block. */
const maxWaiting = 16;

export interface PeerCommit {
  readonly peer: string;
  readonly commit: Commit;
}

export class CommitDesk {
  /** The commit that ended the set before, for peers that still are in it. */
  handover: Commit | undefined;
  /** Proof of the last finalized block that was proven by a commit. */
  last: Commit | undefined;
  #waiting: PeerCommit[] = [];
  #due: { readonly atMs: number; readonly commit: Commit } | undefined;

  /** Time at which an own commit is to be sent. */
  get dueAtMs(): number | undefined {
    return this.#due?.atMs;
  }

  /** Keeps a commit until blocks arrive: one of each peer, and 16 in all. */
  wait(commit: PeerCommit): void {
    this.#waiting = [...this.#waiting.filter(({ peer }) => peer !== commit.peer), commit].slice(-maxWaiting);
  }

  takeWaiting(): readonly PeerCommit[] {
    const waiting = this.#waiting;
    if (waiting.length > 0) this.#waiting = [];
    return waiting;
  }

  /** GR-32: an own commit is sent after a delay. A later one takes its place and its time. */
  schedule(commit: Commit, atMs: number): void {
    this.#due = { commit, atMs: this.#due?.atMs ?? atMs };
  }

  /** GR-32: whether a valid commit of somebody else makes the own one superfluous. */
  isSurpassedBy(commit: Commit): boolean {
    return this.#due !== undefined && this.#due.commit.target.number <= commit.target.number;
  }

  cancel(): void {
    this.#due = undefined;
  }

  takeDue(nowMs: number): Commit | undefined {
    const due = this.#due;
    if (!due || nowMs < due.atMs) return undefined;
    this.#due = undefined;
    return due.commit;
  }
}
