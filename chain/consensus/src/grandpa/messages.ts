// Messages between voters, as the reducer handles them. Hashes and keys are hex without 0x; rounds and set ids are numbers
// (the codec refuses what is not a safe integer). Source: Polkadot specification §6; docs/protocol/grandpa.md §4.
import { concatBytes, fromHex } from '@cess/primitives';
import type { BlockRef } from './chain-view.js';
import type { Phase } from './round.js';

export type VoteKind = Phase | 'primary';

/** What a voter signs. */
export interface UnsignedVote {
  readonly kind: VoteKind;
  readonly round: number;
  readonly setId: number;
  readonly target: BlockRef;
}

export interface SignedVote extends UnsignedVote {
  /** ed25519 public key. */
  readonly voter: string;
  readonly signature: Uint8Array;
}

/** A vote inside a message that states kind, round and set once. */
export interface VoteEntry {
  readonly target: BlockRef;
  readonly voter: string;
  readonly signature: Uint8Array;
}

/** Precommits of one round that finalize the target. */
export interface Commit {
  readonly round: number;
  readonly setId: number;
  readonly target: BlockRef;
  readonly precommits: readonly VoteEntry[];
}

/** Where a peer stands. Never passed on. */
export interface NeighbourPacket {
  readonly round: number;
  readonly setId: number;
  /** Height of the highest finalized block. */
  readonly commitHeight: number;
}

export interface CatchUpRequest {
  readonly round: number;
  readonly setId: number;
}

/** All votes of a completed round. */
export interface CatchUp {
  readonly setId: number;
  readonly round: number;
  readonly base: BlockRef;
  readonly prevotes: readonly VoteEntry[];
  readonly precommits: readonly VoteEntry[];
}

export type Message =
  | { readonly type: 'vote'; readonly vote: SignedVote }
  | { readonly type: 'commit'; readonly commit: Commit }
  | { readonly type: 'neighbour'; readonly packet: NeighbourPacket }
  | { readonly type: 'catch-up-request'; readonly request: CatchUpRequest }
  | { readonly type: 'catch-up'; readonly catchUp: CatchUp };

/** Port: whether the voter signed the vote. Pure; the node answers repeated questions from a cache. */
export type VerifyVote = (vote: SignedVote) => boolean;

const tagOf: Readonly<Record<VoteKind, number>> = { prevote: 0, precommit: 1, primary: 2 };

/** The 53 bytes that a vote signs: tag ‖ hash ‖ u32 number ‖ u64 round ‖ u64 set id, little-endian (GR-20). */
export function votePayload({ kind, target, round, setId }: UnsignedVote): Uint8Array {
  const tail = new Uint8Array(20);
  const view = new DataView(tail.buffer);
  view.setUint32(0, target.number, true);
  view.setBigUint64(4, BigInt(round), true);
  view.setBigUint64(12, BigInt(setId), true);
  return concatBytes(Uint8Array.of(tagOf[kind]), fromHex(target.hash), tail);
}
