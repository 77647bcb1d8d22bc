// Who authors in a slot: by the seats in the state after the parent (docs/protocol/r2s.md §3), read by the same function as the
// runtime's.
import { authorityIndexOf } from '@cess/consensus';
import { equalBytes, InvariantError } from '@cess/primitives';
import { type Externalities, holdersOfSlot } from '@cess/runtime';
import type { StateReader, TrieRoot } from '@cess/state';

/** The block on which another one builds, as far as its seats depend on it. */
export interface SeatParent {
  readonly hash: Uint8Array;
  /** Beacon after the block. */
  readonly beacon: Uint8Array;
}

/** ed25519 keys by seat in the slots of a block in `slot` on this parent; undefined for a vacant seat. Throws `STATE_PRUNED`. */
export function keysOfSlot(
  state: StateReader,
  { hash, beacon }: SeatParent,
  slot: bigint,
): readonly (Uint8Array | undefined)[] {
  const access = { ext: readOnly(state, state.requireRoot(hash)) };
  return holdersOfSlot(access, slot, beacon).map((holder) => holder?.key);
}

/** The seat of this key if it authors in the slot; undefined otherwise. */
export function seatOf(keys: readonly (Uint8Array | undefined)[], slot: bigint, key: Uint8Array): number | undefined {
  if (keys.length === 0) return undefined;
  const seat = authorityIndexOf(slot, keys.length);
  const holder = keys[seat];
  return holder !== undefined && equalBytes(holder, key) ? seat : undefined;
}

/** A state that is only read. */
export function readOnly(state: StateReader, root: TrieRoot): Externalities {
  const refuse = (): never => {
    throw new InvariantError('a state that is only read is not changed');
  };
  return {
    get: (key) => state.get(root, key),
    keys: (prefix, startAfter, limit) => state.keys(root, prefix, startAfter, limit),
    put: refuse,
    delete: refuse,
    beginTransaction: refuse,
    commitTransaction: refuse,
    rollbackTransaction: refuse,
    storageRoot: refuse,
    extrinsicsRoot: refuse,
  };
}
