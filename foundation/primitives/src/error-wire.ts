// Errors as plain data, for threads, processes and HTTP. A `CessError` keeps its code, data and retryability even where
// the receiver has not loaded the package that declares it. Any other error stays unexpected on the other side.
import { CessError, type ErrorCode, messageOf } from './error.js';
import { InvariantError } from './invariant.js';

export type WireError =
  | {
      readonly kind: 'coded';
      readonly code: string;
      readonly message: string;
      readonly data: Readonly<Record<string, unknown>>;
      readonly retryable: boolean;
      /** Message of the cause. */
      readonly cause?: string;
    }
  | {
      readonly kind: 'unexpected';
      readonly name: string;
      readonly message: string;
      readonly stack: string | undefined;
    };

export function toWireError(thrown: unknown): WireError {
  if (thrown instanceof CessError) {
    const { code, message, retryable } = thrown;
    const cause = thrown.cause === undefined ? {} : { cause: messageOf(thrown.cause) };
    return { kind: 'coded', code, message, data: { ...thrown.data }, retryable, ...cause };
  }
  const { name, stack } = thrown instanceof Error ? thrown : { name: 'Error', stack: undefined };
  return { kind: 'unexpected', name, message: messageOf(thrown), stack };
}

export function fromWireError(wire: WireError): Error {
  if (wire.kind === 'coded') {
    const { code, message, data, retryable } = wire;
    const cause = wire.cause === undefined ? {} : { cause: new Error(wire.cause) };
    return new CessError(code as ErrorCode, message, data as never, { retryable, ...cause });
  }
  const { name, message } = wire;
  const error = name === 'InvariantError' ? new InvariantError(message) : Object.assign(new Error(message), { name });
  if (wire.stack !== undefined) error.stack = wire.stack;
  return error;
}
