// Whether a bucket keeps versions, and whether their deletion takes a second factor.
import { equalBytes } from '@cess/primitives';
import { requireSecondFactor } from '../access/second-factor.js';
import { readWholeBody } from '../body/payload.js';
import { requireNamedBucket } from '../bucket-access.js';
import { type NamedBucket, storedDocument } from '../configurations/configuration.js';
import { lifecycleConfiguration } from '../configurations/lifecycle.js';
import { type MfaDelete, mfaDeleteOf, withMfaDelete } from '../configurations/mfa-delete.js';
import type { S3Context } from '../context.js';
import { S3Error } from '../errors.js';
import { sendEmpty, sendXml } from '../responses.js';
import { sameBucket } from '../same-bucket.js';
import { document, element, parseXml, textFields } from '../xml.js';

const maxDocumentBytes = 64 * 1024;

/** A bucket that never kept versions has no status. */
export async function getBucketVersioning(context: S3Context): Promise<void> {
  const { record } = requireNamedBucket(context);
  const status = { never: undefined, enabled: 'Enabled', suspended: 'Suspended' }[record.versioning];
  const content = `${element('Status', status)}${element('MfaDelete', mfaDeleteOf(record))}`;
  sendXml(context.response, 200, document('VersioningConfiguration', content));
}

export async function putBucketVersioning(context: S3Context): Promise<void> {
  const bucket = requireNamedBucket(context);
  const { versioning, mfaDelete } = parseVersioning(await readWholeBody(context, maxDocumentBytes));
  const before = mfaDeleteOf(bucket.record);
  const isSame = sameBucket(bucket.record);
  await proveChange(context, bucket, mfaDelete);
  await context.index.changeBucket(bucket.name, (record) => {
    isSame(undefined, record);
    // The request proved what the earlier state asked for.
    if (mfaDeleteOf(record) !== before) throw new S3Error('OperationAborted');
    if (mfaDelete === 'Enabled') requireNoLifecycle(record);
    return { ...record, versioning, configurations: withMfaDelete(record.configurations, mfaDelete ?? before) };
  });
  sendEmpty(context.response, 200);
}

function parseVersioning(body: Uint8Array) {
  const content = parseXml(body, 'VersioningConfiguration');
  const { Status: status, MfaDelete: mfaDelete } = textFields(content, ['Status', 'MfaDelete']);
  if (status === undefined) throw new S3Error('IllegalVersioningConfigurationException');
  if (status !== 'Enabled' && status !== 'Suspended') throw new S3Error('MalformedXML');
  if (mfaDelete !== undefined && mfaDelete !== 'Enabled' && mfaDelete !== 'Disabled') throw new S3Error('MalformedXML');
  return { versioning: status === 'Enabled' ? 'enabled' : 'suspended', mfaDelete } as const;
}

/**
 * As at Amazon: only the root of the account that owns the bucket changes MFA delete, with a device of the root; where MFA delete
 * is enabled, every change of the versioning takes a second factor. Throws AccessDenied.
 */
async function proveChange(context: S3Context, { record }: NamedBucket, wanted: MfaDelete | undefined): Promise<void> {
  const current = mfaDeleteOf(record) ?? 'Disabled';
  const changes = wanted !== undefined && wanted !== current;
  if (!changes && current === 'Disabled') return;
  const { principal, account } = context.caller;
  const isOwner = principal.kind === 'root' && account !== undefined && equalBytes(account.owner, record.owner);
  if (changes && !isOwner) {
    throw new S3Error('AccessDenied', {
      message: 'Only the root of the account that owns the bucket may change MFA delete.',
    });
  }
  if (wanted === 'Enabled') requireNoLifecycle(record);
  await requireSecondFactor(context);
}

function requireNoLifecycle(bucket: NamedBucket['record']): void {
  if (storedDocument(bucket, lifecycleConfiguration.name) === undefined) return;
  throw new S3Error('InvalidBucketState', {
    message: 'MFA delete is not possible on a bucket with a lifecycle configuration.',
  });
}
