// The votes of one round and what follows from them: prevote GHOST, estimate, finalized block, completability.
// Knows no time, no signature rules and no network. Source: finality-grandpa `Round`; docs/protocol/grandpa.md §2.
import { elementAt } from '@cess/primitives';
import type { BlockRef, ChainView } from './chain-view.js';
import { VoteGraph } from './vote-graph.js';
import type { VoterSet } from './voter-set.js';

export type Phase = 'prevote' | 'precommit';

/** One vote as it is kept. */
export interface Ballot {
  readonly target: BlockRef;
  readonly signature: Uint8Array;
}

/** What a voter said in one phase: one vote, or two different ones. Further ones add nothing and are not kept. */
export interface CastVotes {
  readonly first: Ballot;
  second: Ballot | undefined;
}

export interface RoundState {
  /** Highest block with prevotes of threshold weight: g(V). */
  readonly prevoteGhost: BlockRef | undefined;
  /** Highest block at or below g with precommits of threshold weight. */
  readonly finalized: BlockRef | undefined;
  /** Highest block at or below g that precommits of threshold weight could still support: E. */
  readonly estimate: BlockRef | undefined;
  /** Nothing above E can be finalized in this round any more. */
  readonly completable: boolean;
}

/** State before the first round of a set: its base is final. */
export function genesisRoundState(base: BlockRef): RoundState {
  return { prevoteGhost: base, finalized: base, estimate: base, completable: true };
}

/**
 * `added`, `equivocation`: the vote counts. `duplicate`: the same target again, whatever the signature. `surplus`: a third
 * target. `unrelated`: the target does not descend from the base of the round; nothing was counted.
 */
export type VoteOutcome = 'added' | 'equivocation' | 'duplicate' | 'surplus' | 'unrelated';

class Tally {
  readonly cast: (CastVotes | undefined)[];
  /** Weight of all who voted, each once. */
  weight = 0;
  /** Weight of those who voted for two blocks. */
  equivocated = 0;

  constructor(voterCount: number) {
    this.cast = new Array<CastVotes | undefined>(voterCount).fill(undefined);
  }
}

export class Round {
  readonly number: number;
  readonly voters: VoterSet;
  readonly #graph: VoteGraph;
  readonly #tallies: Readonly<Record<Phase, Tally>>;
  /** Bits of equivocators, which count for every block. */
  readonly #equivocators: Uint32Array;
  #state: RoundState = { prevoteGhost: undefined, finalized: undefined, estimate: undefined, completable: false };
  #revision = 0;

  constructor(number: number, voters: VoterSet, base: BlockRef) {
    this.number = number;
    this.voters = voters;
    this.#graph = new VoteGraph(base, voters.size);
    this.#tallies = { prevote: new Tally(voters.size), precommit: new Tally(voters.size) };
    this.#equivocators = new Uint32Array(Math.ceil((2 * voters.size) / 32));
  }

  get base(): BlockRef {
    return this.#graph.base;
  }

  get state(): RoundState {
    return this.#state;
  }

  /** Grows with every vote that counts. */
  get revision(): number {
    return this.#revision;
  }

  /** Whether a vote for the block would count. */
  accepts(block: BlockRef, view: ChainView): boolean {
    return this.#graph.reaches(block, view);
  }

  /** What the voter cast in the phase. */
  votesOf(phase: Phase, voter: number): CastVotes | undefined {
    return this.#tallies[phase].cast[voter];
  }

  /** Weight of the voters whose vote of this phase was seen. */
  participation(phase: Phase): number {
    return this.#tallies[phase].weight;
  }

  /** Counts a vote of a member whose signature is right. */
  addVote(phase: Phase, voter: number, ballot: Ballot, view: ChainView): VoteOutcome {
    const tally = this.#tallies[phase];
    const cast = tally.cast[voter];
    const bit = 2 * voter + (phase === 'prevote' ? 0 : 1);
    if (cast) {
      if (cast.first.target.hash === ballot.target.hash) return 'duplicate';
      if (cast.second) return cast.second.target.hash === ballot.target.hash ? 'duplicate' : 'surplus';
      if (!this.#graph.reaches(ballot.target, view)) return 'unrelated';
      cast.second = ballot;
      tally.equivocated += this.voters.weightAt(voter);
      this.#equivocators[bit >>> 5] = elementAt(this.#equivocators, bit >>> 5) | (1 << (bit & 31));
    } else {
      if (!this.#graph.insert(ballot.target, bit, view)) return 'unrelated';
      tally.cast[voter] = { first: ballot, second: undefined };
      tally.weight += this.voters.weightAt(voter);
    }
    this.#revision++;
    this.#update(phase);
    return cast ? 'equivocation' : 'added';
  }

  /** Highest block with precommits of threshold weight, at or above `from`. Prevotes do not matter. */
  precommitGhost(from?: BlockRef): BlockRef | undefined {
    const { threshold } = this.voters;
    if (this.#tallies.precommit.weight < threshold) return undefined;
    return this.#graph.findGhost(from, (bits) => this.#weigh(bits, 1) >= threshold);
  }

  /** Weight of the precommits (1) or prevotes (0) among the bits, equivocators included. */
  #weigh(bits: Uint32Array, parity: 0 | 1): number {
    let weight = 0;
    for (let word = 0; word < bits.length; word++) {
      let set = ((elementAt(bits, word) | elementAt(this.#equivocators, word)) >>> parity) & 0x55555555;
      while (set !== 0) {
        const low = 31 - Math.clz32(set & -set);
        weight += this.voters.weightAt(word * 16 + low / 2);
        set &= set - 1;
      }
    }
    return weight;
  }

  #update(phase: Phase): void {
    const { threshold, totalWeight } = this.voters;
    const { prevote, precommit } = this.#tallies;
    if (prevote.weight < threshold) return;
    let ghost = this.#state.prevoteGhost;
    if (phase === 'prevote') ghost = this.#graph.findGhost(ghost, (bits) => this.#weigh(bits, 0) >= threshold);
    if (!ghost) return;
    if (precommit.weight < threshold) {
      // Any block can still get the missing precommits.
      this.#state = { prevoteGhost: ghost, finalized: undefined, estimate: ghost, completable: false };
      return;
    }
    const finalized = this.#graph.findAncestor(ghost, (bits) => this.#weigh(bits, 1) >= threshold);
    const unseen = totalWeight - precommit.weight;
    const moreEquivocations = Math.max(0, totalWeight - threshold - precommit.equivocated);
    const isPossible = (bits: Uint32Array): boolean => {
      const weight = this.#weigh(bits, 1);
      return weight + unseen + Math.min(precommit.weight - weight, moreEquivocations) >= threshold;
    };
    const estimate = this.#graph.findAncestor(ghost, isPossible);
    const completable =
      estimate !== undefined &&
      (estimate.hash !== ghost.hash || this.#graph.findGhost(estimate, isPossible)?.hash === ghost.hash);
    this.#state = { prevoteGhost: ghost, finalized, estimate, completable };
  }
}
