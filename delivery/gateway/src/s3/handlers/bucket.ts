// Bucket operations: create, head, delete, location, and the responses for settings that this gateway does not support.
import { equalBytes, isCessError, utf8 } from '@cess/primitives';
import { requireAccount } from '../access/caller.js';
import { configurationsOfNewBucket } from '../acl/new-bucket.js';
import { readWholeBody } from '../body/payload.js';
import { requireBucket } from '../bucket-access.js';
import { withDocument } from '../configurations/configuration.js';
import { lockWithoutDefault, objectLock, settingsDocument } from '../configurations/object-lock.js';
import type { S3Context } from '../context.js';
import { S3Error } from '../errors.js';
import { assertBucketName } from '../request.js';
import { sendEmpty, sendXml } from '../responses.js';
import { childNames, document, parseXml, textOf } from '../xml.js';

const maxConfigurationBytes = 64 * 1024;

export async function createBucket(context: S3Context): Promise<void> {
  const { target, region } = context;
  const account = requireAccount(context);
  assertBucketName(target.bucket);
  const constraint = await readLocation(context);
  if (constraint !== undefined && constraint.trim() !== region) {
    throw new S3Error('IllegalLocationConstraintException', {
      message: `The ${constraint.slice(0, 64)} location constraint is incompatible with this endpoint; its region is ${region}.`,
    });
  }
  const isLocked = context.headers['x-amz-bucket-object-lock-enabled']?.trim().toLowerCase() === 'true';
  const configurations = configurationsOfNewBucket(context.headers, account.canonicalId);
  try {
    await context.index.createBucket(target.bucket, {
      owner: account.owner,
      territory: account.territory,
      region,
      createdAtMs: context.nowMs(),
      keyWraps: context.storage.createBucketKeys(account.ownerKey),
      versioning: isLocked ? 'enabled' : 'never',
      configurations: isLocked
        ? withDocument(configurations, objectLock.name, utf8(settingsDocument(lockWithoutDefault)))
        : configurations,
    });
  } catch (error) {
    if (!isCessError(error, 'BUCKET_EXISTS')) throw error;
    const own = equalBytes(error.data.owner, account.owner);
    // As at Amazon, in this region alone: scripts create their bucket at every start.
    if (own && region === 'us-east-1') return sendEmpty(context.response, 200, { location: `/${target.bucket}` });
    throw new S3Error(own ? 'BucketAlreadyOwnedByYou' : 'BucketAlreadyExists', {
      details: { BucketName: target.bucket },
    });
  }
  sendEmpty(context.response, 200, { location: `/${target.bucket}` });
}

export async function headBucket(context: S3Context): Promise<void> {
  requireBucket(context);
  sendEmpty(context.response, 200, { 'x-amz-bucket-region': context.region });
}

export async function deleteBucket(context: S3Context): Promise<void> {
  requireBucket(context);
  await context.index.deleteBucket(context.target.bucket);
  sendEmpty(context.response, 204);
}

export async function getBucketLocation(context: S3Context): Promise<void> {
  requireBucket(context);
  const region = context.region === 'us-east-1' ? '' : context.region;
  sendXml(context.response, 200, document('LocationConstraint', region));
}

/** The location constraint of the request, if any. The request may have no body and no length. */
async function readLocation(context: S3Context): Promise<string | undefined> {
  const hasLength = ['content-length', 'transfer-encoding'].some((name) => context.headers[name] !== undefined);
  const headers = hasLength ? context.headers : { ...context.headers, 'content-length': '0' };
  const body = await readWholeBody({ ...context, headers }, maxConfigurationBytes);
  if (body.length === 0) return undefined;
  const content = parseXml(body, 'CreateBucketConfiguration');
  const unknown = childNames(content).find((name) => name !== 'LocationConstraint');
  // Location, Bucket and Tags ask for directory buckets and tags, which would be silently missing.
  if (unknown !== undefined) throw new S3Error('NotImplemented', { details: { Element: unknown.slice(0, 255) } });
  return textOf(content, 'LocationConstraint');
}
