// The storage class of objects for which a write states none. S3 has no operation for it, so the admin API sets it.
import { fromUtf8 } from '@cess/primitives';
import type { BucketConfiguration } from '../s3/configurations/configuration.js';
import { S3Error } from '../s3/errors.js';
import { isStorageClass, type StorageClassName } from '../storage-classes.js';

const maxNameBytes = 64;

export const defaultStorageClass: BucketConfiguration<StorageClassName> = {
  name: 'default-storage-class',
  maxBytes: maxNameBytes,
  parse(document) {
    const name = textIn(document);
    if (isStorageClass(name)) return name;
    throw new S3Error('InvalidStorageClass', { details: { StorageClassRequested: name.slice(0, maxNameBytes) } });
  },
  serialise: (name) => JSON.stringify(name),
  contentType: 'application/json',
  notFound: 'NoSuchConfiguration',
};

function textIn(document: Uint8Array): string {
  try {
    const value: unknown = JSON.parse(fromUtf8(document));
    return typeof value === 'string' ? value : '';
  } catch {
    return '';
  }
}
