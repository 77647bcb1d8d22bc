// The wire format of messages between voters: Substrate's `GossipMessage`. Decoding bounds every list before it allocates.
// Source: sc_consensus_grandpa `communication::gossip`, Polkadot specification §6.3; docs/protocol/grandpa.md §4.
import { fixedBytes, type Static, safeInteger, struct, tuple, u32, variant, vec } from '@cess/codec';
import { fromHex, toHex } from '@cess/primitives';
import type { BlockRef } from './chain-view.js';
import type { Commit, Message, SignedVote, VoteEntry, VoteKind } from './messages.js';

/** Two votes of each of 1024 voters. */
const maxVotes = 2048;

export const blockFields = struct({ target_hash: fixedBytes(32), target_number: u32 });
const signedFields = { signature: fixedBytes(64), id: fixedBytes(32) };

const signedMessage = struct({
  message: variant({ Prevote: blockFields, Precommit: blockFields, PrimaryPropose: blockFields }),
  ...signedFields,
});
const compactCommit = struct({
  target: blockFields,
  precommits: vec(blockFields, { max: maxVotes }),
  auth_data: vec(tuple(fixedBytes(64), fixedBytes(32)), { max: maxVotes }),
});
const signedEntry = struct({ target: blockFields, ...signedFields });
export const signedEntries = vec(signedEntry, { max: maxVotes });

export const commitFields = struct({ round: safeInteger, set_id: safeInteger, message: compactCommit });

const gossipMessage = variant({
  Vote: struct({ round: safeInteger, set_id: safeInteger, message: signedMessage }),
  Commit: commitFields,
  Neighbor: variant(
    { V1: struct({ round: safeInteger, set_id: safeInteger, commit_finalized_height: u32 }) },
    { indices: { V1: 1 } },
  ),
  CatchUpRequest: struct({ round: safeInteger, set_id: safeInteger }),
  CatchUp: struct({
    set_id: safeInteger,
    round: safeInteger,
    prevotes: signedEntries,
    precommits: signedEntries,
    base: blockFields,
  }),
});
type Wire = Static<typeof gossipMessage>;
type WireVote = Static<typeof signedMessage>['message'];

const wireNameOf: Readonly<Record<VoteKind, WireVote['type']>> = {
  prevote: 'Prevote',
  precommit: 'Precommit',
  primary: 'PrimaryPropose',
};
const kindOf: Readonly<Record<WireVote['type'], VoteKind>> = {
  Prevote: 'prevote',
  Precommit: 'precommit',
  PrimaryPropose: 'primary',
};

/** The message on the wire. */
export function encodeMessage(message: Message): Uint8Array {
  return gossipMessage.encode(toWire(message));
}

/** Throws `SCALE_MALFORMED`, also for rounds and set ids beyond the safe integers. Signatures are not looked at. */
export function decodeMessage(bytes: Uint8Array): Message {
  return fromWire(gossipMessage.decode(bytes));
}

function toWire(message: Message): Wire {
  switch (message.type) {
    case 'vote': {
      const { kind, round, setId, target, voter, signature } = message.vote;
      const vote = { type: wireNameOf[kind], value: toFields(target) };
      return {
        type: 'Vote',
        value: { round, set_id: setId, message: { message: vote, signature, id: fromHex(voter) } },
      };
    }
    case 'commit':
      return { type: 'Commit', value: toCommit(message.commit) };
    case 'neighbour': {
      const { round, setId, commitHeight } = message.packet;
      return {
        type: 'Neighbor',
        value: { type: 'V1', value: { round, set_id: setId, commit_finalized_height: commitHeight } },
      };
    }
    case 'catch-up-request':
      return { type: 'CatchUpRequest', value: { round: message.request.round, set_id: message.request.setId } };
    case 'catch-up': {
      const { setId, round, base, prevotes, precommits } = message.catchUp;
      const [before, after] = [prevotes.map(toEntry), precommits.map(toEntry)];
      return {
        type: 'CatchUp',
        value: { set_id: setId, round, prevotes: before, precommits: after, base: toFields(base) },
      };
    }
  }
}

function fromWire(wire: Wire): Message {
  switch (wire.type) {
    case 'Vote': {
      const { round, set_id: setId, message } = wire.value;
      const { message: vote, signature, id } = message;
      const signed: SignedVote = {
        kind: kindOf[vote.type],
        round,
        setId,
        target: toBlock(vote.value),
        voter: toHex(id),
        signature,
      };
      return { type: 'vote', vote: signed };
    }
    case 'Commit':
      return { type: 'commit', commit: fromCommit(wire.value) };
    case 'Neighbor': {
      const { round, set_id: setId, commit_finalized_height: commitHeight } = wire.value.value;
      return { type: 'neighbour', packet: { round, setId, commitHeight } };
    }
    case 'CatchUpRequest':
      return { type: 'catch-up-request', request: { round: wire.value.round, setId: wire.value.set_id } };
    case 'CatchUp': {
      const { set_id: setId, round, prevotes, precommits, base } = wire.value;
      return {
        type: 'catch-up',
        catchUp: {
          setId,
          round,
          base: toBlock(base),
          prevotes: prevotes.map(fromEntry),
          precommits: precommits.map(fromEntry),
        },
      };
    }
  }
}

export function toCommit({ round, setId, target, precommits }: Commit): Static<typeof commitFields> {
  return {
    round,
    set_id: setId,
    message: {
      target: toFields(target),
      precommits: precommits.map((entry) => toFields(entry.target)),
      auth_data: precommits.map(({ signature, voter }) => [signature, fromHex(voter)]),
    },
  };
}

/** A commit whose votes and signatures are not equally many becomes one without votes, which no check accepts. */
export function fromCommit({ round, set_id, message }: Static<typeof commitFields>): Commit {
  const isPaired = message.auth_data.length === message.precommits.length;
  const precommits = message.auth_data.flatMap(([signature, id], i): VoteEntry[] => {
    const target = message.precommits[i];
    return isPaired && target ? [{ target: toBlock(target), signature, voter: toHex(id) }] : [];
  });
  return { round, setId: set_id, target: toBlock(message.target), precommits };
}

export function toFields(block: BlockRef): Static<typeof blockFields> {
  return { target_hash: fromHex(block.hash), target_number: block.number };
}

export function toBlock({ target_hash, target_number }: Static<typeof blockFields>): BlockRef {
  return { hash: toHex(target_hash), number: target_number };
}

export function toEntry({ target, voter, signature }: VoteEntry): Static<typeof signedEntry> {
  return { target: toFields(target), signature, id: fromHex(voter) };
}

export function fromEntry({ target, id, signature }: Static<typeof signedEntry>): VoteEntry {
  return { target: toBlock(target), voter: toHex(id), signature };
}
