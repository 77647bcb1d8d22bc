// Reads that cannot miss. They replace the non-null assertion `!`, which only silences the compiler: a miss is a bug, and
// these stop it where it happens instead of passing `undefined` on.
import { InvariantError } from './invariant.js';

/** The element at an index that is in range. */
export function elementAt<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw outOfRange(index, items.length);
  return item;
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
