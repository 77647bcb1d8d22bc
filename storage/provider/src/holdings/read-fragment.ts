// Reads held fragments and verifies them against their roots, because a disk may return wrong bytes.
import type { FragmentStore, StoredFragment } from '@cess/fragment-store';
import { CessError, equalBytes, isCessError } from '@cess/primitives';
import { FragmentHasher } from '@cess/sealing';

type Readable = Pick<FragmentStore, 'read'>;
type Held = Pick<StoredFragment, 'root' | 'length'>;

/** The whole fragment, in pieces. Throws `PROVIDER_FRAGMENT_ROTTEN` and what the store throws. */
export async function readWhole(store: Readable, held: Held): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  await hashHeld(store, held, async (piece) => void pieces.push(piece));
  return pieces;
}

/** Whether the disk has the correct bytes of the fragment. Throws what the store throws. */
export async function isWhole(store: Readable, held: Held): Promise<boolean> {
  try {
    await hashHeld(store, held, async () => {});
    return true;
  } catch (error) {
    if (isCessError(error, 'PROVIDER_FRAGMENT_ROTTEN')) return false;
    throw error;
  }
}

/** Reads the fragment once. Throws `PROVIDER_FRAGMENT_ROTTEN` if it is missing, unreadable, short or has another root. */
export async function hashHeld(
  store: Readable,
  { root, length }: Held,
  take: (piece: Uint8Array) => Promise<void>,
): Promise<void> {
  const hasher = new FragmentHasher();
  try {
    for await (const piece of store.read(root, 0, length)) {
      hasher.update(piece);
      await take(piece);
    }
  } catch (error) {
    if (isCessError(error, 'FRAGMENT_NOT_FOUND') || isCessError(error, 'FRAGMENT_STORE_IO')) throw corrupt(error);
    throw error;
  }
  if (!equalBytes(hasher.finish().root, root)) throw corrupt();
}

function corrupt(cause?: unknown): CessError {
  const message = 'The disk no longer holds the correct bytes of this fragment.';
  return new CessError('PROVIDER_FRAGMENT_ROTTEN', message, {}, { cause });
}
