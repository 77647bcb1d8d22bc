// A round in which the local voter takes part: its own votes, its timers, and which block it votes for.
// Source: finality-grandpa `VotingRound`; docs/protocol/grandpa.md §3.
import { ancestorAt, type BlockRef, type ChainView, isEqualOrDescendant } from './chain-view.js';
import type { VoteKind } from './messages.js';
import type { PendingChanges } from './pending-changes.js';
import type { Round, RoundState } from './round.js';
import type { VoterConfig } from './voter-types.js';

/** Blocks that the local voter has voted for, as they are on disk. */
export type OwnVotes = { [Kind in VoteKind]?: BlockRef };

/** The round before: a live round, whose estimate may still fall, or a state that is known without its votes. */
export interface PreviousRound {
  readonly state: RoundState;
}

export class VotingRound {
  /** Block that the primary proposes. */
  primaryHint: BlockRef | undefined;
  stage: 'started' | 'prevoted' | 'precommitted' = 'started';
  readonly own: OwnVotes;
  /** The voter says again what it knows of the round at this time. */
  resendAtMs: number;
  /** Phase and voter of the equivocations that were reported. */
  readonly reported = new Set<string>();
  /** Revision of the votes at which finalization was last looked for. */
  checkedRevision = -1;
  /** Of a sole voter: GR-17. */
  readonly #soleDelayMs: number | undefined;
  #prevoteAtMs: number;
  readonly #precommitAtMs: number;

  constructor(
    readonly round: Round,
    readonly previous: PreviousRound,
    readonly openedMs: number,
    config: VoterConfig,
    own: OwnVotes = {},
  ) {
    const T = config.gossipDurationMs;
    this.#soleDelayMs = round.voters.isSole(config.localKey) ? T : undefined;
    this.#prevoteAtMs = openedMs + (this.#soleDelayMs ?? 2 * T);
    this.#precommitAtMs = openedMs + (this.#soleDelayMs ?? 4 * T);
    this.own = own;
    this.resendAtMs = openedMs + config.resendMs;
    if (own.prevote) this.stage = 'prevoted';
    if (own.precommit) this.stage = 'precommitted';
  }

  /** GR-82: votes of this round that the key cast before. */
  recast(votes: OwnVotes): void {
    Object.assign(this.own, votes);
    if (votes.precommit) this.stage = 'precommitted';
    else if (votes.prevote) this.stage = 'prevoted';
  }

  /** GR-17: a new block is a while known before a sole voter makes it final. */
  noteImport(nowMs: number): void {
    if (this.#soleDelayMs !== undefined && nowMs >= this.#prevoteAtMs) this.#prevoteAtMs = nowMs + this.#soleDelayMs;
  }

  /** GR-11: at 2T, or when the round can be completed before. */
  isPrevoteDue(nowMs: number): boolean {
    const isTime = nowMs >= this.#prevoteAtMs;
    const isOpen = this.stage === 'started' && this.previous.state.estimate !== undefined;
    return isOpen && (isTime || this.round.state.completable);
  }

  /** GR-12: at 4T, or when the round can be completed before; and not before g is at or above the last estimate. */
  isPrecommitDue(nowMs: number, view: ChainView): boolean {
    const { prevoteGhost, completable } = this.round.state;
    const { estimate } = this.previous.state;
    const isTime = nowMs >= this.#precommitAtMs;
    if (this.stage !== 'prevoted' || !(isTime || completable) || !prevoteGhost || !estimate) return false;
    return isEqualOrDescendant(view, estimate, prevoteGhost);
  }

  /** GR-10: what the primary proposes: the last estimate, if the last round has not finalized it. */
  proposal(): BlockRef | undefined {
    const { estimate, finalized } = this.previous.state;
    return estimate && estimate.number > (finalized?.number ?? -1) ? estimate : undefined;
  }

  /**
   * GR-13, GR-14: the head of the best chain that contains the last estimate, or the primary's block, as far as voting rules and
   * pending changes allow, but never below that base.
   */
  prevoteTarget(view: ChainView, pending: PendingChanges, finalized: BlockRef, config: VoterConfig): BlockRef {
    const base = this.#prevoteBase(view);
    const head = view.bestContaining(base.hash) ?? base;
    let number = head.number - config.behindBestBlocks;
    if (config.isThreeQuartersRule) {
      const unfinalized = Math.max(0, head.number - finalized.number);
      number = Math.min(number, finalized.number + Math.ceil((3 * unfinalized) / 4));
    }
    number = Math.min(number, pending.limitOf(view, head) ?? number);
    return ancestorAt(view, head, Math.max(number, base.number)) ?? base;
  }

  /** GR-15: nothing above the estimate can be final in this round, all own votes are cast, and the last estimate is final. */
  isComplete(): boolean {
    const { completable, finalized } = this.round.state;
    const last = this.previous.state;
    if (!completable || this.stage !== 'precommitted' || !last.estimate) return false;
    const final = Math.max(finalized?.number ?? -1, last.finalized?.number ?? -1);
    return last.estimate.number <= final;
  }

  /** Next time at which a vote can become due. */
  nextVoteAtMs(): number | undefined {
    if (this.stage === 'started') return this.#prevoteAtMs;
    return this.stage === 'prevoted' ? this.#precommitAtMs : undefined;
  }

  #prevoteBase(view: ChainView): BlockRef {
    const { estimate, prevoteGhost } = this.previous.state;
    const { base } = this.round;
    // What the node has finalized contains the estimate, wherever it is higher.
    const lowest = estimate && estimate.number >= base.number ? estimate : base;
    const hint = this.primaryHint;
    if (!hint || !prevoteGhost || hint.number <= lowest.number || hint.number > prevoteGhost.number) return lowest;
    const isBetween = isEqualOrDescendant(view, hint, prevoteGhost) && isEqualOrDescendant(view, lowest, hint);
    return isBetween ? hint : lowest;
  }
}
