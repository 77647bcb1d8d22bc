// One valid request of every operation, for the behaviour that all operations share: missing buckets, owners, access, bodies.
import { createHash } from 'node:crypto';
import type { SendOptions } from '../endpoint.js';
import type { World } from '../world.js';

interface Prepared {
  readonly bucket: string;
  readonly target: string;
  readonly options?: SendOptions;
}

export interface Sample {
  readonly operation: string;
  readonly method: string;
  /** The status of the answer. */
  readonly status: number;
  /** The action of a policy that allows it. */
  readonly actions: readonly string[];
  /** The root element of its body, for operations that take XML. */
  readonly root?: string;
  /** A bucket, and a request to it that succeeds. */
  readonly prepare: (world: World) => Promise<Prepared>;
  /** Only the account of the bucket, which is asked for by `x-amz-expected-bucket-owner`, may be named. */
  readonly takesNoOwner?: true;
}

interface BucketSample {
  readonly query?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly before?: (world: World, bucket: string) => Promise<unknown>;
  readonly settings?: Parameters<World['bucket']>[0];
  readonly status?: number;
  readonly root?: string;
}

function onBucket(operation: string, method: string, action: string, sample: BucketSample = {}): Sample {
  const { query, body, headers, before, settings, status = 200, root } = sample;
  return {
    operation,
    method,
    status,
    actions: [action],
    ...(root === undefined ? {} : { root }),
    prepare: async (world) => {
      const bucket = await world.bucket(settings);
      await before?.(world, bucket);
      const options = { ...(body === undefined ? {} : { body }), ...(headers === undefined ? {} : { headers }) };
      return { bucket, target: `/${bucket}${query === undefined ? '' : `?${query}`}`, options };
    },
  };
}

interface ObjectSample {
  readonly query?: string | ((made: string) => string);
  readonly body?: string;
  readonly headers?: (bucket: string) => Readonly<Record<string, string>>;
  /** Runs after the object `key` is stored; what it gives is the argument of `query`. */
  readonly before?: (world: World, bucket: string) => Promise<string>;
  readonly settings?: Parameters<World['bucket']>[0];
  readonly status?: number;
  readonly root?: string;
  readonly more?: readonly string[];
}

function onObject(operation: string, method: string, action: string, sample: ObjectSample = {}): Sample {
  const { query, body, headers, before, settings, status = 200, root, more = [] } = sample;
  return {
    operation,
    method,
    status,
    actions: [action, ...more],
    ...(root === undefined ? {} : { root }),
    prepare: async (world) => {
      const bucket = await world.bucket(settings);
      await world.put(bucket, 'key');
      const made = (await before?.(world, bucket)) ?? '';
      const search = typeof query === 'function' ? query(made) : query;
      const options = {
        ...(body === undefined ? {} : { body }),
        ...(headers === undefined ? {} : { headers: headers(bucket) }),
      };
      return { bucket, target: `/${bucket}/key${search === undefined ? '' : `?${search}`}`, options };
    },
  };
}

export const documents = {
  cors: '<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin></CORSRule></CORSConfiguration>',
  lifecycle:
    '<LifecycleConfiguration><Rule><ID>a</ID><Filter><Prefix>old/</Prefix></Filter><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>',
  tagging: '<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>',
  website: '<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument></WebsiteConfiguration>',
  encryption:
    '<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>',
  ownership: '<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule></OwnershipControls>',
  publicAccess:
    '<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>false</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>false</RestrictPublicBuckets></PublicAccessBlockConfiguration>',
  lock: '<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>1</Days></DefaultRetention></Rule></ObjectLockConfiguration>',
  versioning: '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>',
  acceleration: '<AccelerateConfiguration><Status>Suspended</Status></AccelerateConfiguration>',
  requestPayment: '<RequestPaymentConfiguration><Payer>BucketOwner</Payer></RequestPaymentConfiguration>',
  legalHold: '<LegalHold><Status>ON</Status></LegalHold>',
} as const;

export const retention = (days: number, mode = 'GOVERNANCE'): string =>
  `<Retention><Mode>${mode}</Mode><RetainUntilDate>${new Date(Date.now() + days * 86_400_000).toISOString()}</RetainUntilDate></Retention>`;

