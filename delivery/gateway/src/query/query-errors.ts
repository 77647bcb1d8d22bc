// What the transport of IAM and STS refuses, in the codes of these services.
import { type CredentialFailure, IamError, type IamErrorCode } from '@cess/accounts';
import { isRetryable } from '@cess/primitives';
import { S3Error, type S3ErrorCode } from '../s3/errors.js';

/** Errors of the signature and of the body, which S3 names in its own way. */
const ofS3: Readonly<Partial<Record<S3ErrorCode, IamErrorCode>>> = {
  AccessDenied: 'IncompleteSignature',
  AuthorizationHeaderMalformed: 'IncompleteSignature',
  AuthorizationQueryParametersError: 'IncompleteSignature',
  IncompleteBody: 'InvalidInput',
  InvalidArgument: 'ValidationError',
  InvalidRequest: 'IncompleteSignature',
  InvalidURI: 'ValidationError',
  MaxMessageLengthExceeded: 'InvalidInput',
  RequestTimeTooSkewed: 'RequestExpired',
  RequestTimeout: 'InvalidInput',
  ServiceUnavailable: 'ServiceUnavailable',
  SignatureDoesNotMatch: 'SignatureDoesNotMatch',
  SlowDown: 'Throttling',
};

export function toIamError(error: unknown): IamError {
  if (error instanceof IamError) return error;
  if (error instanceof S3Error) {
    const code = ofS3[error.code];
    if (code !== undefined) return new IamError(code, error.message, { cause: error });
  }
  if (isRetryable(error)) return new IamError('ServiceUnavailable', 'Try again later.', { cause: error });
  return new IamError('InternalFailure', 'An internal error occurred. Try again.', { cause: error });
}

export function credentialError(failure: CredentialFailure): IamError {
  return failure === 'expired-token'
    ? new IamError('ExpiredToken', 'The security token included in the request is expired')
    : new IamError('InvalidClientTokenId', 'The security token included in the request is invalid.');
}
