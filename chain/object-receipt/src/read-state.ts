// Reading entries of one state.
import { CessError } from '@cess/primitives';

/** Raw values of keys in their order; undefined for entries that do not exist. */
export type ReadState = (keys: readonly Uint8Array[]) => Promise<readonly (Uint8Array | undefined)[]>;

export function recordOf<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw factMissing(what);
  return value;
}

export function factMissing(what: string): CessError {
  return new CessError('OBJECT_RECEIPT_FACT_MISSING', `The finalized state has no ${what}.`);
}

/** A number of the chain as JSON has it. */
export function safeNumber(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw factMissing('number below 2^53 where one is needed');
  return number;
}
