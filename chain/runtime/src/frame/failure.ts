// How a call fails: it throws a DispatchFailure, and the dispatcher rolls its changes back. Any other
// exception is a bug and aborts the block. Validity checks likewise throw a ValidityFailure.
import type { DispatchError, InvalidTransaction, TokenError, TransactionValidityError } from '@cess/chain-primitives';
import type { Origin } from './context.js';

export class DispatchFailure extends Error {
  override readonly name = 'DispatchFailure';
  constructor(readonly error: DispatchError) {
    super(error.type);
  }
}

/** Aborts the current call with this error. */
export function fail(error: DispatchError): never {
  throw new DispatchFailure(error);
}

/** Aborts the current call with this error unless the condition is true. */
export function ensure(condition: unknown, error: DispatchError): asserts condition {
  if (!condition) throw new DispatchFailure(error);
}

export class ValidityFailure extends Error {
  override readonly name = 'ValidityFailure';
  constructor(readonly error: TransactionValidityError) {
    super(error.type);
  }
}

/** Rejects the current transaction as invalid. */
export function invalid(type: Exclude<InvalidTransaction['type'], 'Custom'>): never {
  throw new ValidityFailure({ type: 'Invalid', value: { type } });
}

/** Rejects the current transaction because its validity cannot be decided. */
export function unknown(type: 'CannotLookup' | 'NoUnsignedValidator'): never {
  throw new ValidityFailure({ type: 'Unknown', value: { type } });
}

/** A token error as a dispatch error. */
export function tokenFailure(value: TokenError): DispatchError {
  return { type: 'Token', value };
}

const badOrigin: DispatchError = { type: 'BadOrigin' };

/** The signer's account; any other origin fails with BadOrigin. */
export function ensureSigned(origin: Origin): Uint8Array {
  if (origin.type !== 'Signed') throw new DispatchFailure(badOrigin);
  return origin.account;
}

export function ensureRoot(origin: Origin): void {
  if (origin.type !== 'Root') throw new DispatchFailure(badOrigin);
}

export function ensureNone(origin: Origin): void {
  if (origin.type !== 'None') throw new DispatchFailure(badOrigin);
}

const U64_MAX = (1n << 64n) - 1n;
const U128_MAX = (1n << 128n) - 1n;

/** a + b within u128; fails with Arithmetic(Overflow). */
export function checkedAdd(a: bigint, b: bigint, max: bigint = U128_MAX): bigint {
  const sum = a + b;
  if (sum > max) fail({ type: 'Arithmetic', value: 'Overflow' });
  return sum;
}

/** a + b within u64. */
export function checkedAdd64(a: bigint, b: bigint): bigint {
  return checkedAdd(a, b, U64_MAX);
}

/** a - b; fails with Arithmetic(Underflow) below zero. */
export function checkedSub(a: bigint, b: bigint): bigint {
  if (b > a) fail({ type: 'Arithmetic', value: 'Underflow' });
  return a - b;
}
