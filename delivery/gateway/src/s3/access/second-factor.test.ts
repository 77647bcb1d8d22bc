import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BucketRecord } from '@cess/object-index';
import { type MfaDelete, withMfaDelete } from '../configurations/mfa-delete.js';
import { S3Error } from '../errors.js';
import { withoutSecondFactor } from './second-factor.js';

function bucketWith(state: MfaDelete | undefined): BucketRecord {
  return {
    owner: new Uint8Array(32),
    territory: 'default',
    region: 'us-east-1',
    createdAtMs: 0,
    keyWraps: [],
    versioning: 'enabled',
    configurations: withMfaDelete([['tagging', new Uint8Array(1)]], state),
  };
}

describe('the deletion of a version without a second factor', () => {
  it('is refused if MFA delete was enabled while the request was decided', () => {
    let checks = 0;
    const check = withoutSecondFactor(() => void checks++);
    assert.throws(
      () => check(undefined, bucketWith('Enabled')),
      (error) => error instanceof S3Error && error.code === 'AccessDenied',
    );
    for (const state of [undefined, 'Disabled'] as const) check(undefined, bucketWith(state));
    assert.equal(checks, 2, 'the conditions of the request are checked as well');
  });
});
