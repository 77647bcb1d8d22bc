// UploadPart and UploadPartCopy. A part is stored like an object; the same number again replaces it.
import type { PartRecord, UploadName, UploadRecord } from '@cess/object-index';
import { redundancyOf } from '../../storage-classes.js';
import { checksumClaim, parseAlgorithm } from '../body/checksums.js';
import { requireBucket, requireNamedBucket } from '../bucket-access.js';
import type { S3Context } from '../context.js';
import { encryptionOfRead } from '../encryption/read-encryption.js';
import { encryptionOfPart, type WriteEncryption } from '../encryption/write-encryption.js';
import { S3Error } from '../errors.js';
import { checksumResponseHeaders } from '../object-headers.js';
import type { ByteRange } from '../range.js';
import { queryInteger } from '../request.js';
import { sendEmpty, sendXml } from '../responses.js';
import { document, element } from '../xml.js';
import { requireCopySize } from './copied-content.js';
import { resolveCopySource, sourceVersionHeaders } from './copy-source.js';
import { digestWhileReading } from './digest-while-reading.js';
import { enterStored } from './enter-stored.js';
import { storePayload } from './put-object.js';
import type { StoredContent } from './write-object.js';

export function uploadName({ target }: S3Context): UploadName {
  return { bucket: target.bucket, key: target.key, uploadId: target.query.get('uploadId') ?? '' };
}

/** The name of an upload that can exist. */
export function requireUploadName(context: S3Context): UploadName {
  const name = uploadName(context);
  if (!/^[0-9a-f]{32}$/.test(name.uploadId)) throw noSuchUpload(name);
  return name;
}

export async function requireUpload(context: S3Context): Promise<UploadRecord> {
  const name = requireUploadName(context);
  const upload = await context.index.getUpload(name);
  if (upload === undefined) throw noSuchUpload(name);
  return upload;
}

function noSuchUpload({ uploadId }: UploadName): S3Error {
  return new S3Error('NoSuchUpload', { details: { UploadId: uploadId.slice(0, 255) } });
}

export async function uploadPart(context: S3Context): Promise<void> {
  const bucket = requireNamedBucket(context);
  const partNumber = requirePartNumber(context);
  const upload = await requireUpload(context);
  const encryption = await encryptionOfPart(context, upload);
  const algorithm = algorithmOf(upload);
  const stated = checksumClaim(context.headers)?.algorithm;
  if (algorithm !== undefined && stated !== undefined && stated !== algorithm) {
    throw new S3Error('InvalidRequest', {
      message: `Checksum Type mismatch occurred, expected checksum Type: ${algorithm}, actual checksum Type: ${stated}.`,
    });
  }
  const { lock } = encryption;
  const how = { lock, redundancy: redundancyOf(upload.storageClass) };
  const stored = await storePayload({ ...context, defaultAlgorithm: algorithm }, bucket, how);
  const part = await enterPart(context, { ...uploadName(context), partNumber }, encryption, stored);
  const { 'x-amz-checksum-type': _, ...checksums } = checksumResponseHeaders({ ...part, checksumType: 'FULL_OBJECT' });
  sendEmpty(context.response, 200, {
    etag: `"${part.etag}"`,
    ...encryption.headers,
    ...checksums,
  });
}

/** Enters stored content as a part of an upload. */
export async function enterPart(
  { index, storage, nowMs }: Pick<S3Context, 'index' | 'storage' | 'nowMs'>,
  { partNumber, ...name }: UploadName & { readonly partNumber: number },
  encryption: WriteEncryption,
  stored: StoredContent,
): Promise<PartRecord> {
  const { size, md5, checksums, extents, files } = stored;
  const part = { size, etag: encryption.entityTag(md5), lastModifiedMs: nowMs(), checksums, extents };
  await enterStored(storage, stored, () => index.putPart(name, partNumber, part, files));
  return part;
}

/** Reads the source range and stores it again: a part's entity tag is the MD5 of its bytes, so they must be read. */
export async function uploadPartCopy(context: S3Context): Promise<void> {
  const { target, index, storage, client, signal, headers } = context;
  const bucket = requireBucket(context);
  const partNumber = requirePartNumber(context);
  const upload = await requireUpload(context);
  const encryption = await encryptionOfPart(context, upload);
  const source = await resolveCopySource(context);
  const { lockFor } = await encryptionOfRead(context, source.object, 'x-amz-copy-source-');
  const { offset, length } = copySourceRange(headers['x-amz-copy-source-range'], source.object.size);
  requireCopySize(length);
  const digest = await digestWhileReading(
    context,
    { ...source, extents: source.object.extents, offset, length, lockFor },
    algorithmOf(upload),
  );
  const stored = await storage.copying(() =>
    storage.store({
      bucketName: target.bucket,
      bucket,
      length,
      chunks: digest.chunks,
      lock: encryption.lock,
      redundancy: redundancyOf(upload.storageClass),
      client,
      signal,
    }),
  );
  const { md5, checksums } = digest.finish();
  const etag = encryption.entityTag(md5);
  const part = { size: length, etag, lastModifiedMs: context.nowMs(), checksums, extents: stored.extents };
  await enterStored(storage, stored, () => index.putPart(uploadName(context), partNumber, part, stored.files));
  const body = `${element('LastModified', new Date(part.lastModifiedMs).toISOString())}${element('ETag', `"${etag}"`)}${checksums
    .map(([algorithm, value]) => element(`Checksum${algorithm}`, value))
    .join('')}`;
  sendXml(context.response, 200, document('CopyPartResult', body), {
    ...encryption.headers,
    ...sourceVersionHeaders(source),
  });
}

/** The range to copy. It must lie in the source as a whole: a part that is cut short would shorten the object. */
function copySourceRange(header: string | undefined, size: number): ByteRange {
  if (header === undefined) return { offset: 0, length: size };
  const match = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(header.trim());
  const [first, last] = match === null ? [1, 0] : [Number(match[1]), Number(match[2])];
  if (first > last) {
    throw new S3Error('InvalidArgument', {
      message: 'The x-amz-copy-source-range value must be of the form bytes=first-last.',
    });
  }
  if (last >= size) {
    throw new S3Error('InvalidArgument', {
      message: `Range specified is not valid for source object of size: ${size}`,
    });
  }
  return { offset: first, length: last - first + 1 };
}

function requirePartNumber({ target }: S3Context): number {
  if (target.query.get('partNumber') === '') throw new S3Error('InvalidArgument');
  return queryInteger(target, 'partNumber', { min: 1, max: 10_000 }, 1);
}

function algorithmOf(upload: UploadRecord) {
  return upload.checksumAlgorithm === undefined ? undefined : parseAlgorithm(upload.checksumAlgorithm);
}
