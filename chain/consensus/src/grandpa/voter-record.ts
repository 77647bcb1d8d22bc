// What a voter must find on disk after a restart: its set, the last completed round with its votes, and its own votes in the
// current round. Written before a vote leaves; replaced as a whole. docs/protocol/grandpa.md §10.
import {
  bool,
  bytes,
  fixedBytes,
  option,
  type Static,
  safeInteger,
  struct,
  tuple,
  u64,
  vec,
  versionedRecord,
} from '@cess/codec';
import { fromHex, toHex } from '@cess/primitives';
import type { BlockRef } from './chain-view.js';
import {
  blockFields,
  commitFields,
  fromCommit,
  fromEntry,
  signedEntries,
  toBlock,
  toCommit,
  toEntry,
  toFields,
} from './message-codec.js';
import type { CatchUp, Commit } from './messages.js';
import type { RoundState } from './round.js';
import type { AuthoritySet } from './verify-justification.js';
import type { OwnVotes } from './voting-round.js';

export interface CompletedRound {
  readonly votes: CatchUp;
  readonly state: RoundState;
}

/** `Completed`: the round as it is read, or as it is written (`encodeCompletedRound`). */
export interface VoterRecord<Completed> {
  /** The epoch of the key store in which these votes were cast. */
  readonly epoch: Uint8Array;
  /** While set: votes of the past may be lost; no vote before a set that a block after this time announced. */
  readonly recoverAfterMs: number | undefined;
  readonly isPaused: boolean;
  readonly authorities: AuthoritySet;
  /** Block at which the set took effect. */
  readonly setBase: BlockRef;
  /** The round before the current one: votes and state. Undefined before the end of round 1. */
  readonly completed: Completed;
  readonly current: {
    readonly number: number;
    readonly base: BlockRef;
    /** Key by which the own votes were cast; another key does not inherit them. */
    readonly key: string | undefined;
    readonly own: OwnVotes;
  };
  /** The commit that ended the set before, for peers that still are in it. */
  readonly handover: Commit | undefined;
}

const ownVotes = struct({ primary: option(blockFields), prevote: option(blockFields), precommit: option(blockFields) });
const roundState = struct({
  prevote_ghost: option(blockFields),
  finalized: option(blockFields),
  estimate: option(blockFields),
  completable: bool,
});

const completedRound = struct({
  set_id: safeInteger,
  round: safeInteger,
  base: blockFields,
  prevotes: signedEntries,
  precommits: signedEntries,
  state: roundState,
});

const recordCodec = versionedRecord({
  name: 'GRANDPA voter',
  version: 1,
  codec: struct({
    epoch: fixedBytes(16),
    recover_after_ms: option(safeInteger),
    is_paused: bool,
    set_id: u64,
    authorities: vec(tuple(fixedBytes(32), u64), { max: 1024 }),
    set_base: blockFields,
    completed: option(bytes({ max: 1 << 20 })),
    round: safeInteger,
    base: blockFields,
    key: option(fixedBytes(32)),
    own: ownVotes,
    handover: option(commitFields),
  }),
});

export function encodeCompletedRound({ votes, state }: CompletedRound): Uint8Array {
  return completedRound.encode({
    set_id: votes.setId,
    round: votes.round,
    base: toFields(votes.base),
    prevotes: votes.prevotes.map(toEntry),
    precommits: votes.precommits.map(toEntry),
    state: {
      prevote_ghost: optionalFields(state.prevoteGhost),
      finalized: optionalFields(state.finalized),
      estimate: optionalFields(state.estimate),
      completable: state.completable,
    },
  });
}

export function encodeVoterRecord(record: VoterRecord<Uint8Array | undefined>): Uint8Array {
  const { authorities, completed, current, handover } = record;
  return recordCodec.encode({
    epoch: record.epoch,
    recover_after_ms: record.recoverAfterMs,
    is_paused: record.isPaused,
    set_id: authorities.setId,
    authorities: authorities.authorities.map(({ key, weight }) => [key, weight]),
    set_base: toFields(record.setBase),
    completed,
    round: current.number,
    base: toFields(current.base),
    key: current.key === undefined ? undefined : fromHex(current.key),
    own: {
      primary: optionalFields(current.own.primary),
      prevote: optionalFields(current.own.prevote),
      precommit: optionalFields(current.own.precommit),
    },
    handover: handover && toCommit(handover),
  });
}

/** The record of a key that begins in `round` of a set without having voted in it. `base` is final. */
export function emptyVoterRecord({
  epoch,
  authorities,
  base,
  round,
}: {
  readonly epoch: Uint8Array;
  readonly authorities: AuthoritySet;
  readonly base: BlockRef;
  readonly round: number;
}): Uint8Array {
  return encodeVoterRecord({
    ...{ epoch, authorities, setBase: base },
    recoverAfterMs: undefined,
    isPaused: false,
    completed: undefined,
    current: { number: round, base, key: undefined, own: {} },
    handover: undefined,
  });
}

/** Throws `RECORD_VERSION` and `SCALE_MALFORMED`. */
export function decodeVoterRecord(encoded: Uint8Array): VoterRecord<CompletedRound | undefined> {
  const wire = recordCodec.decode(encoded);
  return {
    epoch: wire.epoch,
    recoverAfterMs: wire.recover_after_ms,
    isPaused: wire.is_paused,
    authorities: { setId: wire.set_id, authorities: wire.authorities.map(([key, weight]) => ({ key, weight })) },
    setBase: toBlock(wire.set_base),
    completed: wire.completed && decodeCompletedRound(wire.completed),
    current: {
      number: wire.round,
      base: toBlock(wire.base),
      key: wire.key && toHex(wire.key),
      own: ownVotesOf(wire.own),
    },
    handover: wire.handover && fromCommit(wire.handover),
  };
}

function ownVotesOf({ primary, prevote, precommit }: Static<typeof ownVotes>): OwnVotes {
  return {
    ...(primary && { primary: toBlock(primary) }),
    ...(prevote && { prevote: toBlock(prevote) }),
    ...(precommit && { precommit: toBlock(precommit) }),
  };
}

function decodeCompletedRound(encoded: Uint8Array): CompletedRound {
  const { set_id, round, base, prevotes, precommits, state } = completedRound.decode(encoded);
  return {
    votes: {
      setId: set_id,
      round,
      base: toBlock(base),
      prevotes: prevotes.map(fromEntry),
      precommits: precommits.map(fromEntry),
    },
    state: {
      prevoteGhost: optionalBlock(state.prevote_ghost),
      finalized: optionalBlock(state.finalized),
      estimate: optionalBlock(state.estimate),
      completable: state.completable,
    },
  };
}

function optionalFields(block: BlockRef | undefined): Static<typeof blockFields> | undefined {
  return block && toFields(block);
}

function optionalBlock(fields: Static<typeof blockFields> | undefined): BlockRef | undefined {
  return fields && toBlock(fields);
}

/** The current round and the own votes in it, without the rest of the record. */
export function decodeOwnVotes(record: Uint8Array): { readonly round: number; readonly own: OwnVotes } {
  const { round, own } = recordCodec.decode(record);
  return { round, own: ownVotesOf(own) };
}