export const policyOf = (bucket: string, more: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucket}/secret/*`, ...more },
    ],
  });

const withDocument = (query: string, body: string) => (world: World, bucket: string) =>
  world.ok('PUT', `/${bucket}?${query}`, { body });

const putPolicy = async (world: World, bucket: string) =>
  world.ok('PUT', `/${bucket}?policy`, { body: policyOf(bucket) });

const withUpload = (world: World, bucket: string) => world.upload(bucket, 'key');

/** The receipt of an empty object needs no declaration, for which others wait. */
const emptied = async (world: World, bucket: string) => {
  await world.ok('PUT', `/${bucket}/key`, { body: '' });
  return '';
};

const locked = { hasLock: true } as const;

export const samples: readonly Sample[] = [
  onBucket('HeadBucket', 'HEAD', 's3:ListBucket'),
  onBucket('DeleteBucket', 'DELETE', 's3:DeleteBucket', { status: 204 }),
  onBucket('GetBucketLocation', 'GET', 's3:GetBucketLocation', { query: 'location' }),
  onBucket('GetBucketVersioning', 'GET', 's3:GetBucketVersioning', { query: 'versioning' }),
  onBucket('PutBucketVersioning', 'PUT', 's3:PutBucketVersioning', {
    query: 'versioning',
    body: documents.versioning,
    root: 'VersioningConfiguration',
  }),
  onBucket('ListObjects', 'GET', 's3:ListBucket'),
  onBucket('ListObjectsV2', 'GET', 's3:ListBucket', { query: 'list-type=2' }),
  onBucket('ListObjectVersions', 'GET', 's3:ListBucketVersions', { query: 'versions' }),
  onBucket('ListMultipartUploads', 'GET', 's3:ListBucketMultipartUploads', { query: 'uploads' }),
  onBucket('GetBucketAcl', 'GET', 's3:GetBucketAcl', { query: 'acl' }),
  onBucket('PutBucketAcl', 'PUT', 's3:PutBucketAcl', { query: 'acl', headers: { 'x-amz-acl': 'private' } }),
  onBucket('GetBucketCors', 'GET', 's3:GetBucketCORS', { query: 'cors', before: withDocument('cors', documents.cors) }),
  onBucket('PutBucketCors', 'PUT', 's3:PutBucketCORS', {
    query: 'cors',
    body: documents.cors,
    root: 'CORSConfiguration',
  }),
  onBucket('DeleteBucketCors', 'DELETE', 's3:PutBucketCORS', { query: 'cors', status: 204 }),
  onBucket('GetBucketLifecycleConfiguration', 'GET', 's3:GetLifecycleConfiguration', {
    query: 'lifecycle',
    before: withDocument('lifecycle', documents.lifecycle),
  }),
  onBucket('PutBucketLifecycleConfiguration', 'PUT', 's3:PutLifecycleConfiguration', {
    query: 'lifecycle',
    body: documents.lifecycle,
    root: 'LifecycleConfiguration',
  }),
  onBucket('DeleteBucketLifecycle', 'DELETE', 's3:PutLifecycleConfiguration', { query: 'lifecycle', status: 204 }),
  onBucket('GetBucketTagging', 'GET', 's3:GetBucketTagging', {
    query: 'tagging',
    before: withDocument('tagging', documents.tagging),
  }),
  onBucket('PutBucketTagging', 'PUT', 's3:PutBucketTagging', {
    query: 'tagging',
    body: documents.tagging,
    root: 'Tagging',
    status: 204,
  }),
  onBucket('DeleteBucketTagging', 'DELETE', 's3:PutBucketTagging', { query: 'tagging', status: 204 }),
  onBucket('GetBucketWebsite', 'GET', 's3:GetBucketWebsite', {
    query: 'website',
    before: withDocument('website', documents.website),
  }),
  onBucket('PutBucketWebsite', 'PUT', 's3:PutBucketWebsite', {
    query: 'website',
    body: documents.website,
    root: 'WebsiteConfiguration',
  }),
  onBucket('DeleteBucketWebsite', 'DELETE', 's3:DeleteBucketWebsite', { query: 'website', status: 204 }),
  onBucket('GetBucketEncryption', 'GET', 's3:GetEncryptionConfiguration', { query: 'encryption' }),
  onBucket('PutBucketEncryption', 'PUT', 's3:PutEncryptionConfiguration', {
    query: 'encryption',
    body: documents.encryption,
    root: 'ServerSideEncryptionConfiguration',
  }),
  onBucket('DeleteBucketEncryption', 'DELETE', 's3:PutEncryptionConfiguration', { query: 'encryption', status: 204 }),
  onBucket('GetBucketOwnershipControls', 'GET', 's3:GetBucketOwnershipControls', { query: 'ownershipControls' }),
  onBucket('PutBucketOwnershipControls', 'PUT', 's3:PutBucketOwnershipControls', {
    query: 'ownershipControls',
    body: documents.ownership,
    root: 'OwnershipControls',
  }),
  onBucket('DeleteBucketOwnershipControls', 'DELETE', 's3:PutBucketOwnershipControls', {
    query: 'ownershipControls',
    status: 204,
  }),
  onBucket('GetPublicAccessBlock', 'GET', 's3:GetBucketPublicAccessBlock', { query: 'publicAccessBlock' }),
  onBucket('PutPublicAccessBlock', 'PUT', 's3:PutBucketPublicAccessBlock', {
    query: 'publicAccessBlock',
    body: documents.publicAccess,
    root: 'PublicAccessBlockConfiguration',
  }),
  onBucket('DeletePublicAccessBlock', 'DELETE', 's3:PutBucketPublicAccessBlock', {
    query: 'publicAccessBlock',
    status: 204,
  }),
  onBucket('GetBucketPolicy', 'GET', 's3:GetBucketPolicy', { query: 'policy', before: putPolicy }),
  onBucket('GetBucketPolicyStatus', 'GET', 's3:GetBucketPolicyStatus', { query: 'policyStatus', before: putPolicy }),
  {
    operation: 'PutBucketPolicy',
    method: 'PUT',
    status: 204,
    actions: ['s3:PutBucketPolicy'],
    prepare: async (world) => {
      const bucket = await world.bucket();
      return { bucket, target: `/${bucket}?policy`, options: { body: policyOf(bucket) } };
    },
  },
  onBucket('DeleteBucketPolicy', 'DELETE', 's3:DeleteBucketPolicy', {
    query: 'policy',
    before: putPolicy,
    status: 204,
  }),
  onBucket('GetObjectLockConfiguration', 'GET', 's3:GetBucketObjectLockConfiguration', {
    query: 'object-lock',
    settings: locked,
  }),
  onBucket('PutObjectLockConfiguration', 'PUT', 's3:PutBucketObjectLockConfiguration', {
    query: 'object-lock',
    settings: locked,
    body: documents.lock,
    root: 'ObjectLockConfiguration',
  }),
  onBucket('GetBucketAccelerateConfiguration', 'GET', 's3:GetAccelerateConfiguration', { query: 'accelerate' }),
  onBucket('PutBucketAccelerateConfiguration', 'PUT', 's3:PutAccelerateConfiguration', {
    query: 'accelerate',
    body: documents.acceleration,
    root: 'AccelerateConfiguration',
  }),
  onBucket('PutBucketRequestPayment', 'PUT', 's3:PutBucketRequestPayment', {
    query: 'requestPayment',
    body: documents.requestPayment,
    root: 'RequestPaymentConfiguration',
  }),
  onBucket('GetBucketLogging', 'GET', 's3:GetBucketLogging', { query: 'logging' }),
  onBucket('GetBucketNotificationConfiguration', 'GET', 's3:GetBucketNotification', { query: 'notification' }),
  onBucket('GetBucketRequestPayment', 'GET', 's3:GetBucketRequestPayment', { query: 'requestPayment' }),
  {
    operation: 'DeleteObjects',
    method: 'POST',
    status: 200,
    actions: ['s3:DeleteObject'],
    root: 'Delete',
    prepare: async (world) => {
      const bucket = await world.bucket();
      await world.put(bucket, 'key');
      const body = '<Delete><Object><Key>key</Key></Object></Delete>';
      return { bucket, target: `/${bucket}?delete`, options: { body, headers: { 'content-md5': md5(body) } } };
    },
  },
  onObject('PutObject', 'PUT', 's3:PutObject', { body: 'new' }),
  onObject('GetObject', 'GET', 's3:GetObject'),
  onObject('HeadObject', 'HEAD', 's3:GetObject'),
  onObject('DeleteObject', 'DELETE', 's3:DeleteObject', { status: 204 }),
  onObject('CopyObject', 'PUT', 's3:PutObject', {
    headers: (bucket) => ({ 'x-amz-copy-source': `${bucket}/key`, 'x-amz-metadata-directive': 'REPLACE' }),
    more: ['s3:GetObject'],
  }),
  onObject('GetObjectAcl', 'GET', 's3:GetObjectAcl', { query: 'acl' }),
  onObject('PutObjectAcl', 'PUT', 's3:PutObjectAcl', { query: 'acl', headers: () => ({ 'x-amz-acl': 'private' }) }),
  onObject('GetObjectAttributes', 'GET', 's3:GetObjectAttributes', {
    query: 'attributes',
    headers: () => ({ 'x-amz-object-attributes': 'ETag' }),
    more: ['s3:GetObject'],
  }),
  onObject('GetObjectReceipt', 'GET', 's3:GetObject', { query: 'receipt', before: emptied }),
  onObject('GetObjectReceiptWithKeys', 'GET', 's3:GetObject', { query: 'receipt&stream-keys', before: emptied }),
  onObject('GetObjectTagging', 'GET', 's3:GetObjectTagging', { query: 'tagging' }),
  onObject('PutObjectTagging', 'PUT', 's3:PutObjectTagging', {
    query: 'tagging',
    body: documents.tagging,
    root: 'Tagging',
  }),
  onObject('DeleteObjectTagging', 'DELETE', 's3:DeleteObjectTagging', { query: 'tagging', status: 204 }),
  onObject('GetObjectLegalHold', 'GET', 's3:GetObjectLegalHold', { query: 'legal-hold', settings: locked }),
  onObject('PutObjectLegalHold', 'PUT', 's3:PutObjectLegalHold', {
    query: 'legal-hold',
    settings: locked,
    body: documents.legalHold,
    root: 'LegalHold',
  }),
  onObject('GetObjectRetention', 'GET', 's3:GetObjectRetention', {
    query: 'retention',
    settings: locked,
    before: async (world, bucket) => {
      await world.ok('PUT', `/${bucket}/key?retention`, { body: retention(1) });
      return '';
    },
  }),
  {
    operation: 'PutObjectRetention',
    method: 'PUT',
    status: 200,
    actions: ['s3:PutObjectRetention'],
    root: 'Retention',
    prepare: async (world) => {
      const bucket = await world.bucket(locked);
      await world.put(bucket, 'key');
      return { bucket, target: `/${bucket}/key?retention`, options: { body: retention(2) } };
    },
  },
  onObject('CreateMultipartUpload', 'POST', 's3:PutObject', { query: 'uploads' }),
  onObject('UploadPart', 'PUT', 's3:PutObject', {
    before: withUpload,
    query: (id) => `partNumber=1&uploadId=${id}`,
    body: 'part',
  }),
  onObject('UploadPartCopy', 'PUT', 's3:PutObject', {
    before: withUpload,
    query: (id) => `partNumber=1&uploadId=${id}`,
    headers: (bucket) => ({ 'x-amz-copy-source': `${bucket}/key` }),
    more: ['s3:GetObject'],
  }),
  onObject('ListParts', 'GET', 's3:ListMultipartUploadParts', { before: withUpload, query: (id) => `uploadId=${id}` }),
  onObject('AbortMultipartUpload', 'DELETE', 's3:AbortMultipartUpload', {
    before: withUpload,
    query: (id) => `uploadId=${id}`,
    status: 204,
  }),
  {
    operation: 'CompleteMultipartUpload',
    method: 'POST',
    status: 200,
    actions: ['s3:PutObject'],
    root: 'CompleteMultipartUpload',
    prepare: async (world) => {
      const bucket = await world.bucket();
      const id = await world.upload(bucket, 'key');
      const { headers } = await world.part(bucket, 'key', id, 1);
      return { bucket, target: `/${bucket}/key?uploadId=${id}`, options: { body: completion([headers.etag ?? '']) } };
    },
  },
];

/** The document of CompleteMultipartUpload for parts from 1. */
export function completion(etags: readonly string[]): string {
  const parts = etags.map((etag, at) => `<Part><PartNumber>${at + 1}</PartNumber><ETag>${etag}</ETag></Part>`);
  return `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
}

/** Content-MD5 of a body. */
export function md5(body: string | Uint8Array): string {
  return createHash('md5').update(body).digest('base64');
}
