// Errors of the IAM and STS APIs, with the codes and statuses that Amazon documents ("Common errors" and those of each action).

const statuses = {
  AccessDenied: 403,
  AlreadyExistsException: 400,
  ConflictException: 400,
  DeleteConflict: 409,
  DisabledException: 400,
  EntityAlreadyExists: 409,
  ExpiredToken: 403,
  IncompleteSignature: 400,
  InternalFailure: 500,
  InvalidAction: 400,
  InvalidAliasNameException: 400,
  InvalidArnException: 400,
  InvalidAuthenticationCode: 403,
  InvalidClientTokenId: 403,
  InvalidInput: 400,
  InvalidParameterValue: 400,
  KMSInvalidStateException: 400,
  LimitExceeded: 409,
  LimitExceededException: 400,
  MalformedPolicyDocument: 400,
  MissingAuthenticationToken: 403,
  NoSuchEntity: 404,
  NotFoundException: 400,
  PackedPolicyTooLarge: 400,
  PolicyNotAttachable: 400,
  RequestExpired: 400,
  ServiceUnavailable: 503,
  SignatureDoesNotMatch: 403,
  Throttling: 400,
  UnmodifiableEntity: 400,
  UnsupportedOperationException: 400,
  ValidationError: 400,
} as const;

export type IamErrorCode = keyof typeof statuses;

/** A refusal that is sent to the client as it is. */
export class IamError extends Error {
  override readonly name = 'IamError';
  readonly status: number;

  constructor(
    readonly code: IamErrorCode,
    message: string,
    options: { readonly cause?: unknown } = {},
  ) {
    super(message, options);
    this.status = statuses[code];
  }
}
