// Converts coded errors to HTTP responses of a node.
import { CessError, type CodesWithoutData, type ErrorCode, isCessError } from '@cess/primitives';

/** A rejected request. The caller sees the message. */
export class RequestRefused extends CessError<CodesWithoutData> {
  constructor(
    readonly status: number,
    code: CodesWithoutData,
    message: string,
    /** When to retry, for status 503. */
    readonly retryAfterSeconds?: number,
  ) {
    super(code, message);
  }
}

/** HTTP statuses of the coded errors that handlers throw. */
export type StatusOfCode = Readonly<Partial<Record<ErrorCode, number>>>;

export interface HttpFailure {
  readonly status: number;
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly retryAfterSeconds?: number | undefined;
}

/** Status, code and message for the caller. Undefined for an unexpected error. */
export function failureOf(thrown: unknown, statusOfCode: StatusOfCode): HttpFailure | undefined {
  if (thrown instanceof RequestRefused) return thrown;
  if (!isCessError(thrown)) return undefined;
  const status = statusOfCode[thrown.code];
  return status === undefined
    ? undefined
    : { status, code: thrown.code, message: thrown.message, retryable: thrown.retryable };
}
