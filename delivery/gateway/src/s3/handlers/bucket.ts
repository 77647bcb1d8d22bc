// Operations on the service and on buckets: list, create, head, delete, location, and the truthful answers to
// questions about features that a bucket here does not have.
import { equalBytes, isCessError, toHex } from '@cess/primitives';
import { readWholeBody } from '../body/payload.js';
import { requireBucket } from '../bucket-access.js';
import type { S3Context } from '../context.js';
import { S3Error, type S3ErrorCode } from '../errors.js';
import { assertBucketName } from '../request.js';
import { sendEmpty, sendXml } from '../responses.js';
import { document, element, parseXml, textOf } from '../xml.js';

const maxConfigurationBytes = 64 * 1024;

export async function listBuckets(context: S3Context): Promise<void> {
  const owned = context.index.listBuckets().filter(({ bucket }) => equalBytes(bucket.owner, context.account.owner));
  const buckets = owned.map(
    ({ name, bucket }) =>
      `<Bucket>${element('Name', name)}${element('CreationDate', new Date(bucket.createdAtMs).toISOString())}</Bucket>`,
  );
  sendXml(
    context.response,
    200,
    document('ListAllMyBucketsResult', `${ownerElement(context)}<Buckets>${buckets.join('')}</Buckets>`),
  );
}

export async function createBucket(context: S3Context): Promise<void> {
  const { target, account, headers, region } = context;
  assertBucketName(target.bucket);
  const acl = headers['x-amz-acl'];
  if (acl !== undefined && acl !== 'private') throw new S3Error('AccessControlListNotSupported');
  if (headers['x-amz-bucket-object-lock-enabled']?.toLowerCase() === 'true') throw new S3Error('NotImplemented');
  const body = await readConfiguration(context);
  const constraint =
    body.length === 0 ? undefined : textOf(parseXml(body, 'CreateBucketConfiguration'), 'LocationConstraint');
  if (constraint !== undefined && constraint.trim() !== region) {
    throw new S3Error('IllegalLocationConstraintException', {
      message: `The ${constraint.slice(0, 64)} location constraint is incompatible with this endpoint; its region is ${region}.`,
    });
  }
  try {
    await context.index.createBucket(target.bucket, {
      owner: account.owner,
      territory: account.territory,
      region,
      createdAtMs: context.nowMs(),
      keyWraps: context.storage.createBucketKeys(account.ownerKey),
    });
  } catch (error) {
    if (!isCessError(error, 'BUCKET_EXISTS')) throw error;
    const own = equalBytes(error.data.owner, account.owner);
    throw new S3Error(own ? 'BucketAlreadyOwnedByYou' : 'BucketAlreadyExists', {
      details: { BucketName: target.bucket },
    });
  }
  sendEmpty(context.response, 200, { location: `/${target.bucket}` });
}

export async function headBucket(context: S3Context): Promise<void> {
  requireBucket(context, context.target.bucket);
  sendEmpty(context.response, 200, { 'x-amz-bucket-region': context.region });
}

export async function deleteBucket(context: S3Context): Promise<void> {
  requireBucket(context, context.target.bucket);
  await context.index.deleteBucket(context.target.bucket);
  sendEmpty(context.response, 204);
}

export async function getBucketLocation(context: S3Context): Promise<void> {
  requireBucket(context, context.target.bucket);
  const region = context.region === 'us-east-1' ? '' : context.region;
  sendXml(context.response, 200, document('LocationConstraint', region));
}

/** Buckets here keep one version of each object. */
export async function getBucketVersioning(context: S3Context): Promise<void> {
  requireBucket(context, context.target.bucket);
  sendXml(context.response, 200, document('VersioningConfiguration', ''));
}

/** The only access rule there is: the owner has full control. */
export async function getAcl(context: S3Context): Promise<void> {
  requireBucket(context, context.target.bucket);
  const grantee = `<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">${ownerContent(context)}</Grantee>`;
  const grant = `<Grant>${grantee}<Permission>FULL_CONTROL</Permission></Grant>`;
  sendXml(
    context.response,
    200,
    document('AccessControlPolicy', `${ownerElement(context)}<AccessControlList>${grant}</AccessControlList>`),
  );
}

const absentConfigurations: ReadonlyMap<string, S3ErrorCode> = new Map([
  ['policy', 'NoSuchBucketPolicy'],
  ['cors', 'NoSuchCORSConfiguration'],
  ['lifecycle', 'NoSuchLifecycleConfiguration'],
  ['tagging', 'NoSuchTagSet'],
  ['encryption', 'ServerSideEncryptionConfigurationNotFoundError'],
  ['object-lock', 'ObjectLockConfigurationNotFoundError'],
]);

/** The error that tells that a configuration is not set, for those that can be asked for. */
export function absentConfiguration(context: S3Context): S3ErrorCode | undefined {
  const name = [...absentConfigurations.keys()].find((known) => context.target.query.has(known));
  return name === undefined ? undefined : absentConfigurations.get(name);
}

export function ownerElement(context: S3Context): string {
  return `<Owner>${ownerContent(context)}</Owner>`;
}

function ownerContent({ account }: S3Context): string {
  return `${element('ID', toHex(account.owner))}${element('DisplayName', account.territory)}`;
}

/** CreateBucket may come without any body or length at all. */
async function readConfiguration(context: S3Context): Promise<Buffer> {
  if (context.headers['content-length'] === undefined && context.headers['transfer-encoding'] === undefined)
    return Buffer.alloc(0);
  return readWholeBody(context, maxConfigurationBytes);
}
