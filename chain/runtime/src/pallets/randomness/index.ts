// Randomness: the beacon (docs/protocol/beacon.md). In every block
//   beacon = SHA-512(previous beacon ‖ VRF output of the author over (previous beacon, slot))
// The node has verified the VRF proof and the author's seat before a block reaches the runtime; the runtime trusts
// the digest only as far as that. Also keeps who may author and who authored this block.
import { accountId, type DigestItem, findR2sPreDigest, type R2sPreDigest } from '@cess/chain-primitives';
import { fixedBytes, struct, u32, u64, vec } from '@cess/codec';
import { sha512 } from '@cess/crypto';
import { CessError, concatBytes } from '@cess/primitives';
import type { StorageAccess } from '../../frame/context.js';
import { definePallet } from '../../frame/pallet.js';
import { storageOf } from '../../frame/storage.js';

const id = { name: 'Randomness', index: 120 } as const;
const at = storageOf(id.name);

/** An authority: its ed25519 key and the account that earns its fees. */
export const authority = struct(
  { key: fixedBytes(32), account: accountId },
  { path: ['pallet_randomness', 'Authority'] },
);

export const randomnessStorage = {
  Beacon: at.valueOr('Beacon', fixedBytes(64), new Uint8Array(64), ['Shared randomness after the current block.']),
  CurrentSlot: at.valueOr('CurrentSlot', u64, 0n, ['Slot of the current block.']),
  AuthorIndex: at.value('AuthorIndex', u32, ['Seat of the author of the current block.']),
  Authorities: at.valueOr('Authorities', vec(authority, { max: 1024 }), [], ['Who may author blocks.']),
};

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
  if (claim.slot <= randomnessStorage.CurrentSlot.get(access)) throw invalidBlock('its slot is not after its parent');
  if (claim.authority_index >= randomnessStorage.Authorities.get(access).length)
    throw invalidBlock('unknown authority');
  randomnessStorage.CurrentSlot.put(access, claim.slot);
  randomnessStorage.AuthorIndex.put(access, claim.authority_index);
  const previous = randomnessStorage.Beacon.get(access);
  randomnessStorage.Beacon.put(access, sha512(concatBytes(previous, claim.vrf_output)));
}

/** The account of the current block's author. */
export function authorAccount(access: StorageAccess): Uint8Array | undefined {
  const index = randomnessStorage.AuthorIndex.get(access);
  return index === undefined ? undefined : randomnessStorage.Authorities.get(access)[index]?.account;
}

export const randomnessPallet = definePallet({
  id,
  docs: 'Shared randomness of the chain and the seats of its authors.',
  storage: randomnessStorage,
});
