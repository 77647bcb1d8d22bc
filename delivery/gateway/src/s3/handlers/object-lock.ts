// Object lock: the configuration of a bucket, and retention and legal hold of one version. What may be changed is decided inside
// the transaction of the index (ADR 57).
import { readWholeBody } from '../body/payload.js';
import { requireBucket, requireNamedBucket } from '../bucket-access.js';
import { putConfiguration } from '../configurations/handlers.js';
import { objectLock, requireObjectLock, requireVersioning } from '../configurations/object-lock.js';
import type { S3Context } from '../context.js';
import { S3Error } from '../errors.js';
import { bypassesGovernance } from '../object-lock/bypass.js';
import {
  legalHoldDocument,
  parseLegalHoldDocument,
  parseRetention,
  retentionDocument,
} from '../object-lock/retention.js';
import { sendEmpty, sendXml } from '../responses.js';
import { requestedVersion, versionHeaders } from '../versions.js';
import { changeObject } from './change-object.js';
import { requireObject } from './require-object.js';

const maxDocumentBytes = 8 * 1024;

/** Enables object lock if the bucket has none. It cannot be disabled. */
export const putObjectLockConfiguration = putConfiguration(objectLock, {
  needsDigest: true,
  check: (_context, bucket) => requireVersioning(bucket),
});

export async function getObjectRetention(context: S3Context): Promise<void> {
  requireObjectLock(requireBucket(context));
  const { object, versionId } = await requireObject(context);
  if (object.retention === undefined) throw new S3Error('NoSuchObjectLockConfiguration');
  sendXml(context.response, 200, retentionDocument(object.retention), versionHeaders(versionId));
}

export async function putObjectRetention(context: S3Context): Promise<void> {
  const bucket = requireNamedBucket(context);
  requireObjectLock(bucket.record);
  const retention = parseRetention(await readWholeBody(context, maxDocumentBytes), context.nowMs());
  const { target } = context;
  const bypasses = await bypassesGovernance(context, { bucket, key: target.key, versionId: requestedVersion(target) });
  const versionId = await changeObject(context, () => ({ retention }), { bypassesGovernance: bypasses });
  sendEmpty(context.response, 200, versionHeaders(versionId));
}

export async function getObjectLegalHold(context: S3Context): Promise<void> {
  requireObjectLock(requireBucket(context));
  const { object, versionId } = await requireObject(context);
  sendXml(context.response, 200, legalHoldDocument(object.legalHold), versionHeaders(versionId));
}

export async function putObjectLegalHold(context: S3Context): Promise<void> {
  requireObjectLock(requireBucket(context));
  const legalHold = parseLegalHoldDocument(await readWholeBody(context, maxDocumentBytes));
  const versionId = await changeObject(context, () => ({ legalHold }));
  sendEmpty(context.response, 200, versionHeaders(versionId));
}
