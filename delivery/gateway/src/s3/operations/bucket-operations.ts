// Operations on a bucket and on lists of its objects. Configurations of buckets: bucket-configuration-operations.ts.
import { getBucketAcl } from '../handlers/access-control-lists.js';
import * as bucket from '../handlers/bucket.js';
import { getBucketVersioning, putBucketVersioning } from '../handlers/bucket-versioning.js';
import { deleteObjects } from '../handlers/delete-objects.js';
import { listenBucketNotification } from '../handlers/listen-events.js';
import * as listing from '../handlers/listing.js';
import { postObject } from '../handlers/post-object.js';
import type { OperationRow } from './operation.js';

export const bucketOperations = [
  { name: 'CreateBucket', method: 'PUT', action: 's3:CreateBucket', handler: bucket.createBucket },
  { name: 'DeleteBucket', method: 'DELETE', action: 's3:DeleteBucket', handler: bucket.deleteBucket },
  {
    name: 'DeleteObjects',
    method: 'POST',
    selectedBy: ['delete'],
    action: 's3:DeleteObject',
    isAuthorizedByHandler: true,
    handler: deleteObjects,
  },
  { name: 'GetBucketAcl', method: 'GET', selectedBy: ['acl'], action: 's3:GetBucketAcl', handler: getBucketAcl },
  {
    name: 'GetBucketLocation',
    method: 'GET',
    selectedBy: ['location'],
    action: 's3:GetBucketLocation',
    handler: bucket.getBucketLocation,
  },
  {
    name: 'GetBucketVersioning',
    method: 'GET',
    selectedBy: ['versioning'],
    action: 's3:GetBucketVersioning',
    handler: getBucketVersioning,
  },
  { name: 'HeadBucket', method: 'HEAD', action: 's3:ListBucket', handler: bucket.headBucket },
  {
    name: 'ListMultipartUploads',
    method: 'GET',
    selectedBy: ['uploads'],
    query: ['delimiter', 'encoding-type', 'key-marker', 'max-uploads', 'prefix', 'upload-id-marker'],
    action: 's3:ListBucketMultipartUploads',
    handler: listing.listMultipartUploads,
  },
  {
    name: 'ListObjectVersions',
    method: 'GET',
    selectedBy: ['versions'],
    query: ['delimiter', 'encoding-type', 'key-marker', 'max-keys', 'prefix', 'version-id-marker'],
    action: 's3:ListBucketVersions',
    handler: listing.listObjectVersions,
  },
  {
    name: 'ListObjects',
    method: 'GET',
    query: ['delimiter', 'encoding-type', 'marker', 'max-keys', 'prefix'],
    action: 's3:ListBucket',
    handler: listing.listObjectsV1,
  },
  {
    name: 'ListObjectsV2',
    method: 'GET',
    selectedBy: ['list-type=2'],
    query: ['delimiter', 'encoding-type', 'max-keys', 'prefix', 'continuation-token', 'fetch-owner', 'start-after'],
    action: 's3:ListBucket',
    handler: listing.listObjectsV2,
  },
  {
    name: 'PutBucketVersioning',
    method: 'PUT',
    selectedBy: ['versioning'],
    action: 's3:PutBucketVersioning',
    handler: putBucketVersioning,
  },
  // MinIO's operation for live events; not part of the SDK models.
  {
    name: 'ListenBucketNotification',
    method: 'GET',
    selectedBy: ['events'],
    query: ['ping', 'prefix', 'suffix'],
    repeated: ['events'],
    action: 's3:ListenBucketNotification',
    handler: listenBucketNotification,
  },
  // HTML form uploads; not part of the SDK models.
  { name: 'PostObject', method: 'POST', action: 's3:PutObject', isAuthorizedByHandler: true, handler: postObject },
] as const satisfies readonly OperationRow[];
