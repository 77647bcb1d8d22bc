// Transactional layers: changes of a failed call are rolled back. Layers nest.
import type { DispatchError } from '@cess/chain-primitives';
import { isCessError } from '@cess/primitives';
import type { StorageAccess } from './context.js';
import { DispatchFailure } from './failure.js';

/** Runs `body` in its own layer: committed when it returns, rolled back when it throws. */
export function inLayer<T>(at: StorageAccess, body: () => T): T {
  at.ext.beginTransaction();
  let value: T;
  try {
    value = body();
  } catch (thrown) {
    at.ext.rollbackTransaction();
    throw thrown;
  }
  at.ext.commitTransaction();
  return value;
}

/**
 * Runs a dispatchable in a layer and returns its failure. A value that its type cannot hold is an arithmetic overflow.
 * Any other exception is a bug and is rethrown.
 */
export function dispatchInLayer(at: StorageAccess, body: () => void): DispatchError | undefined {
  try {
    inLayer(at, body);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof DispatchFailure) return thrown.error;
    if (isCessError(thrown, 'SCALE_UNENCODABLE')) return { type: 'Arithmetic', value: 'Overflow' };
    throw thrown;
  }
}
