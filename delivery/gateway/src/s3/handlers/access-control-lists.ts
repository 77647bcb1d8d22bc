// GetBucketAcl, PutBucketAcl, GetObjectAcl and PutObjectAcl. Where the owner of the bucket owns everything, lists do not count:
// reads show its full control, and writes accept only what says the same.
import { type AccessControlPolicy, type AclGrant, isPublicAcl } from '@cess/access';
import type { BucketRecord } from '@cess/object-index';
import { toHex } from '@cess/primitives';
import { requireAccepted, requireNoBlock } from '../acl/new-object.js';
import { type AclRequest, aclOfDocument, aclOfHeaders, resolveAcl } from '../acl/requested-acl.js';
import { readWholeBody } from '../body/payload.js';
import { requireNamedBucket } from '../bucket-access.js';
import { aclOfBucket, aclOfObject, bucketAcl, ownerOfObject, withAcl } from '../configurations/access-control-list.js';
import { removeConfiguration, replaceConfiguration } from '../configurations/configuration.js';
import { effectiveOwnership } from '../configurations/object-ownership.js';
import type { S3Context } from '../context.js';
import { S3Error } from '../errors.js';
import { sendEmpty, sendXml } from '../responses.js';
import { requestedVersion, versionHeaders } from '../versions.js';
import { document, element } from '../xml.js';
import { canonicalUser } from './owner.js';
import { requireObject } from './require-object.js';

const maxDocumentBytes = 64 * 1024;

export async function getBucketAcl(context: S3Context): Promise<void> {
  const bucket = requireNamedBucket(context);
  const acl = isEnforced(context) ? ownersAcl(bucket.record) : aclOfBucket(context.configurations, bucket);
  sendXml(context.response, 200, aclDocument(acl, bucket.record));
}

export async function putBucketAcl(context: S3Context): Promise<void> {
  const { configurations, index } = context;
  const bucket = requireNamedBucket(context);
  const owner = toHex(bucket.record.owner);
  const requested = await readRequested(context, owner);
  if (isEnforced(context)) requireAccepted(requested, owner);
  else {
    const acl = resolveAcl(requested, { owner });
    if (isPublicAcl(acl)) requireNoBlock(configurations, bucket);
    if (requested === 'private') await removeConfiguration(index, bucket, bucketAcl);
    else await replaceConfiguration(index, bucket, bucketAcl, { value: acl.grants, body: new Uint8Array(0) });
  }
  sendEmpty(context.response, 200);
}

export async function getObjectAcl(context: S3Context): Promise<void> {
  const { bucket, object, versionId } = await requireObject(context);
  const acl = isEnforced(context) ? ownersAcl(bucket) : aclOfObject(bucket, object);
  sendXml(context.response, 200, aclDocument(acl, bucket), versionHeaders(versionId));
}

export async function putObjectAcl(context: S3Context): Promise<void> {
  const { configurations, index, target } = context;
  const named = requireNamedBucket(context);
  const { bucket, object, versionId } = await requireObject(context);
  const bucketOwner = toHex(bucket.owner);
  const owner = isEnforced(context) ? bucketOwner : toHex(ownerOfObject(bucket, object));
  const requested = await readRequested(context, owner);
  if (isEnforced(context)) requireAccepted(requested, bucketOwner);
  else {
    const acl = resolveAcl(requested, { owner, bucketOwner });
    if (isPublicAcl(acl)) requireNoBlock(configurations, named);
    const kept = requested === 'private' ? undefined : acl;
    await index.changeObject({ bucket: named.name, key: target.key }, requestedVersion(target), (current) => {
      if (toHex(ownerOfObject(bucket, current)) !== owner) throw new S3Error('AccessDenied');
      return { attributes: withAcl(current.attributes, kept) };
    });
  }
  sendEmpty(context.response, 200, versionHeaders(versionId));
}

/** The list in the headers or in the body, never both. */
async function readRequested(context: S3Context, owner: string): Promise<AclRequest> {
  const ofHeaders = aclOfHeaders(context.headers);
  const hasLength = ['content-length', 'transfer-encoding'].some((name) => context.headers[name] !== undefined);
  const headers = hasLength ? context.headers : { ...context.headers, 'content-length': '0' };
  const body = await readWholeBody({ ...context, headers }, maxDocumentBytes);
  if (ofHeaders !== undefined) {
    if (body.length > 0) throw new S3Error('UnexpectedContent');
    return ofHeaders;
  }
  if (body.length === 0) {
    throw new S3Error('MissingSecurityHeader', {
      message: 'Your request was missing a required header.',
      details: { MissingHeaderName: 'x-amz-acl' },
    });
  }
  return aclOfDocument(body, owner);
}

function isEnforced(context: S3Context): boolean {
  return effectiveOwnership(context.configurations, requireNamedBucket(context)) === 'BucketOwnerEnforced';
}

function ownersAcl({ owner }: BucketRecord): AccessControlPolicy {
  const id = toHex(owner);
  return { owner: id, grants: [{ grantee: { type: 'CanonicalUser', id }, permission: 'FULL_CONTROL' }] };
}

function aclDocument({ owner, grants }: AccessControlPolicy, bucket: BucketRecord): string {
  const user = (id: string) => canonicalUser(id, bucket);
  const grantElement = ({ grantee, permission }: AclGrant) => {
    const content = grantee.type === 'Group' ? element('URI', grantee.uri) : user(grantee.id);
    const open = `<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="${grantee.type}">`;
    return `<Grant>${open}${content}</Grantee>${element('Permission', permission)}</Grant>`;
  };
  const list = `<AccessControlList>${grants.map(grantElement).join('')}</AccessControlList>`;
  return document('AccessControlPolicy', `<Owner>${user(owner)}</Owner>${list}`);
}
