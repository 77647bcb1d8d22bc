// CreateMultipartUpload, CompleteMultipartUpload, AbortMultipartUpload, ListParts.
import { createHash, randomBytes } from 'node:crypto';
import { type NewObject, plainSettings, type UploadRecord } from '@cess/object-index';
import { ownershipOfNewObject } from '../acl/new-object.js';
import { type ChecksumAlgorithm, checksumAlgorithms, checksumHeader, parseAlgorithm } from '../body/checksums.js';
import { isCombinable } from '../body/crc-combine.js';
import { readWholeBody } from '../body/payload.js';
import { requireBucket, requireNamedBucket } from '../bucket-access.js';
import { timeMatcher, writePrecondition } from '../conditions.js';
import type { NamedBucket } from '../configurations/configuration.js';
import type { S3Context } from '../context.js';
import { storedEncryptionHeaders } from '../encryption/read-encryption.js';
import { completionEncryption, encryptionOfWrite } from '../encryption/write-encryption.js';
import { S3Error } from '../errors.js';
import { abortionHeaders, expirationHeaders } from '../lifecycle-headers.js';
import { describeObject } from '../object-headers.js';
import { queryInteger } from '../request.js';
import { sendEmpty, sendXml } from '../responses.js';
import { statedByUpload, withDefaultRetention } from '../stated-by-write.js';
import { versionHeaders } from '../versions.js';
import { childNames, childrenOf, document, element, parseXml, textFields } from '../xml.js';
import { assembleObject, type ChosenPart } from './assemble-object.js';
import { ownerElement } from './owner.js';
import { requireUpload, requireUploadName, uploadName } from './upload-part.js';

const maxDocumentBytes = 4 * 1024 * 1024;

export async function createMultipartUpload(context: S3Context): Promise<void> {
  const { target, headers } = context;
  const bucket = requireNamedBucket(context);
  const named = headers['x-amz-checksum-algorithm'];
  const checksumAlgorithm = named === undefined ? undefined : parseAlgorithm(named);
  const checksumType = checksumTypeOf(headers['x-amz-checksum-type'], checksumAlgorithm);
  const begun = await beginUpload(context, bucket, target.key, { checksumAlgorithm, checksumType });
  const { uploadId, encryption, initiatedAtMs } = begun;
  const body = `${element('Bucket', target.bucket)}${element('Key', target.key)}${element('UploadId', uploadId)}`;
  sendXml(context.response, 200, document('InitiateMultipartUploadResult', body), {
    ...encryption.headers,
    ...abortionHeaders(context, bucket, { key: target.key, initiatedMs: initiatedAtMs }),
    ...(checksumAlgorithm === undefined
      ? {}
      : { 'x-amz-checksum-algorithm': checksumAlgorithm, 'x-amz-checksum-type': checksumType }),
  });
}

/** Enters an upload of the key, with what the headers of the request state about its object. */
export async function beginUpload(
  context: S3Context,
  bucket: NamedBucket,
  key: string,
  checksums: Pick<UploadRecord, 'checksumAlgorithm' | 'checksumType'>,
) {
  const ownership = ownershipOfNewObject(context, bucket);
  const encryption = await encryptionOfWrite(context, bucket);
  const uploadId = randomBytes(16).toString('hex');
  const initiatedAtMs = context.nowMs();
  await context.index.createUpload(
    { bucket: bucket.name, key, uploadId },
    {
      ...describeObject(context.headers),
      ...plainSettings,
      ...statedByUpload(context, bucket),
      ...ownership,
      attributes: encryption.attributes(ownership.attributes),
      initiatedAtMs,
      ...checksums,
    },
  );
  return { uploadId, encryption, initiatedAtMs };
}

