// What the gateway does with each request header. A header can limit what a request may do (conditions, ranges, owners,
// checksums), so none is ignored by default: a header that begins with `x-amz-`, or that limits a request by HTTP's own
// rules, must be honoured by the operation, or stand below with the reason why ignoring it is harmless. All others are
// refused with 501 NotImplemented.
import type { S3ErrorCode } from '../errors.js';
import type { OperationName } from './table.js';

export interface HeaderRule {
  /** Lower-case names; one that ends in `*` stands for every name that begins so. */
  readonly headers: readonly string[];
  /** The operations for which the rule holds; absent: all. The first rule that holds counts. */
  readonly operations?: readonly OperationName[];
  /** Operations for which the rule does not hold. */
  readonly except?: readonly OperationName[];
  /**
   * `honoured`: the operation obeys the header. `limited`: only `values` are accepted, which ask for what happens
   * anyway. `harmless`: ignored; the header cannot limit anything here.
   */
  readonly treatment: 'honoured' | 'limited' | 'harmless';
  /** Accepted values of a limited header, in lower case. */
  readonly values?: readonly string[];
  /** The error for other values; absent: NotImplemented. */
  readonly code?: S3ErrorCode;
  /** Why ignoring the header, or accepting only those values, is right. */
  readonly reason?: string;
}

/** Headers of HTTP itself that limit a request. Other HTTP headers describe the object, the body or the connection. */
export const limitingHttpHeaders = [
  'content-range',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-unmodified-since',
] as const;

const readsObject: readonly OperationName[] = ['GetObject', 'HeadObject'];
const createsObject: readonly OperationName[] = ['PutObject', 'CopyObject', 'CompleteMultipartUpload'];
const describesObject: readonly OperationName[] = ['PutObject', 'PostObject', 'CopyObject', 'CreateMultipartUpload'];
/** The operations that set an access control list. */
const takesAcl: readonly OperationName[] = [...describesObject, 'CreateBucket', 'PutBucketAcl', 'PutObjectAcl'];
const copies: readonly OperationName[] = ['CopyObject', 'UploadPartCopy'];
const storesBody: readonly OperationName[] = ['PutObject', 'UploadPart'];
/** The operations that take a body. */
export const readsBody: readonly OperationName[] = [
  ...storesBody,
  'CompleteMultipartUpload',
  'CreateBucket',
  'DeleteObjects',
  'PostObject',
  'PutBucketAccelerateConfiguration',
  'PutBucketAcl',
  'PutBucketCors',
  'PutBucketEncryption',
  'PutBucketLifecycleConfiguration',
  'PutBucketInventoryConfiguration',
  'PutBucketLogging',
  'PutBucketNotificationConfiguration',
  'PutBucketOwnershipControls',
  'PutBucketPolicy',
  'PutBucketRequestPayment',
  'PutBucketTagging',
  'PutBucketVersioning',
  'PutObjectAcl',
  'PutObjectLegalHold',
  'PutObjectLockConfiguration',
  'PutObjectRetention',
  'PutObjectTagging',
  'PutBucketWebsite',
  'PutPublicAccessBlock',
];
const deletes: readonly OperationName[] = ['DeleteObject', 'DeleteObjects'];
const lists: readonly OperationName[] = ['ListObjects', 'ListObjectsV2', 'ListObjectVersions'];
const answersFromIndex: readonly OperationName[] = [
  ...lists,
  'GetBucketAcl',
  'GetBucketCors',
  'GetBucketAccelerateConfiguration',
  'GetBucketEncryption',
  'GetBucketLifecycleConfiguration',
  'GetBucketLogging',
  'GetBucketNotificationConfiguration',
  'GetBucketRequestPayment',
  'GetBucketLocation',
  'GetBucketOwnershipControls',
  'GetBucketPolicy',
  'GetBucketPolicyStatus',
  'GetBucketTagging',
  'GetBucketVersioning',
  'GetBucketWebsite',
  'GetObjectAcl',
  'GetObjectLegalHold',
  'GetObjectLockConfiguration',
  'GetObjectRetention',
  'GetObjectTagging',
  'GetPublicAccessBlock',
  'HeadBucket',
  'ListBuckets',
  'ListMultipartUploads',
  'ListParts',
];
/** They address no existing bucket. */
const usesNoBucket: readonly OperationName[] = [
  'CreateBucket',
  'ListBuckets',
  'ListDirectoryBuckets',
  'WriteGetObjectResponse',
];

