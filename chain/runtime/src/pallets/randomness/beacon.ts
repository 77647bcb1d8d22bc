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

/** Takes the author's claim into account. Throws `BLOCK_INVALID`, `SCALE_MALFORMED`. */
export function noteSlotClaim(access: StorageAccess, digest: readonly DigestItem[]): void {
  const claim = claimOf(digest);
  if (claim.slot <= storage.CurrentSlot.get(access)) throw invalidBlock('its slot is not after its parent');
  if (claim.authority_index >= storage.Authorities.get(access).length) throw invalidBlock('unknown authority');
  storage.CurrentSlot.put(access, claim.slot);
  storage.AuthorIndex.put(access, claim.authority_index);
  const previous = storage.Beacon.get(access);
  storage.Beacon.put(access, sha512(concatBytes(previous, claim.vrf_output)));
}

/** The account of the current block's author. */
export function authorAccount(access: StorageAccess): Uint8Array | undefined {
  const index = storage.AuthorIndex.get(access);
  return index === undefined ? undefined : storage.Authorities.get(access)[index]?.account;
}

/** The beacon of the current block. */
export function beaconOf(access: StorageAccess): Uint8Array {
  return storage.Beacon.get(access);
}
