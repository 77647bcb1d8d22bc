// Randomness: the beacon (docs/protocol/beacon.md), the slot of the current block, and what authors say of finality.
import { accountId } from '@cess/chain-primitives';
import { fixedBytes, struct, u32, u64, vec } from '@cess/codec';
import { declarePallet } from '../../frame/declaration.js';
import { storageOf } from '../../frame/storage.js';

const id = { name: 'Randomness', index: 120 } as const;
const at = storageOf(id.name);

export const BEACON_BYTES = 64;
const MAX_AUTHORITIES = 1024;

/** An authority of a chain that a version before 7 began: its ed25519 key and the account that earned its fees. */
const authority = struct({ key: fixedBytes(32), account: accountId }, { path: ['pallet_randomness', 'Authority'] });

export const randomnessStorage = {
  Beacon: at.valueOr('Beacon', fixedBytes(BEACON_BYTES), new Uint8Array(BEACON_BYTES), [
    'Shared randomness after the current block.',
  ]),
  CurrentSlot: at.valueOr('CurrentSlot', u64, 0n, ['Slot of the current block.']),
  AuthorIndex: at.value('AuthorIndex', u32, ['Seat of the author of the current block.']),
  FinalityClaims: at.valueOr(
    'FinalityClaims',
    vec(u32, { max: MAX_AUTHORITIES }),
    [],
    ['The highest finalized block that each seat has named as an author.'],
  ),
  Authorities: at.valueOr(
    'Authorities',
    vec(authority, { max: MAX_AUTHORITIES }),
    [],
    ['Who authored blocks before version 7; `Session.Clock` has the seats.'],
  ),
};

export const randomness = declarePallet({
  id,
  docs: 'Shared randomness of the chain.',
  storage: randomnessStorage,
});
