// The S3 errors that this gateway returns, with the codes and statuses of Amazon's error table. Internal errors are
// mapped to S3 errors here only.
import '@cess/access';
import { type ErrorCode, isCessError } from '@cess/primitives';

const table = {
  AccessDenied: [403, 'Access Denied.'],
  AccessControlListNotSupported: [400, 'The bucket does not allow ACLs.'],
  AuthorizationHeaderMalformed: [400, 'The authorization header that you provided is not valid.'],
  AuthorizationQueryParametersError: [400, 'The authorization query parameters that you provided are not valid.'],
  AccessForbidden: [403, 'CORSResponse: This CORS request is not allowed.'],
  BadDigest: [400, 'The Content-MD5 or checksum value that you specified did not match what the server received.'],
  BadRequest: [400, 'Bad Request.'],
  BucketAlreadyExists: [409, 'The requested bucket name is not available. Select a different name and try again.'],
  BucketAlreadyOwnedByYou: [409, 'The bucket that you tried to create already exists, and you own it.'],
  BucketNotEmpty: [409, 'The bucket that you tried to delete is not empty.'],
  ConditionalRequestConflict: [
    409,
    'The conditional request cannot succeed due to a conflicting operation against this resource.',
  ],
  EntityTooLarge: [400, 'Your proposed upload exceeds the maximum allowed object size.'],
  EntityTooSmall: [400, 'Your proposed upload is smaller than the minimum allowed object size.'],
  ExpectationFailed: [417, 'The expectation given in the Expect request header cannot be met.'],
  ExpiredToken: [400, 'The provided token has expired.'],
  IllegalLocationConstraintException: [400, 'The specified location constraint is not valid for this endpoint.'],
  IllegalVersioningConfigurationException: [400, 'The versioning configuration must state a status.'],
  IncompleteBody: [400, 'You did not provide the number of bytes specified by the Content-Length HTTP header.'],
  IncorrectNumberOfFilesInPostRequest: [400, 'POST requires exactly one file upload per request.'],
  InternalError: [500, 'An internal error occurred. Try again.'],
  InvalidAccessKeyId: [403, 'The access key ID that you provided does not exist in our records.'],
  InvalidArgument: [400, 'Invalid Argument.'],
  InvalidBucketAclWithBlockPublicAccessError: [
    400,
    'Bucket cannot have public ACLs set with BlockPublicAccess enabled.',
  ],
  InvalidBucketAclWithObjectOwnership: [
    400,
    "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting.",
  ],
  InvalidBucketName: [400, 'The specified bucket is not valid.'],
  InvalidBucketState: [409, 'The request is not valid for the current state of the bucket.'],
  InvalidChunkSizeError: [403, 'The chunk size of the body is not valid.'],
  InvalidEncryptionAlgorithmError: [400, 'The encryption request that you specified is not valid.'],
  InvalidDigest: [400, 'The Content-MD5 or checksum value that you specified is not valid.'],
  InvalidPart: [400, 'One or more of the specified parts could not be found, or its entity tag did not match.'],
  InvalidPartNumber: [416, 'The requested partnumber is not satisfiable.'],
  InvalidPartOrder: [400, 'The list of parts was not in ascending order.'],
  InvalidPolicyDocument: [
    400,
    'The content of the form does not meet the conditions specified in the policy document.',
  ],
  InvalidRange: [416, 'The requested range is not satisfiable.'],
  InvalidRedirectLocation: [400, 'The website redirect location must have a prefix of http:// or https:// or /.'],
  InvalidRequest: [400, 'Invalid Request.'],
  InvalidS3DestinationBucket: [400, 'The destination bucket does not exist, or belongs to another account.'],
  InvalidStorageClass: [400, 'The storage class that you specified is not valid.'],
  InvalidTargetBucketForLogging: [400, 'The target bucket for logging is not valid.'],
  InvalidTag: [
    400,
    'The tag provided was not a valid tag. This error can occur if the tag did not pass input validation.',
  ],
  InvalidToken: [400, 'The provided token is malformed or otherwise not valid.'],
  InvalidURI: [400, 'The specified URI could not be parsed.'],
  'KMS.DisabledException': [400, 'The named key is disabled.'],
  'KMS.KMSInvalidStateException': [400, 'The named key is pending deletion.'],
  'KMS.NotFoundException': [400, 'The named key does not exist.'],
  KeyTooLongError: [400, 'Your key is too long.'],
  MalformedACLError: [
    400,
    'The ACL that you provided was not well-formed or did not validate against our published schema.',
  ],
  MalformedPOSTRequest: [400, 'The body of your POST request is not well-formed multipart/form-data.'],
  MalformedPolicy: [400, 'The policy is not valid.'],
  MalformedTrailerError: [400, 'The trailer of the body is not well-formed.'],
  MalformedXML: [
    400,
    'The XML that you provided was not well-formed or did not validate against our published schema.',
  ],
  MaxPostPreDataLengthExceededError: [400, 'Your POST request fields preceding the upload file were too large.'],
  MaxMessageLengthExceeded: [400, 'Your request was too large.'],
  MetadataTooLarge: [400, 'Your metadata headers exceed the maximum allowed metadata size.'],
  MethodNotAllowed: [405, 'The specified method is not allowed against this resource.'],
  MissingContentLength: [411, 'You must provide the Content-Length HTTP header.'],
  MissingSecurityHeader: [400, 'Your request is missing a required header.'],
  NoSuchBucket: [404, 'The specified bucket does not exist.'],
  NoSuchBucketPolicy: [404, 'The specified bucket does not have a bucket policy.'],
  NoSuchConfiguration: [404, 'The specified configuration does not exist.'],
  NoSuchCORSConfiguration: [404, 'The specified bucket does not have a CORS configuration.'],
  NoSuchKey: [404, 'The specified key does not exist.'],
  NoSuchLifecycleConfiguration: [404, 'The specified lifecycle configuration does not exist.'],
  NoSuchObjectLockConfiguration: [404, 'The specified object does not have an Object Lock configuration.'],
  NoSuchPublicAccessBlockConfiguration: [404, 'The public access block configuration was not found.'],
  NoSuchTagSet: [404, 'There is no tag set associated with the bucket.'],
  NoSuchUpload: [404, 'The specified multipart upload does not exist. It might have been aborted or completed.'],
  NoSuchWebsiteConfiguration: [404, 'The specified bucket does not have a website configuration.'],
  NoSuchVersion: [404, 'The version ID specified in the request does not match an existing version.'],
  NotImplemented: [501, 'A header or query asks for functionality that this endpoint does not offer.'],
  ObjectLockConfigurationNotFoundError: [404, 'Object Lock configuration does not exist for this bucket.'],
  ObjectSealedByClient: [
    409,
    'The object was encrypted by the client that stored it. Read it with the CESS SDK and its key, or send x-cess-sealed: ciphertext to get the ciphertext.',
  ],
  OperationAborted: [409, 'A conflicting operation is in progress against this resource. Try again.'],
  OwnershipControlsNotFoundError: [404, 'The bucket ownership controls were not found.'],
  PreconditionFailed: [412, 'At least one of the preconditions that you specified did not hold.'],
  ReplicationConfigurationNotFoundError: [404, 'The replication configuration was not found.'],
  RequestIsNotMultiPartContent: [412, 'Bucket POST must be of the enclosure-type multipart/form-data.'],
  RequestTimeTooSkewed: [403, 'The difference between the request time and the server time is too large.'],
  RequestTimeout: [
    400,
    'Your socket connection to the server was not read from or written to within the timeout period.',
  ],
  ServiceUnavailable: [503, 'Service is unable to handle request. Reduce your request rate or try again later.'],
  ServerSideEncryptionConfigurationNotFoundError: [404, 'The server side encryption configuration was not found.'],
  SignatureDoesNotMatch: [
    403,
    'The request signature that the server calculated does not match the signature that you provided.',
  ],
  SlowDown: [503, 'Please reduce your request rate.'],
  TooManyConfigurations: [400, 'You are attempting to create a new configuration but have reached the limit.'],
  UnexpectedContent: [400, 'This request contains unsupported content.'],
  UserKeyMustBeSpecified: [
    400,
    'The bucket POST must contain the specified field name. If it is specified, check the order of the fields.',
  ],
  XAmzContentSHA256Mismatch: [400, 'The provided x-amz-content-sha256 header does not match what was computed.'],
} as const satisfies Record<string, readonly [number, string]>;

