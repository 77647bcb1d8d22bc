// Whether a bucket takes a second factor for the deletion of versions and for changes of its versioning (Amazon S3 User Guide,
// "Configuring MFA delete"). Stored in the record of the bucket once it was stated.
import type { BucketRecord } from '@cess/object-index';
import { fromUtf8, utf8 } from '@cess/primitives';
import { S3Error } from '../errors.js';
import { storedDocument, withDocument } from './configuration.js';

export type MfaDelete = 'Enabled' | 'Disabled';

/** The name in the record of the bucket; part of the format on disk. */
const name = 'mfa-delete';

export function mfaDeleteOf(bucket: BucketRecord): MfaDelete | undefined {
  const stored = storedDocument(bucket, name);
  if (stored === undefined) return undefined;
  return fromUtf8(stored) === 'Enabled' ? 'Enabled' : 'Disabled';
}

export function withMfaDelete(
  configurations: BucketRecord['configurations'],
  state: MfaDelete | undefined,
): BucketRecord['configurations'] {
  return withDocument(configurations, name, state === undefined ? undefined : utf8(state));
}

/** Lifecycle rules have no second factor. Throws InvalidBucketState. */
export function requireNoMfaDelete(bucket: BucketRecord): void {
  if (mfaDeleteOf(bucket) !== 'Enabled') return;
  throw new S3Error('InvalidBucketState', {
    message: 'Lifecycle configurations are not possible on a bucket with MFA delete.',
  });
}
