// The rounds of one authority set that a voter keeps: the current one, those of the past that still matter, and what a restart
// needs of them. docs/protocol/grandpa.md §3 and §10.

import { createCatchUp } from './catch-up.js';
import type { BlockRef, ChainView } from './chain-view.js';
import { genesisRoundState, Round } from './round.js';
import type { AuthoritySet } from './verify-justification.js';
import { type CompletedRound, encodeCompletedRound, type VoterRecord } from './voter-record.js';
import { VoterSet } from './voter-set.js';
import type { VoterConfig } from './voter-types.js';
import { type OwnVotes, type PreviousRound, VotingRound } from './voting-round.js';

/** Rounds of the past that still count votes: more than those whose estimate is ever open at the same time. */
const maxPastRounds = 8;

export class Rounds {
  readonly setId: number;
  readonly authorities: AuthoritySet;
  readonly voters: VoterSet;
  readonly #config: VoterConfig;
  /** Block at which the set took effect. */
  readonly #setBase: BlockRef;
  /** Highest block that the rounds themselves finalized: base of the next round (commits run ahead of it). */
  #finalized: BlockRef;
  #best: VotingRound;
  #past: VotingRound[] = [];
  #recorded: { readonly round: Round; readonly revision: number; readonly bytes: Uint8Array } | undefined;

  /** Round 1 of the set. Throws `AUTHORITY_SET_INVALID`. */
  constructor(authorities: AuthoritySet, base: BlockRef, nowMs: number, config: VoterConfig) {
    this.setId = Number(authorities.setId);
    this.voters = VoterSet.of(authorities.authorities);
    this.authorities = this.voters.toAuthoritySet(this.setId);
    this.#config = config;
    this.#setBase = base;
    this.#finalized = base;
    const previous = { state: genesisRoundState(base) };
    this.#best = new VotingRound(new Round(1, this.voters, base), previous, nowMs, config);
  }

  /** The rounds as they were recorded. Own votes are those of the local key alone. */
  static restore(
    record: VoterRecord<CompletedRound | undefined>,
    nowMs: number,
    config: VoterConfig,
    view: ChainView,
  ): Rounds {
    const { current, completed } = record;
    const rounds = new Rounds(record.authorities, record.setBase, nowMs, config);
    const { voters } = rounds;
    rounds.#finalized = current.base;
    let previous: PreviousRound = rounds.#best.previous;
    if (completed) {
      const round = replay(completed, voters, view);
      // Blocks below the finalized one may be pruned; then the stored state stands for the votes.
      previous = round.state.completable ? round : { state: completed.state };
      rounds.#past = [new VotingRound(round, previous, nowMs, config)];
    }
    const isOwnKey = current.key !== undefined && current.key === config.localKey;
    const own: OwnVotes = isOwnKey ? { ...current.own } : {};
    rounds.#best = new VotingRound(new Round(current.number, voters, current.base), previous, nowMs, config, own);
    return rounds;
  }

  /** The current round. */
  get best(): VotingRound {
    return this.#best;
  }

  /** Rounds of the past that still count votes, the latest first. */
  get past(): readonly VotingRound[] {
    return this.#past;
  }

  find(number: number): VotingRound | undefined {
    if (this.#best.round.number === number) return this.#best;
    return this.#past.find(({ round }) => round.number === number);
  }

  /** Opens the round after `completed`, which stays in the background (GR-15, GR-16). */
  open(completed: VotingRound, nowMs: number, finalized: BlockRef): void {
    const base = this.#finalized;
    const last = completed.round;
    // The base is what was final before the completed round: no honest vote is below it.
    if (last.state.finalized && last.state.finalized.number > base.number) this.#finalized = last.state.finalized;
    const isOpen = ({ round }: VotingRound) => (round.state.estimate?.number ?? 0) > finalized.number;
    this.#past = [completed, ...this.#past].filter((each, i) => i < maxPastRounds && (i < 2 || isOpen(each)));
    this.#best = new VotingRound(new Round(last.number + 1, this.voters, base), last, nowMs, this.#config);
  }

  /** The rounds' part of the record. */
  toRecord(): Pick<VoterRecord<Uint8Array | undefined>, 'authorities' | 'setBase' | 'completed' | 'current'> {
    const { round, own } = this.#best;
    return {
      authorities: this.authorities,
      setBase: this.#setBase,
      completed: this.#completed(),
      current: { number: round.number, base: round.base, key: this.#config.localKey, own },
    };
  }

  /** The round before with its votes; encoded again only after new ones. */
  #completed(): Uint8Array | undefined {
    const last = this.#past[0]?.round;
    if (!last || last.number !== this.#best.round.number - 1) return undefined;
    if (this.#recorded?.round !== last || this.#recorded.revision !== last.revision) {
      const bytes = encodeCompletedRound({ votes: createCatchUp(last, this.setId), state: this.#best.previous.state });
      this.#recorded = { round: last, revision: last.revision, bytes };
    }
    return this.#recorded.bytes;
  }
}

function replay({ votes }: CompletedRound, voters: VoterSet, view: ChainView): Round {
  const round = new Round(votes.round, voters, votes.base);
  for (const phase of ['prevote', 'precommit'] as const) {
    for (const { voter, ...ballot } of phase === 'prevote' ? votes.prevotes : votes.precommits) {
      const index = voters.indexOf(voter);
      if (index !== undefined) round.addVote(phase, index, ballot, view);
    }
  }
  return round;
}
