// Enters a stored body into the object index. When the index refuses the change, what was stored is discarded. When nobody
// knows whether the index took it, nothing is: the index may name these fragments (ADR 52). Holders collect them after a
// week if it does not.
import type { StoredBody } from '@cess/data-path';
import { isCessError } from '@cess/primitives';
import type { ObjectStorage } from '../../object-storage.js';

export async function enterStored<T>(storage: ObjectStorage, stored: StoredBody, enter: () => Promise<T>): Promise<T> {
  try {
    return await enter();
  } catch (error) {
    if (!isCessError(error, 'KV_OUTCOME_UNKNOWN')) storage.discard(stored);
    throw error;
  }
}
