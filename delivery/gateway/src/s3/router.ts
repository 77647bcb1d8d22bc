// Which operation a request means: by method, resource and sub-resource, as Amazon's API reference lists them.
import type { S3Context } from './context.js';
import { S3Error } from './errors.js';
import * as bucket from './handlers/bucket.js';
import { copyObject } from './handlers/copy-object.js';
import { deleteObject, deleteObjects } from './handlers/delete-objects.js';
import { getObject, getObjectTagging, headObject } from './handlers/get-object.js';
import * as listing from './handlers/listing.js';
import * as multipart from './handlers/multipart.js';
import { putObject } from './handlers/put-object.js';
import { uploadPart, uploadPartCopy } from './handlers/upload-part.js';

export type S3Handler = (context: S3Context) => Promise<void>;

/** Sub-resources of S3 that this gateway does not offer: asking for one must not fall through to another operation. */
const unsupported = [
  'accelerate',
  'analytics',
  'annotation',
  'attributes',
  'inventory',
  'legal-hold',
  'logging',
  'metadataTable',
  'metrics',
  'notification',
  'ownershipControls',
  'policyStatus',
  'publicAccessBlock',
  'renameObject',
  'replication',
  'requestPayment',
  'restore',
  'retention',
  'select',
  'session',
  'torrent',
  'website',
  'intelligent-tiering',
];

/** The handler of a request. Throws MethodNotAllowed or NotImplemented. */
export function route(context: Pick<S3Context, 'target' | 'headers' | 'request'>): S3Handler {
  const { target, request } = context;
  const method = request.method ?? '';
  const sub = unsupported.find((name) => target.query.has(name));
  if (sub !== undefined) throw new S3Error('NotImplemented', { details: { Resource: sub } });
  const version = target.query.get('versionId');
  if (version !== undefined && version !== 'null') throw new S3Error('NoSuchVersion');
  if (target.bucket === '') return serviceHandler(method);
  return target.key === '' ? bucketHandler(context, method) : objectHandler(context, method);
}

function serviceHandler(method: string): S3Handler {
  if (method === 'GET') return bucket.listBuckets;
  throw new S3Error('MethodNotAllowed', {
    message:
      'The specified method is not allowed against the service itself. Requests for a bucket name it in the path (http://host/bucket/key): set forcePathStyle (or addressing_style = path) in your client.',
  });
}

function bucketHandler({ target }: Pick<S3Context, 'target'>, method: string): S3Handler {
  const has = (name: string) => target.query.has(name);
  switch (method) {
    case 'GET':
      if (has('location')) return bucket.getBucketLocation;
      if (has('versioning')) return bucket.getBucketVersioning;
      if (has('acl')) return bucket.getAcl;
      if (has('versions')) return listing.listObjectVersions;
      if (has('uploads')) return listing.listMultipartUploads;
      if (isConfiguration(target.query)) return refuseAbsent;
      return target.query.get('list-type') === '2' ? listing.listObjectsV2 : listing.listObjectsV1;
    case 'HEAD':
      return bucket.headBucket;
    case 'PUT':
      if (has('acl') || has('versioning') || isConfiguration(target.query)) throw new S3Error('NotImplemented');
      return bucket.createBucket;
    case 'DELETE':
      if (isConfiguration(target.query)) throw new S3Error('NotImplemented');
      return bucket.deleteBucket;
    case 'POST':
      if (has('delete')) return deleteObjects;
      throw new S3Error(target.query.size === 0 ? 'NotImplemented' : 'MethodNotAllowed');
    default:
      throw new S3Error('MethodNotAllowed');
  }
}

function objectHandler({ target, headers }: Pick<S3Context, 'target' | 'headers'>, method: string): S3Handler {
  const has = (name: string) => target.query.has(name);
  const copies = headers['x-amz-copy-source'] !== undefined;
  if ((has('tagging') || has('acl')) && method !== 'GET') throw new S3Error('NotImplemented');
  switch (method) {
    case 'GET':
      if (has('acl')) return bucket.getAcl;
      if (has('tagging')) return getObjectTagging;
      return has('uploadId') ? multipart.listParts : getObject;
    case 'HEAD':
      return headObject;
    case 'PUT':
      if (has('uploadId') && has('partNumber')) return copies ? uploadPartCopy : uploadPart;
      if (has('uploadId') || has('partNumber')) {
        throw new S3Error('InvalidArgument', { message: 'uploadId and partNumber must be given together.' });
      }
      return copies ? copyObject : putObject;
    case 'DELETE':
      return has('uploadId') ? multipart.abortMultipartUpload : deleteObject;
    case 'POST':
      if (has('uploads')) return multipart.createMultipartUpload;
      if (has('uploadId')) return multipart.completeMultipartUpload;
      throw new S3Error('MethodNotAllowed');
    default:
      throw new S3Error('MethodNotAllowed');
  }
}

function isConfiguration(query: ReadonlyMap<string, string>): boolean {
  return ['policy', 'cors', 'lifecycle', 'tagging', 'encryption', 'object-lock'].some((name) => query.has(name));
}

async function refuseAbsent(context: S3Context): Promise<void> {
  const code = bucket.absentConfiguration(context);
  throw new S3Error(code ?? 'NotImplemented');
}
