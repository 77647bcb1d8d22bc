// Transactional layers: what fails leaves no trace. Layers nest.
import type { DispatchError } from '@cess/chain-primitives';
import { isCessError } from '@cess/primitives';
import type { StorageAccess } from './context.js';
import { DispatchFailure } from './failure.js';

/** Runs `body` in a layer of its own: kept when it returns, rolled back when it throws. */
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
 * Runs a dispatchable in a layer; its failure is a value. A value that its type cannot hold is an overflow, whatever
 * arithmetic made it. Anything else that is thrown is a bug and goes on.
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