export async function completeMultipartUpload(context: S3Context): Promise<void> {
  const { target, index, headers } = context;
  const bucket = requireNamedBucket(context);
  const body = await readWholeBody(context, maxDocumentBytes, 'object');
  const chosen = parseParts(body);
  let ofObject: Readonly<Record<string, string>> | undefined;
  const object = await index.completeUpload(requireUploadName(context), {
    requestDigest: createHash('sha256').update(JSON.stringify(chosen)).digest(),
    make: (parts, upload) => {
      const encryption = completionEncryption(context, upload);
      const object = withDefaultRetention(
        context,
        bucket,
        assembleObject(chosen, parts, upload, { nowMs: context.nowMs() }),
      );
      requireStated(headers, object);
      const made = { ...plainSettings, ...object, isDeleteMarker: false };
      ofObject = { ...encryption, ...expirationHeaders(context, bucket, target.key, made) };
      return object;
    },
    check: writePrecondition(headers),
  });
  // A repeated completion is answered from its record; its claims must match that record, too.
  requireStated(headers, object);
  const checksums = object.checksums.map(([algorithm, value]) => element(`Checksum${algorithm}`, value)).join('');
  const answer = [
    element('Location', `http://${headers['host'] ?? ''}${target.rawPath}`),
    element('Bucket', target.bucket),
    element('Key', target.key),
    element('ETag', `"${object.etag}"`),
    checksums,
    object.checksums.length === 0 ? '' : element('ChecksumType', object.checksumType),
  ];
  sendXml(context.response, 200, document('CompleteMultipartUploadResult', answer.join('')), {
    ...(ofObject ?? (await encryptionOfCompleted(context, object.etag))),
    ...versionHeaders(object.versionId),
  });
}

/** For a repeated completion: the upload is gone, and its object may have been replaced. */
async function encryptionOfCompleted(
  { index, target, region }: S3Context,
  etag: string,
): Promise<Record<string, string>> {
  const object = await index.getObject({ bucket: target.bucket, key: target.key });
  return storedEncryptionHeaders(object?.etag === etag ? object : undefined, region);
}

export async function abortMultipartUpload(context: S3Context): Promise<void> {
  requireBucket(context);
  const upload = await requireUpload(context);
  const initiated = context.headers['x-amz-if-match-initiated-time'];
  if (initiated !== undefined && !timeMatcher(initiated)(upload.initiatedAtMs)) {
    throw new S3Error('PreconditionFailed', { details: { Condition: 'x-amz-if-match-initiated-time' } });
  }
  await context.index.abortUpload(uploadName(context));
  sendEmpty(context.response, 204);
}

export async function listParts(context: S3Context): Promise<void> {
  const { target, index } = context;
  const bucket = requireBucket(context);
  const upload = await requireUpload(context);
  const marker = queryInteger(target, 'part-number-marker', { min: 0, max: 10_000 }, 0);
  const limit = Math.min(queryInteger(target, 'max-parts', { min: 0, max: 2 ** 31 - 1 }, 1000), 1000);
  const found = await index.listParts(uploadName(context).uploadId, marker, limit + 1);
  const shown = found.slice(0, limit);
  const truncated = found.length > limit;
  const parts = shown.map(
    ({ partNumber, part }) =>
      `<Part>${element('PartNumber', partNumber)}${element('LastModified', new Date(part.lastModifiedMs).toISOString())}${element('ETag', `"${part.etag}"`)}${element('Size', part.size)}${part.checksums.map(([algorithm, value]) => element(`Checksum${algorithm}`, value)).join('')}</Part>`,
  );
  const body = [
    element('Bucket', target.bucket),
    element('Key', target.key),
    element('UploadId', uploadName(context).uploadId),
    ownerElement(bucket, 'Initiator'),
    ownerElement(bucket),
    element('StorageClass', upload.storageClass),
    element('PartNumberMarker', marker),
    truncated ? element('NextPartNumberMarker', shown.at(-1)?.partNumber) : '',
    element('MaxParts', limit),
    element('IsTruncated', truncated),
    element('ChecksumAlgorithm', upload.checksumAlgorithm),
    upload.checksumAlgorithm === undefined ? '' : element('ChecksumType', upload.checksumType),
    parts.join(''),
  ];
  sendXml(context.response, 200, document('ListPartsResult', body.join('')), {
    ...abortionHeaders(context, requireNamedBucket(context), {
      key: target.key,
      initiatedMs: upload.initiatedAtMs,
    }),
  });
}