export type S3ErrorCode = keyof typeof table;

export class S3Error extends Error {
  override readonly name = 'S3Error';
  readonly status: number;
  /** Further elements of the XML answer. */
  readonly details: Readonly<Record<string, string>>;
  /** Further headers of the answer. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly code: S3ErrorCode,
    options: {
      readonly message?: string;
      readonly details?: Readonly<Record<string, string>>;
      readonly headers?: Readonly<Record<string, string>>;
      readonly cause?: unknown;
    } = {},
  ) {
    super(options.message ?? table[code][1], { cause: options.cause });
    this.status = table[code][0];
    this.details = options.details ?? {};
    this.headers = options.headers ?? {};
  }
}

/** The S3 error for each internal error code. Others become InternalError; their cause appears in the log only. */
const byInternalCode: Readonly<Partial<Record<ErrorCode, S3ErrorCode>>> = {
  ACL_MALFORMED: 'MalformedACLError',
  ACL_NOT_SUPPORTED: 'AccessControlListNotSupported',
  AUDIT_LOG_CLOSED: 'ServiceUnavailable',
  AUDIT_LOG_FULL: 'SlowDown',
  AUDIT_LOG_WRITE_FAILED: 'ServiceUnavailable',
  BUCKET_NOT_FOUND: 'NoSuchBucket',
  BUCKET_NOT_EMPTY: 'BucketNotEmpty',
  CORS_INVALID: 'InvalidRequest',
  CORS_MALFORMED: 'MalformedXML',
  LIFECYCLE_INVALID_COMBINATION: 'InvalidRequest',
  LIFECYCLE_INVALID_VALUE: 'InvalidArgument',
  LIFECYCLE_MALFORMED: 'MalformedXML',
  OBJECT_LOCKED: 'AccessDenied',
  OBJECT_LOCK_PERMANENT: 'InvalidBucketState',
  OBJECT_NOT_FOUND: 'NoSuchKey',
  OBJECT_RECEIPT_TOO_LARGE: 'InvalidRequest',
  POLICY_MALFORMED: 'MalformedPolicy',
  POLICY_TOO_LARGE: 'MalformedPolicy',
  PRECONDITION_FAILED: 'PreconditionFailed',
  UPLOAD_NOT_FOUND: 'NoSuchUpload',
  GATEWAY_LEASE_LOST: 'ServiceUnavailable',
  INDEX_CONFLICT: 'SlowDown',
  INDEX_DATABASE_REJECTED: 'ServiceUnavailable',
  INDEX_OUTCOME_UNKNOWN: 'ServiceUnavailable',
  INDEX_OVERLOADED: 'SlowDown',
  INDEX_UNAVAILABLE: 'ServiceUnavailable',
  GATEWAY_TOO_FEW_PROVIDERS: 'ServiceUnavailable',
  GATEWAY_QUOTA_EXCEEDED: 'AccessDenied',
  GATEWAY_UNREADABLE: 'ServiceUnavailable',
  GATEWAY_KEY_MISSING: 'AccessDenied',
  ABORTED: 'ServiceUnavailable',
  KV_DISK_FULL: 'ServiceUnavailable',
  BODY_TOO_SLOW: 'SlowDown',
  SPILL_FULL: 'SlowDown',
  SPILL_FAILED: 'ServiceUnavailable',
  KV_IO: 'ServiceUnavailable',
  KV_OUTCOME_UNKNOWN: 'ServiceUnavailable',
  KV_SUSPENDED: 'ServiceUnavailable',
};

/** Internal codes whose message is sent to the client instead of Amazon's. */
const tellsItself: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ACL_MALFORMED',
  'CORS_INVALID',
  'CORS_MALFORMED',
  'POLICY_MALFORMED',
  'POLICY_TOO_LARGE',
  'GATEWAY_TOO_FEW_PROVIDERS',
  'GATEWAY_QUOTA_EXCEEDED',
  'GATEWAY_UNREADABLE',
  'GATEWAY_KEY_MISSING',
  'LIFECYCLE_INVALID_COMBINATION',
  'LIFECYCLE_INVALID_VALUE',
  'LIFECYCLE_MALFORMED',
  'OBJECT_LOCKED',
  'OBJECT_LOCK_PERMANENT',
  'OBJECT_RECEIPT_TOO_LARGE',
]);

export function toS3Error(error: unknown): S3Error {
  if (error instanceof S3Error) return error;
  if (isCessError(error)) {
    const code = byInternalCode[error.code];
    if (code !== undefined) {
      return new S3Error(code, { cause: error, ...(tellsItself.has(error.code) ? { message: error.message } : {}) });
    }
  }
  return new S3Error('InternalError', { cause: error });
}
