// Refusals of the admin API (RFC 9457, application/problem+json), with a stable code beside the title.
import type { IamError } from '@cess/accounts';
import { isAbort, isCessError } from '@cess/primitives';
import { toIamError } from '../query/query-errors.js';

export const problemCodes = {
  AccessDenied: [403, 'The policies of the caller do not allow this.'],
  BucketNotEmpty: [409, 'The bucket has objects or versions.'],
  InternalFailure: [500, 'An internal error occurred.'],
  InvalidParameter: [400, 'A parameter is missing or not valid.'],
  KeyRotationRunning: [409, 'The key of the bucket is being rotated.'],
  MethodNotAllowed: [405, 'The resource does not have this method.'],
  NoSuchBucket: [404, 'The bucket does not exist in this account.'],
  NoSuchObject: [404, 'The object does not exist.'],
  NotFound: [404, 'There is no such resource.'],
  OperationRefused: [400, 'The operation was refused.'],
  ServiceUnavailable: [503, 'The gateway cannot do this now; try again.'],
  SignatureRefused: [403, 'The request is not signed as it must be.'],
  VerificationRunning: [409, 'The audit log is being verified. Try again when that has ended.'],
  Throttling: [429, 'The account exceeded its rate.'],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemCode = keyof typeof problemCodes;

export class AdminProblem extends Error {
  override readonly name = 'AdminProblem';
  readonly status: number;
  readonly title: string;

  constructor(
    readonly code: ProblemCode,
    readonly detail: string = problemCodes[code][1],
    options: { readonly cause?: unknown; readonly status?: number; readonly operationCode?: string } = {},
  ) {
    super(detail, { cause: options.cause });
    this.status = options.status ?? problemCodes[code][0];
    this.title = problemCodes[code][1];
    this.operationCode = options.operationCode;
  }

  /** The code of IAM, STS or KMS that refused an operation. */
  readonly operationCode: string | undefined;

  document(requestId: string): string {
    const { status, title, detail, code, operationCode } = this;
    const type = `urn:cess:problem:${code}`;
    return JSON.stringify({ type, title, status, detail, code, operationCode, requestId });
  }
}

const codes: Readonly<Record<string, ProblemCode>> = {
  AccessDenied: 'AccessDenied',
  ExpiredToken: 'SignatureRefused',
  IncompleteSignature: 'SignatureRefused',
  InternalFailure: 'InternalFailure',
  InvalidClientTokenId: 'SignatureRefused',
  RequestExpired: 'SignatureRefused',
  ServiceUnavailable: 'ServiceUnavailable',
  SignatureDoesNotMatch: 'SignatureRefused',
  Throttling: 'Throttling',
};

export function toProblem(error: unknown): AdminProblem {
  if (error instanceof AdminProblem) return error;
  if (isAbort(error)) return new AdminProblem('ServiceUnavailable', 'The client left.', { cause: error });
  if (isCessError(error, 'BUCKET_NOT_EMPTY')) return new AdminProblem('BucketNotEmpty', undefined, { cause: error });
  if (isCessError(error, 'KEY_ROTATION_RUNNING'))
    return new AdminProblem('KeyRotationRunning', undefined, { cause: error });
  if (isCessError(error, 'BUCKET_NOT_FOUND')) return new AdminProblem('NoSuchBucket', undefined, { cause: error });
  const refusal: IamError = toIamError(error);
  const code = codes[refusal.code];
  return code === undefined
    ? new AdminProblem('OperationRefused', refusal.message, {
        cause: error,
        status: refusal.status,
        operationCode: refusal.code,
      })
    : new AdminProblem(code, refusal.message, { cause: error });
}
