// Coded errors as HTTP answers of a node.
import { CessError, isCessError } from '@cess/primitives';

/** A request that is refused; the message goes to the caller. */
export class RequestRefused extends CessError {
  constructor(
    readonly status: number,
    code: string,
    message: string,
    /** When to try again; with status 503. */
    readonly retryAfterSeconds?: number,
  ) {
    super(code, message);
  }
}

export interface HttpFailure {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly retryAfterSeconds?: number | undefined;
}

/** Status, code and message for the caller; undefined for what is not expected. */
export function failureOf(thrown: unknown, statusOfCode: Readonly<Record<string, number>>): HttpFailure | undefined {
  if (thrown instanceof RequestRefused) return thrown;
  if (!isCessError(thrown)) return undefined;
  const status = statusOfCode[thrown.code];
  return status === undefined ? undefined : { status, code: thrown.code, message: thrown.message };
}
