// Late blocks: sealed headers beside the chain of a harness.
import { encodeBareExtrinsic, type Header, header } from '@cess/chain-primitives';
import { vec } from '@cess/codec';
import { authorityIndexOf, claimSlot, sealHeader } from '@cess/consensus';
import { createEd25519Signer, vrfProofToHash, vrfProve, vrfVerify } from '@cess/crypto';
import { concatBytes, equalBytes, present } from '@cess/primitives';
import { query, tx } from '../index.js';
import type { Harness } from './harness.js';

const vrf = { prove: vrfProve, verify: vrfVerify, proofToHash: vrfProofToHash };

/** A block on which another one builds. */
export interface ForkPoint {
  readonly hash: Uint8Array;
  readonly number: number;
  readonly slot: bigint;
  readonly beacon: Uint8Array;
}

/** The block that the chain has closed last. */
export function tipOf(chain: Harness): ForkPoint {
  const { parentHash: hash, number, slot } = chain;
  return { hash, number, slot, beacon: query.Randomness.Beacon.get(chain) };
}

export interface Lateness {
  readonly parent: ForkPoint;
  readonly slot: bigint;
  /** Tells blocks of one slot apart. */
  readonly content?: number;
  /** Default: the holder of the seat. */
  readonly seed?: Uint8Array;
  readonly previousBeacon?: Uint8Array;
}

/** A header by the author of its slot, one of those with these seeds. */
export function lateBlock(chain: Harness, seeds: readonly Uint8Array[], late: Lateness): Header {
  const { parent, slot, content = 0, previousBeacon = parent.beacon } = late;
  const seats = present(query.Session.Clock.get(chain), 'a clock').seats;
  const seat = authorityIndexOf(slot, seats.length);
  const isHolder = (seed: Uint8Array) => equalBytes(createEd25519Signer(seed).publicKey, seats[seat]?.key ?? seed);
  const secretSeed = late.seed ?? present(seeds.find(isHolder), 'the seed of the holder');
  return sealHeader(
    {
      parent_hash: parent.hash,
      number: parent.number + 1,
      state_root: new Uint8Array(32).fill(content),
      extrinsics_root: new Uint8Array(32),
      digest: { logs: [claimSlot({ slot, authorityIndex: seat, secretSeed, previousBeacon }, vrf)] },
    },
    createEd25519Signer(secretSeed),
  );
}

/** The inherent that references late blocks, also more than a block may. */
export function references(uncles: readonly Header[]): Uint8Array {
  return referencesOf(vec(header).encode(uncles));
}

/** The same with any bytes in place of the headers. */
export function referencesOf(list: Uint8Array): Uint8Array {
  const empty = tx.Authorship.set_uncles({ uncles: [] });
  return encodeBareExtrinsic(concatBytes(empty.subarray(0, -1), list));
}
