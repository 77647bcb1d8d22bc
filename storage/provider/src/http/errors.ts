// Coded errors as HTTP answers: the one place where codes become statuses.
import { CessError, isCessError } from '@cess/primitives';

/** A request that is refused; the message goes to the caller. */
export class RequestRefused extends CessError {
  constructor(
    readonly status: number,
    code: string,
    message: string,
  ) {
    super(code, message);
  }
}

const statusOfCode: Readonly<Record<string, number>> = {
  FRAGMENT_INVALID: 400,
  FRAGMENT_LENGTH: 400,
  FRAGMENT_BODY_BROKEN: 400,
  FRAGMENT_NOT_FOUND: 404,
  FRAGMENT_OWNED: 409,
  FRAGMENT_RANGE: 416,
  FRAGMENT_ROOT_MISMATCH: 422,
  FRAGMENT_STORE_FULL: 507,
  FRAGMENT_STORE_FAILED: 503,
  FRAGMENT_STORE_CLOSED: 503,
  ABORTED: 503,
};

export interface HttpFailure {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** Status, code and message for the caller; what is not expected tells nothing of the inside. */
export function failureOf(thrown: unknown): HttpFailure {
  if (thrown instanceof RequestRefused) return { status: thrown.status, code: thrown.code, message: thrown.message };
  if (isCessError(thrown)) {
    const status = statusOfCode[thrown.code];
    if (status !== undefined) return { status, code: thrown.code, message: thrown.message };
  }
  return { status: 500, code: 'PROVIDER_INTERNAL', message: 'The provider failed to carry out the request.' };
}
