// What a voter finds when it starts: its record in the database, and what lies beside its key. docs/protocol/grandpa.md GR-82.
import { equalBytes } from '@cess/primitives';
import { hasMarkedVotes, type VoteMark } from './vote-mark.js';
import { type CompletedRound, decodeVoterRecord, type VoterRecord } from './voter-record.js';
import type { VoterStart } from './voter-types.js';

export interface FoundRecord {
  /** If it is of this key store, and of no later set than the chain's. */
  readonly record: VoterRecord<CompletedRound | undefined> | undefined;
  /** Whether its rounds are those of the set. After a record of an earlier set, the rounds begin anew. */
  readonly isOfSet: boolean;
  /** Votes of the key that the record lacks. */
  readonly lost: VoteMark | undefined;
  /** The key may have voted in rounds of which nothing is known. */
  readonly isUnknown: boolean;
}

/** Throws what `decodeVoterRecord` throws. */
export function findRecord({ record: bytes, epoch, isNewEpoch, lastVote, authorities }: VoterStart): FoundRecord {
  const found = bytes && decodeVoterRecord(bytes);
  const isOwn = found !== undefined && equalBytes(found.epoch, epoch) && found.authorities.setId <= authorities.setId;
  if (isOwn && found.authorities.setId === authorities.setId) {
    const { number, own } = found.current;
    const isComplete = !lastVote || hasMarkedVotes(lastVote, Number(authorities.setId), number, own);
    return { record: found, isOfSet: true, lost: isComplete ? undefined : lastVote, isUnknown: false };
  }
  const lost = isOwn || found === undefined ? lastVote : undefined;
  const isUnknown = !isOwn && lost === undefined && !(found === undefined && isNewEpoch);
  return { record: isOwn ? found : undefined, isOfSet: false, lost, isUnknown };
}
