// DeleteObject and DeleteObjects.
import {
  type Deletion as DeletionOutcome,
  type ObjectIndex,
  type ObjectName,
  parseVersionId,
  type VersionDeletion,
  type VersionId,
} from '@cess/object-index';
import { requireSecondFactor, withoutSecondFactor } from '../access/second-factor.js';
import { requireDigest } from '../body/checksums.js';
import { readWholeBody } from '../body/payload.js';
import { requireNamedBucket } from '../bucket-access.js';
import { deletePrecondition } from '../conditions.js';
import type { NamedBucket } from '../configurations/configuration.js';
import { mfaDeleteOf } from '../configurations/mfa-delete.js';
import type { S3Context } from '../context.js';
import { S3Error, toS3Error } from '../errors.js';
import { bypassesGovernance } from '../object-lock/bypass.js';
import { assertKey } from '../request.js';
import { sendEmpty, sendXml } from '../responses.js';
import { requestedVersion, versionHeaders } from '../versions.js';
import { childrenOf, document, element, parseXml, textFields } from '../xml.js';

const maxKeys = 1000;
const maxDocumentBytes = 2 * 1024 * 1024;

export async function deleteObject(context: S3Context): Promise<void> {
  const { target, index, headers } = context;
  const bucket = requireNamedBucket(context);
  const precondition = deletePrecondition({
    etag: headers['if-match'],
    size: headers['x-amz-if-match-size'],
    lastModifiedTime: headers['x-amz-if-match-last-modified-time'],
  });
  const wanted = requestedVersion(target);
  const name = { bucket: target.bucket, key: target.key };
  const bypasses =
    wanted !== undefined && (await bypassesGovernance(context, { bucket, key: name.key, versionId: wanted }));
  const isProven = wanted !== undefined && (await proveSecondFactor(context, bucket));
  const { isDeleteMarker, versionId } = await deleteNamed(index, name, wanted, {
    check: precondition,
    isProven,
    bypassesGovernance: bypasses,
  });
  sendEmpty(context.response, 204, {
    ...(isDeleteMarker ? { 'x-amz-delete-marker': 'true' } : {}),
    ...versionHeaders(versionId ?? target.query.get('versionId')),
  });
}

/** Whether the request carries the second factor that its bucket needs. Throws AccessDenied where it must and does not. */
async function proveSecondFactor(context: S3Context, { record }: NamedBucket): Promise<boolean> {
  if (mfaDeleteOf(record) !== 'Enabled') return false;
  await requireSecondFactor(context);
  return true;
}

/** Deletes the object, or the version that is named. */
function deleteNamed(
  index: ObjectIndex,
  name: ObjectName,
  versionId: VersionId | undefined,
  { isProven, check, bypassesGovernance = false }: VersionDeletion & { readonly isProven: boolean },
): Promise<DeletionOutcome> {
  if (versionId === undefined) return index.deleteObject(name, check);
  const whole = isProven ? check : withoutSecondFactor(check);
  return index.deleteVersion(name, versionId, { check: whole, bypassesGovernance });
}

interface Deletion {
  readonly key: string;
  readonly versionId: string | undefined;
  readonly etag: string | undefined;
  readonly size: string | undefined;
  readonly lastModifiedTime: string | undefined;
}

export async function deleteObjects(context: S3Context): Promise<void> {
  const bucket = requireNamedBucket(context);
  requireDigest(context.headers);
  const { deletions, quiet } = parseDeletions(await readWholeBody(context, maxDocumentBytes));
  // One code for the whole request, as at Amazon: without it nothing is deleted.
  const isProven =
    deletions.some(({ versionId }) => versionId !== undefined) && (await proveSecondFactor(context, bucket));
  const outcomes = await Promise.all(
    deletions.map((deletion) => outcomeOf(context, bucket, deletion, { quiet, isProven })),
  );
  sendXml(context.response, 200, document('DeleteResult', outcomes.join('')));
}

/** Deletes one object and resolves with its element of the answer. */
async function outcomeOf(
  context: S3Context,
  bucket: NamedBucket,
  deletion: Deletion,
  { quiet, isProven }: { readonly quiet: boolean; readonly isProven: boolean },
): Promise<string> {
  const { access, index } = context;
  const { key, versionId } = deletion;
  try {
    const wanted = versionId === undefined ? undefined : parseVersionId(versionId);
    if (versionId !== undefined && wanted === undefined) throw new S3Error('NoSuchVersion');
    assertKey(key);
    const target = { bucket, key, versionId: wanted };
    await access.require(wanted === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion', target);
    const deleted = await deleteNamed(index, { bucket: bucket.name, key }, wanted, {
      check: deletePrecondition(deletion),
      isProven,
      bypassesGovernance: wanted !== undefined && (await bypassesGovernance(context, target)),
    });
    if (quiet) return '';
    const marker = deleted.isDeleteMarker
      ? `${element('DeleteMarker', true)}${element('DeleteMarkerVersionId', deleted.versionId)}`
      : '';
    return `<Deleted>${element('Key', key)}${element('VersionId', versionId)}${marker}</Deleted>`;
  } catch (error) {
    const { code, message } = toS3Error(error);
    return `<Error>${element('Key', key)}${element('VersionId', versionId)}${element('Code', code)}${element('Message', message)}</Error>`;
  }
}

/** Throws MalformedXML for anything outside Amazon's schema: an unknown element could be a condition. */
function parseDeletions(body: Buffer): { readonly deletions: readonly Deletion[]; readonly quiet: boolean } {
  const content = parseXml(body, 'Delete');
  const { Quiet: quiet } = textFields(content, ['Quiet'], ['Object']);
  const deletions = childrenOf(content, 'Object').map((node): Deletion => {
    const fields = textFields(node, ['Key', 'VersionId', 'ETag', 'Size', 'LastModifiedTime']);
    if (fields.Key === undefined || fields.Key === '') throw new S3Error('MalformedXML');
    return {
      key: fields.Key,
      versionId: fields.VersionId,
      etag: fields.ETag,
      size: fields.Size,
      lastModifiedTime: fields.LastModifiedTime,
    };
  });
  if (deletions.length === 0 || deletions.length > maxKeys) throw new S3Error('MalformedXML');
  return { deletions, quiet: quiet?.trim() === 'true' };
}
