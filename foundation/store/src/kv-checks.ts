// Checks that every backend applies to its input, so that a key accepted by one is accepted by all.
import { CessError } from '@cess/primitives';
import { type KvOperation, maxKeyBytes } from './kv.js';

/** Throws `KV_KEY_INVALID` unless the key has 1 to `maxKeyBytes` bytes. */
export function assertKey(key: Uint8Array): void {
  if (key.length === 0 || key.length > maxKeyBytes) {
    throw new CessError('KV_KEY_INVALID', `A key must have 1 to ${maxKeyBytes} bytes.`, { length: key.length });
  }
}

export function assertOperations(operations: readonly KvOperation[]): void {
  for (const operation of operations) assertKey(operation.key);
}

export function closedError(): CessError {
  return new CessError('KV_CLOSED', 'The store is closed.');
}
