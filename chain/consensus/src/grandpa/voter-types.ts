// What goes into the voter and what comes out: the whole interface to disk, network, clock and chain.
// docs/protocol/grandpa.md §3 and §10, ADR 77.
import type { BlockRef, ChainView } from './chain-view.js';
import type { Commit, Message, UnsignedVote, VerifyVote } from './messages.js';
import type { AuthorityChange } from './pending-changes.js';
import type { AuthoritySet } from './verify-justification.js';
import type { VoteEquivocation } from './vote-equivocation.js';
import type { VoteMark } from './vote-mark.js';

export interface VoterConfig {
  /** ed25519 public key in hex; undefined for an observer, which follows rounds and finalizes without a vote. */
  readonly localKey: string | undefined;
  /** T: the time in which a message usually reaches all voters. Prevotes at 2T, precommits at 4T. */
  readonly gossipDurationMs: number;
  /** Longest random delay before the commit of a round is sent. */
  readonly commitDelayMs: number;
  /** After this time without a new round the voter repeats what it knows of the round. More than 4T. */
  readonly resendMs: number;
  /** How long an asked peer may take for a catch-up before another one is asked. */
  readonly catchUpTimeoutMs: number;
  /** Voting rule: stay this many blocks behind the best one. */
  readonly behindBestBlocks: number;
  /** Voting rule: go at most three quarters of the way from the finalized to the best block. */
  readonly isThreeQuartersRule: boolean;
}

/** Synchronous ports. All of them answer the same question in the same way, but `random`. */
export interface VoterPorts {
  readonly view: ChainView;
  readonly verify: VerifyVote;
  /** Signs with the local key. The same vote must give the same bytes, as ed25519 does. */
  readonly sign: (vote: UnsignedVote) => Uint8Array;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

export interface VoterStart {
  /** What the last `persist` or `finalize` effect wrote; undefined for none. */
  readonly record: Uint8Array | undefined;
  /** 16 random bytes that the key store keeps beside the key, made once. */
  readonly epoch: Uint8Array;
  /** Whether `epoch` was made at this start: then the key has never voted, unless a record says otherwise. */
  readonly isNewEpoch: boolean;
  /** The last `mark` of a `persist` effect, kept beside the key; undefined for none. */
  readonly lastVote?: VoteMark | undefined;
  /** The last finalized block of the chain's database, and the authority set after it. */
  readonly finalized: BlockRef;
  readonly authorities: AuthoritySet;
  /**
   * The blocks whose changes are not in effect, as in `imported`: those above the finalized block, and those of its own chain whose delay goes
   * beyond it. The view has all blocks already.
   */
  readonly announced: readonly Announcement[];
}

export interface Announcement {
  readonly block: BlockRef;
  /** What the header announces (`announcedChanges`). */
  readonly changes: readonly AuthorityChange[];
  /** Start of the block's slot. */
  readonly timeMs: number;
}

export type VoterInput =
  /** First input, once. */
  | { readonly type: 'start'; readonly start: VoterStart }
  /** Time has passed: at the time of the last `timer` effect, or whenever. */
  | { readonly type: 'tick' }
  | { readonly type: 'message'; readonly peer: string; readonly message: Message }
  | { readonly type: 'disconnected'; readonly peer: string }
  /** A block is in the view now. */
  | ({ readonly type: 'imported' } & Announcement)
  /** A write is durable, and so are all before it. */
  | { readonly type: 'written'; readonly write: number }
  /** A verified justification finalizes the block, so synchronisation says. */
  | { readonly type: 'finalized'; readonly block: BlockRef };

export type VoterEffect =
  /**
   * Make the record durable, replacing the last one, then answer `written`. What depends on it is sent afterwards. A `mark` is made durable
   * beside the key before that.
   */
  | {
      readonly type: 'persist';
      readonly write: number;
      readonly record: Uint8Array;
      readonly mark: VoteMark | undefined;
    }
  /**
   * The block is final. `commit` proves it, unless synchronisation brought the proof. With `change`, block, justification, the new
   * set and the record go into one atomic, durable batch; then answer `written`.
   */
  | {
      readonly type: 'finalize';
      readonly block: BlockRef;
      readonly commit: Commit | undefined;
      readonly change: SetChange | undefined;
    }
  | { readonly type: 'broadcast'; readonly message: Message }
  | { readonly type: 'send'; readonly peer: string; readonly message: Message }
  /** A verified vote, a commit or a catch-up names a block that is not in the view: bring it, also if it is on no best chain. */
  | { readonly type: 'missing'; readonly block: BlockRef }
  /** Send `tick` at this time. Replaces the timer before. */
  | { readonly type: 'timer'; readonly atMs: number }
  | { readonly type: 'equivocation'; readonly proof: VoteEquivocation }
  | { readonly type: 'penalise'; readonly peer: string; readonly reason: PenaltyReason }
  /** Somebody else votes with the local key. The voter stays silent until it is started again. */
  | { readonly type: 'key-in-use'; readonly round: number }
  /** Two conflicting blocks are final. The voter does nothing any more; people decide. */
  | {
      readonly type: 'halt';
      readonly finalized: BlockRef;
      readonly conflicting: BlockRef;
      readonly commit: Commit | undefined;
    };

export interface SetChange {
  readonly write: number;
  readonly record: Uint8Array;
  readonly authorities: AuthoritySet;
}

export type PenaltyReason =
  | 'unknown-voter'
  | 'signature'
  | 'wrong-height'
  | 'bad-commit'
  | 'beyond-limit'
  | 'bad-catch-up'
  | 'unsolicited-catch-up'
  | 'backwards';
