// Verified votes that wait for their block, or for their round. Bounded by voter, so that nobody can displace the votes of
// others (GR-23).
import type { SignedVote } from './messages.js';

/** Two prevotes, two precommits and a proposal, in each of three rounds. */
const maxPerVoter = 15;

export class VoteQueue {
  #votes: SignedVote[] = [];

  get size(): number {
    return this.#votes.length;
  }

  add(vote: SignedVote): void {
    let waiting = 0;
    for (const each of this.#votes) {
      if (each.voter !== vote.voter) continue;
      waiting++;
      if (each.kind === vote.kind && each.round === vote.round && each.target.hash === vote.target.hash) return;
    }
    if (waiting < maxPerVoter) this.#votes.push(vote);
  }

  /** Takes the votes that fulfil the condition out, in their order of arrival. */
  take(isDue: (vote: SignedVote) => boolean): SignedVote[] {
    if (this.#votes.length === 0) return [];
    const due = this.#votes.filter(isDue);
    if (due.length > 0) this.#votes = this.#votes.filter((vote) => !due.includes(vote));
    return due;
  }

  /** Drops the votes of earlier rounds. */
  prune(firstRound: number): void {
    this.#votes = this.#votes.filter(({ round }) => round >= firstRound);
  }

  clear(): void {
    this.#votes = [];
  }
}
