// @cess/sdk/storage: objects at a gateway, by access keys or session keys, in Node.js and browsers.
import '../errors.js';

export { abortUpload } from './abort-upload.js';
export type { UploadBody } from './body-source.js';
export { createBucket, deleteBucket, type ListedBucket, listBuckets } from './buckets.js';
export { type CopyObjectOptions, copyObject } from './copy-object.js';
export { deleteObject } from './delete-object.js';
export { type GetObjectOptions, getObject, type StoredObject } from './get-object.js';
export { getSealedObject, type SealedObjectOptions } from './get-sealed-object.js';
export { headObject, type ObjectName } from './head-object.js';
export { type ListedEntry, type ListObjectsOptions, listObjects } from './list-objects.js';
export type { ObjectInfo } from './object-info.js';
export { getObjectTags, setObjectTags } from './object-tags.js';
export { type PresignObjectOptions, presignObject } from './presign.js';
export { type PresignedForm, type PresignFormOptions, presignForm } from './presign-form.js';
export {
  type PutObjectOptions,
  type PutObjectResult,
  putObject,
  type StoredPart,
  type UploadProgress,
  type UploadState,
} from './put-object.js';
export { type PutSealedObjectOptions, putSealedObject } from './put-sealed-object.js';
export { createEncryptionKey } from './sealing.js';
export { createStorage, type StorageClient, type StorageCredentials, type StorageOptions } from './storage-client.js';
