// Reading held fragments against their roots: what a disk gives is not believed.

import type { FragmentStore, StoredFragment } from '@cess/fragment-store';
import { CessError, equalBytes, isCessError } from '@cess/primitives';
import { FragmentHasher } from '@cess/sealing';

/** The whole fragment in pieces. Throws `PROVIDER_FRAGMENT_ROTTEN` and what the store throws. */
export async function readWhole(store: FragmentStore, held: StoredFragment): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  await hashHeld(store, held, async (piece) => void pieces.push(piece));
  return pieces;
}

/** Reads it once. Throws `PROVIDER_FRAGMENT_ROTTEN` when it is gone, unreadable, short or other bytes than its root says. */
export async function hashHeld(
  store: FragmentStore,
  { root, length }: StoredFragment,
  take: (piece: Uint8Array) => Promise<void>,
): Promise<void> {
  const hasher = new FragmentHasher();
  try {
    for await (const piece of store.read(root, 0, length)) {
      hasher.update(piece);
      await take(piece);
    }
  } catch (error) {
    if (isCessError(error, 'FRAGMENT_NOT_FOUND') || isCessError(error, 'FRAGMENT_STORE_IO')) throw rotten(error);
    throw error;
  }
  if (!equalBytes(hasher.finish().root, root)) throw rotten();
}

function rotten(cause?: unknown): CessError {
  return new CessError(
    'PROVIDER_FRAGMENT_ROTTEN',
    'The disk does not hold the bytes of this fragment any more.',
    {},
    { cause },
  );
}