function customerKeyNames(prefix: string): readonly string[] {
  return ['algorithm', 'key', 'key-md5'].map((part) => `${prefix}server-side-encryption-customer-${part}`);
}

export const headerRules: readonly HeaderRule[] = [
  // The signature and the body.
  { headers: ['x-amz-date', 'x-amz-content-sha256', 'x-amz-security-token'], treatment: 'honoured' },
  { headers: ['x-amz-user-agent'], treatment: 'harmless', reason: 'Names the software of the client.' },
  {
    headers: ['x-amz-decoded-content-length', 'x-amz-trailer', 'x-amz-sdk-checksum-algorithm'],
    operations: readsBody,
    treatment: 'honoured',
  },
  {
    headers: ['x-amz-sdk-checksum-algorithm'],
    treatment: 'harmless',
    reason: 'Names the algorithm of a checksum; where the operation has no body, a checksum itself is refused.',
  },
  {
    headers: [
      'x-amz-checksum-crc32',
      'x-amz-checksum-crc32c',
      'x-amz-checksum-crc64nvme',
      'x-amz-checksum-sha1',
      'x-amz-checksum-sha256',
    ],
    operations: readsBody,
    treatment: 'honoured',
  },
  { headers: ['x-amz-checksum-mode'], operations: readsObject, treatment: 'honoured' },
  {
    headers: ['x-amz-checksum-algorithm'],
    operations: [...storesBody, 'CopyObject', 'CreateMultipartUpload'],
    treatment: 'honoured',
  },
  {
    headers: ['x-amz-checksum-type'],
    operations: ['CreateMultipartUpload', 'CompleteMultipartUpload'],
    treatment: 'honoured',
  },
  {
    headers: ['x-amz-checksum-type'],
    operations: ['PutObject'],
    treatment: 'limited',
    values: ['full_object'],
    code: 'InvalidRequest',
    reason: 'The checksum of an object stored by one request is of the full object.',
  },
  { headers: ['x-amz-mp-object-size'], operations: ['CompleteMultipartUpload'], treatment: 'honoured' },

  // Conditions.
  { headers: ['x-amz-expected-bucket-owner'], except: usesNoBucket, treatment: 'honoured' },
  { headers: ['x-amz-source-expected-bucket-owner'], operations: copies, treatment: 'honoured' },
  { headers: ['if-match'], operations: [...readsObject, ...createsObject, 'DeleteObject'], treatment: 'honoured' },
  { headers: ['if-none-match'], operations: [...readsObject, ...createsObject], treatment: 'honoured' },
  { headers: ['if-modified-since', 'if-unmodified-since'], operations: readsObject, treatment: 'honoured' },
  {
    headers: ['if-none-match', 'if-modified-since'],
    operations: answersFromIndex,
    treatment: 'harmless',
    reason: 'These answers have no validator, so a full answer is right (RFC 9110 §13.1); caches add both headers.',
  },
  {
    headers: ['x-amz-if-match-last-modified-time', 'x-amz-if-match-size'],
    operations: ['DeleteObject'],
    treatment: 'honoured',
  },
  { headers: ['x-amz-if-match-initiated-time'], operations: ['AbortMultipartUpload'], treatment: 'honoured' },
  {
    headers: [
      'x-amz-copy-source',
      'x-amz-copy-source-if-match',
      'x-amz-copy-source-if-modified-since',
      'x-amz-copy-source-if-none-match',
      'x-amz-copy-source-if-unmodified-since',
    ],
    operations: copies,
    treatment: 'honoured',
  },
  { headers: ['x-amz-copy-source-range'], operations: ['UploadPartCopy'], treatment: 'honoured' },

  // Descriptions and settings of objects and buckets.
  { headers: ['x-amz-meta-*'], operations: describesObject, treatment: 'honoured' },
  {
    headers: ['x-amz-meta-*'],
    treatment: 'harmless',
    reason: 'Describes an object that is created; this operation creates none.',
  },
  { headers: ['x-amz-tagging'], operations: describesObject, treatment: 'honoured' },
  {
    headers: ['x-amz-object-lock-mode', 'x-amz-object-lock-retain-until-date', 'x-amz-object-lock-legal-hold'],
    operations: describesObject,
    treatment: 'honoured',
  },
  {
    headers: ['x-amz-metadata-directive', 'x-amz-tagging-directive'],
    operations: ['CopyObject'],
    treatment: 'honoured',
  },
  {
    headers: ['x-amz-object-attributes', 'x-amz-max-parts', 'x-amz-part-number-marker'],
    operations: ['GetObjectAttributes'],
    treatment: 'honoured',
  },
  {
    headers: ['x-amz-object-annotation-directive'],
    operations: ['CopyObject'],
    treatment: 'harmless',
    reason: 'Objects have no annotations, so every directive has the same effect.',
  },
  {
    headers: [
      'x-amz-acl',
      'x-amz-grant-full-control',
      'x-amz-grant-read',
      'x-amz-grant-read-acp',
      'x-amz-grant-write',
      'x-amz-grant-write-acp',
    ],
    operations: takesAcl,
    treatment: 'honoured',
  },
  {
    headers: ['x-amz-acl'],
    treatment: 'limited',
    values: ['private', 'bucket-owner-full-control'],
    code: 'InvalidArgument',
    reason: 'The operation creates nothing that could have a list.',
  },
  { headers: ['x-amz-storage-class'], operations: describesObject, treatment: 'honoured' },
  { headers: ['x-amz-website-redirect-location'], operations: describesObject, treatment: 'honoured' },
  {
    headers: ['x-amz-storage-class'],
    treatment: 'limited',
    values: ['standard'],
    code: 'InvalidStorageClass',
    reason: 'The operation creates no object: it cannot have another class.',
  },
  {
    headers: [...customerKeyNames('x-amz-')],
    operations: [
      ...readsObject,
      ...describesObject,
      'CompleteMultipartUpload',
      'GetObjectAttributes',
      'GetObjectReceipt',
      'GetObjectReceiptWithKeys',
      'UploadPart',
      'UploadPartCopy',
    ],
    treatment: 'honoured',
  },
  {
    headers: [...customerKeyNames('x-amz-')],
    operations: ['ListParts'],
    treatment: 'harmless',
    reason: 'The list shows nothing that the key protects.',
  },
  { headers: [...customerKeyNames('x-amz-copy-source-')], operations: copies, treatment: 'honoured' },
  {
    headers: ['x-amz-server-side-encryption'],
    operations: readsObject,
    treatment: 'limited',
    values: [],
    code: 'InvalidArgument',
    reason: 'Amazon takes the header on writes only, and refuses reads that carry it.',
  },
  {
    headers: [
      'x-amz-server-side-encryption',
      'x-amz-server-side-encryption-aws-kms-key-id',
      'x-amz-server-side-encryption-bucket-key-enabled',
      'x-amz-server-side-encryption-context',
    ],
    operations: describesObject,
    treatment: 'honoured',
  },
  {
    headers: ['x-amz-server-side-encryption'],
    treatment: 'limited',
    values: ['aes256'],
    reason: 'Every object is encrypted with AES-256 under keys of the gateway.',
  },
  {
    headers: ['x-amz-bucket-object-lock-enabled'],
    operations: ['CreateBucket'],
    treatment: 'limited',
    values: ['true', 'false'],
    reason: 'Both values are obeyed.',
  },
  {
    headers: ['x-amz-skip-destination-validation'],
    operations: ['PutBucketNotificationConfiguration'],
    treatment: 'limited',
    values: ['true', 'false'],
    reason: 'Both values are obeyed.',
  },
  { headers: ['x-amz-object-ownership'], operations: ['CreateBucket'], treatment: 'honoured' },
  {
    headers: ['x-amz-bucket-namespace'],
    operations: ['CreateBucket'],
    treatment: 'limited',
    values: ['global'],
    reason: 'Bucket names share one namespace.',
  },
  {
    headers: ['x-amz-confirm-remove-self-bucket-access'],
    operations: ['PutBucketPolicy'],
    treatment: 'harmless',
    reason: 'Confirms that the policy may deny its author: the root of the account can always replace it.',
  },
  {
    headers: ['x-amz-request-payer'],
    treatment: 'harmless',
    reason: 'Consents to charges; the owner of a bucket pays for it.',
  },
  {
    headers: ['x-amz-bypass-governance-retention'],
    operations: [...deletes, 'PutObjectRetention'],
    treatment: 'honoured',
  },
  {
    headers: ['x-amz-mfa'],
    operations: [...deletes, 'PutBucketVersioning'],
    treatment: 'honoured',
  },
  {
    headers: ['x-amz-transition-default-minimum-object-size'],
    operations: ['PutBucketLifecycleConfiguration'],
    treatment: 'harmless',
    reason: 'Limits transitions to other storage classes, of which there are none.',
  },
  {
    headers: ['x-amz-optional-object-attributes'],
    operations: lists,
    treatment: 'harmless',
    reason: 'Asks for the restore status; objects are never archived, and Amazon lists none for such objects.',
  },
];
