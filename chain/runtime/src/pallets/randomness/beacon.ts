// The beacon. In every block
//   beacon = SHA-512(previous beacon ‖ VRF output of the author over (previous beacon, slot))
// The node has verified the VRF proof and the author's seat before a block reaches the runtime; the runtime trusts
// the digest only as far as that.
import { type DigestItem, findR2sPreDigest, type R2sPreDigest } from '@cess/chain-primitives';
import { sha512 } from '@cess/crypto';
import { CessError, concatBytes } from '@cess/primitives';
import type { StorageAccess } from '../../frame/context.js';
import { randomnessStorage as storage } from './declaration.js';

function invalidBlock(reason: string): CessError<'BLOCK_INVALID'> {
  return new CessError('BLOCK_INVALID', `The block is not valid: ${reason}.`, { reason });
}

function claimOf(digest: readonly DigestItem[]): R2sPreDigest {
  const claim = findR2sPreDigest(digest);
  if (claim === undefined) throw invalidBlock('it carries no slot claim');
  return claim;
}

/** What the header claims, and what its parent left. */
export interface NotedClaim {
  readonly slot: bigint;
  readonly seat: number;
  /** 0 in block 1. */
  readonly parentSlot: bigint;
  readonly parentBeacon: Uint8Array;
}

/** Takes the author's claim into account; whose turn it is, Session knows. Throws `BLOCK_INVALID`, `SCALE_MALFORMED`. */
export function noteSlotClaim(access: StorageAccess, digest: readonly DigestItem[]): NotedClaim {
  const claim = claimOf(digest);
  const parentSlot = storage.CurrentSlot.get(access);
  if (claim.slot <= parentSlot) throw invalidBlock('its slot is not after its parent');
  storage.CurrentSlot.put(access, claim.slot);
  storage.AuthorIndex.put(access, claim.authority_index);
  const parentBeacon = storage.Beacon.get(access);
  storage.Beacon.put(access, sha512(concatBytes(parentBeacon, claim.vrf_output)));
  return { slot: claim.slot, seat: claim.authority_index, parentSlot, parentBeacon };
}

/** Slot of the current block. */
export function currentSlot(access: StorageAccess): bigint {
  return storage.CurrentSlot.get(access);
}

/** The authorities of a chain that a version before 7 began, in the order of their turns. */
export function formerAuthorities(access: StorageAccess) {
  return storage.Authorities.get(access);
}

/** The beacon of the current block. */
export function beaconOf(access: StorageAccess): Uint8Array {
  return storage.Beacon.get(access);
}
