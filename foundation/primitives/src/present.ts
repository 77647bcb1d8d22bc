// Reads that cannot miss. They replace the non-null assertion `!`, which only silences the compiler: a miss is a bug, and
// these stop it where it happens instead of passing `undefined` on.
import { InvariantError } from './invariant.js';

/** The element at an index that is in range. Elements may be undefined where their type allows it. */
export function elementAt<T>(items: ArrayLike<T>, index: number): T {
  if (!(index >= 0 && index < items.length)) throw outOfRange(index, items.length);
  return items[index] as T;
}

/** The byte at an index that is in range. */
export function byteAt(bytes: Uint8Array, index: number): number {
  const byte = bytes[index];
  if (byte === undefined) throw outOfRange(index, bytes.length);
  return byte;
}

/** A value that is always there; `what` names it for whoever reads the error. */
export function present<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new InvariantError(`${what} is missing`);
  return value;
}

function outOfRange(index: number, length: number): InvariantError {
  return new InvariantError(`index ${index} is outside of 0..${length - 1}`);
}
