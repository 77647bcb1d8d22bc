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

/** How a dispatchable ended: its failure, or what it returned. */
export type Dispatched<T> = { readonly failure: DispatchError } | { readonly failure?: undefined; readonly value: T };

/**
 * Runs a dispatchable in a layer. A value that its type cannot hold is an arithmetic overflow.
 * Any other exception is a bug and is rethrown.
 */
export function dispatchInLayer<T>(at: StorageAccess, body: () => T): Dispatched<T> {
  try {
    return { value: inLayer(at, body) };
  } catch (thrown) {
    if (thrown instanceof DispatchFailure) return { failure: thrown.error };
    if (isCessError(thrown, 'SCALE_UNENCODABLE')) return { failure: { type: 'Arithmetic', value: 'Overflow' } };
    throw thrown;
  }
}