/** Checks the client's claims about the whole object against the object assembled from its parts. */
function requireStated(
  headers: S3Context['headers'],
  object: Pick<NewObject, 'size' | 'checksums' | 'checksumType'>,
): void {
  const size = headers['x-amz-mp-object-size'];
  if (size !== undefined && size !== String(object.size)) {
    throw new S3Error('InvalidRequest', { message: 'The x-amz-mp-object-size does not match the size of the parts.' });
  }
  const type = headers['x-amz-checksum-type']?.toUpperCase();
  if (type !== undefined && (object.checksums.length === 0 || type !== object.checksumType)) {
    throw new S3Error('InvalidRequest', {
      message:
        object.checksums.length === 0
          ? 'The upload was created without a checksum algorithm.'
          : `The upload was created with the checksum type ${object.checksumType}.`,
    });
  }
  for (const algorithm of checksumAlgorithms) {
    const stated = headers[checksumHeader(algorithm)];
    if (stated === undefined) continue;
    const value = object.checksums.find(([own]) => own === algorithm)?.[1];
    if (value === undefined) {
      throw new S3Error('InvalidRequest', { message: `The upload was created without the algorithm ${algorithm}.` });
    }
    // A composite value may be stated with or without its number of parts.
    if (stated !== value && stated !== value.replace(/-\d+$/, '')) throw new S3Error('BadDigest');
  }
}

const partFields: ReadonlySet<string> = new Set([
  'PartNumber',
  'ETag',
  ...checksumAlgorithms.map((algorithm) => `Checksum${algorithm}`),
]);

function parseParts(body: Buffer): readonly ChosenPart[] {
  const content = parseXml(body, 'CompleteMultipartUpload');
  textFields(content, [], ['Part']);
  const nodes = childrenOf(content, 'Part');
  if (nodes.length === 0 || nodes.length > 10_000) throw new S3Error('MalformedXML');
  let before = 0;
  return nodes.map((node) => {
    // A checksum by another algorithm could not be verified.
    const unknown = childNames(node).find((name) => name.startsWith('Checksum') && !partFields.has(name));
    if (unknown !== undefined) throw new S3Error('NotImplemented', { details: { Element: unknown.slice(0, 255) } });
    const fields: Readonly<Record<string, string | undefined>> = textFields(node, [...partFields]);
    const { PartNumber: number = '', ETag: etag } = fields;
    if (!/^\d{1,5}$/.test(number.trim()) || etag === undefined) throw new S3Error('MalformedXML');
    const partNumber = Number(number);
    if (partNumber <= before) throw new S3Error('InvalidPartOrder');
    before = partNumber;
    const checksums = checksumAlgorithms.flatMap((algorithm) => {
      const value = fields[`Checksum${algorithm}`];
      return value === undefined ? [] : [[algorithm, value] as const];
    });
    return { partNumber, etag: etag.trim().replace(/^"|"$/g, ''), checksums };
  });
}

function checksumTypeOf(
  named: string | undefined,
  algorithm: ChecksumAlgorithm | undefined,
): 'FULL_OBJECT' | 'COMPOSITE' {
  const type = named?.toUpperCase() ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE');
  if (type !== 'FULL_OBJECT' && type !== 'COMPOSITE')
    throw new S3Error('InvalidRequest', { message: 'Value for x-amz-checksum-type header is invalid.' });
  const possible =
    type === 'COMPOSITE' ? algorithm !== 'CRC64NVME' : algorithm === undefined || isCombinable(algorithm);
  if (!possible) {
    throw new S3Error('InvalidRequest', {
      message: `The ${type} checksum type cannot be used with the ${algorithm} checksum algorithm.`,
    });
  }
  return type;
}
