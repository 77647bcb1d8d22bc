// Ownership and access control list of a bucket that a request creates.
import { assertAclAccepted, isObjectOwnership, isPublicAcl } from '@cess/access';
import type { BucketRecord } from '@cess/object-index';
import { utf8 } from '@cess/primitives';
import { bucketAcl } from '../configurations/access-control-list.js';
import { objectOwnership } from '../configurations/object-ownership.js';
import { S3Error } from '../errors.js';
import { aclOfHeaders, resolveAcl } from './requested-acl.js';

/**
 * The configurations that the headers ask for. Every new bucket blocks public access, so that a public list is refused;
 * one that grants anything to others needs an ownership that lets lists count.
 */
export function configurationsOfNewBucket(
  headers: Readonly<Record<string, string>>,
  owner: string,
): BucketRecord['configurations'] {
  const ownership = headers['x-amz-object-ownership']?.trim();
  if (ownership !== undefined && !isObjectOwnership(ownership)) {
    throw new S3Error('InvalidArgument', {
      details: { ArgumentName: 'x-amz-object-ownership', ArgumentValue: ownership.slice(0, 255) },
    });
  }
  const requested = aclOfHeaders(headers);
  const acl = requested === undefined ? undefined : resolveAcl(requested, { owner });
  try {
    assertAclAccepted(ownership ?? 'BucketOwnerEnforced', acl, owner);
  } catch (cause) {
    throw new S3Error('InvalidBucketAclWithObjectOwnership', { cause });
  }
  if (acl !== undefined && isPublicAcl(acl)) throw new S3Error('InvalidBucketAclWithBlockPublicAccessError');
  const documents: [string, string | undefined][] = [
    [objectOwnership.name, ownership === undefined ? undefined : objectOwnership.serialise?.(ownership)],
    [bucketAcl.name, acl === undefined || requested === 'private' ? undefined : bucketAcl.serialise?.(acl.grants)],
  ];
  return documents.flatMap(([name, text]) => (text === undefined ? [] : [[name, utf8(text)] as const]));
}
