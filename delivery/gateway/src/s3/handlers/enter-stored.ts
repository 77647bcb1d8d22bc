// Enters a stored body into the object index. When the index refuses the change, what was stored is discarded. When nobody
// knows whether the index took it, nothing is: the index may name these fragments (ADR 52). Holders collect them after a
// week if it does not.
import type { StoredBody } from '@cess/data-path';
import { isCessError } from '@cess/primitives';
import type { ObjectStorage } from '../../object-storage.js';

export async function enterStored<T>(
  storage: ObjectStorage,
  stored: StoredBody,
  enter: () => Promise<T>,
  /** Whether the index has it now, by what `enter` resolved with. Default: always. */
  isEntered: (outcome: T) => boolean = () => true,
): Promise<T> {
  try {
    const outcome = await enter();
    if (isEntered(outcome)) storage.entered(stored);
    else storage.discard(stored);
    return outcome;
  } catch (error) {
    if (isCessError(error, 'KV_OUTCOME_UNKNOWN', 'INDEX_OUTCOME_UNKNOWN')) storage.entered(stored);
    else storage.discard(stored);
    throw error;
  }
}
