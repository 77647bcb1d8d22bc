// PutBucketOwnershipControls. Reads and deletion are those of every configuration.
import { assertAclAccepted } from '@cess/access';
import { toHex } from '@cess/primitives';
import { aclOfBucket } from '../configurations/access-control-list.js';
import { putConfiguration } from '../configurations/handlers.js';
import { objectOwnership } from '../configurations/object-ownership.js';
import { S3Error } from '../errors.js';

/** A bucket whose list grants anything to others keeps its lists until that is taken back, as at Amazon. */
export const putBucketOwnershipControls = putConfiguration(objectOwnership, {
  check: ({ configurations }, bucket, ownership) => {
    try {
      assertAclAccepted(ownership, aclOfBucket(configurations, bucket), toHex(bucket.record.owner));
    } catch (cause) {
      throw new S3Error('InvalidBucketAclWithObjectOwnership', { cause });
    }
  },
});
