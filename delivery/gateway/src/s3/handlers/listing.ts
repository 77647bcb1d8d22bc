// ListObjects, ListObjectsV2, ListObjectVersions and ListMultipartUploads.
import type { BucketRecord, ListedVersion, ListItem, ObjectRecord } from '@cess/object-index';
import { uriEncode } from '@cess/signature-v4';
import { requireBucket } from '../bucket-access.js';
import type { S3Context } from '../context.js';
import { S3Error } from '../errors.js';
import { queryInteger } from '../request.js';
import { sendXml } from '../responses.js';
import { requireVersionId } from '../versions.js';
import { document, element } from '../xml.js';
import { decodeToken, encodeToken } from './continuation-token.js';
import { objectOwnerElement, ownerElement } from './owner.js';

interface ListQuery {
  readonly prefix: string;
  readonly delimiter: string;
  readonly limit: number;
  readonly encode: (text: string) => string;
  readonly encodingType: string | undefined;
}

function listQuery(context: S3Context, limitName: string): ListQuery {
  const { query } = context.target;
  const encodingType = query.get('encoding-type');
  if (encodingType !== undefined && encodingType !== 'url') {
    throw new S3Error('InvalidArgument', { message: 'Invalid Encoding Method specified in Request.' });
  }
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    limit: Math.min(queryInteger(context.target, limitName, { min: 0, max: 2 ** 31 - 1 }, 1000), 1000),
    encode: encodingType === 'url' ? encodeKeepingSlash : (text) => text,
    encodingType,
  };
}

export async function listObjectsV1(context: S3Context): Promise<void> {
  const record = requireBucket(context);
  const bucket = context.target.bucket;
  const list = listQuery(context, 'max-keys');
  const marker = context.target.query.get('marker') ?? '';
  const page =
    list.limit === 0
      ? empty
      : await context.index.listObjects(bucket, { ...list, after: marker === '' ? undefined : marker });
  const last = page.items.at(-1);
  const next = page.truncated && last !== undefined ? element('NextMarker', list.encode(last.name)) : '';
  const body = [
    element('Name', bucket),
    element('Prefix', list.encode(list.prefix)),
    element('Marker', list.encode(marker)),
    next,
    element('MaxKeys', list.limit),
    list.delimiter === '' ? '' : element('Delimiter', list.encode(list.delimiter)),
    element('EncodingType', list.encodingType),
    element('IsTruncated', page.truncated),
    contents(record, page.items, list, true),
    commonPrefixes(page.items, list),
  ];
  sendXml(context.response, 200, document('ListBucketResult', body.join('')));
}

export async function listObjectsV2(context: S3Context): Promise<void> {
  const record = requireBucket(context);
  const { bucket, query } = context.target;
  const list = listQuery(context, 'max-keys');
  const token = query.get('continuation-token');
  const startAfter = query.get('start-after');
  const after = token === undefined ? startAfter || undefined : decodeToken(token);
  const page = list.limit === 0 ? empty : await context.index.listObjects(bucket, { ...list, after });
  const last = page.items.at(-1);
  const next = page.truncated && last !== undefined ? element('NextContinuationToken', encodeToken(last.name)) : '';
  const body = [
    element('Name', bucket),
    element('Prefix', list.encode(list.prefix)),
    startAfter === undefined ? '' : element('StartAfter', list.encode(startAfter)),
    element('ContinuationToken', token),
    next,
    element('KeyCount', page.items.length),
    element('MaxKeys', list.limit),
    list.delimiter === '' ? '' : element('Delimiter', list.encode(list.delimiter)),
    element('EncodingType', list.encodingType),
    element('IsTruncated', page.truncated),
    contents(record, page.items, list, query.get('fetch-owner') === 'true'),
    commonPrefixes(page.items, list),
  ];
  sendXml(context.response, 200, document('ListBucketResult', body.join('')));
}

export async function listObjectVersions(context: S3Context): Promise<void> {
  const record = requireBucket(context);
  const { bucket, query } = context.target;
  const list = listQuery(context, 'max-keys');
  const marker = query.get('key-marker') ?? '';
  const versionMarker = query.get('version-id-marker') ?? '';
  if (versionMarker !== '' && marker === '') {
    throw new S3Error('InvalidArgument', {
      message: 'A version-id marker cannot be specified without a key marker.',
    });
  }
  const afterVersion = versionMarker === '' ? undefined : requireVersionId(versionMarker, 'version-id-marker');
  const after = marker === '' ? undefined : marker;
  const page = list.limit === 0 ? empty : await context.index.listVersions(bucket, { ...list, after, afterVersion });
  const last = page.items.at(-1);
  const nextVersion = last?.type === 'entry' ? element('NextVersionIdMarker', last.value.versionId) : '';
  const body = [
    element('Name', bucket),
    element('Prefix', list.encode(list.prefix)),
    element('KeyMarker', list.encode(marker)),
    element('VersionIdMarker', versionMarker),
    page.truncated && last !== undefined ? `${element('NextKeyMarker', list.encode(last.name))}${nextVersion}` : '',
    element('MaxKeys', list.limit),
    list.delimiter === '' ? '' : element('Delimiter', list.encode(list.delimiter)),
    element('EncodingType', list.encodingType),
    element('IsTruncated', page.truncated),
    page.items
      .map((item) => (item.type === 'prefix' ? '' : versionElement(record, item.name, item.value, list)))
      .join(''),
    commonPrefixes(page.items, list),
  ];
  sendXml(context.response, 200, document('ListVersionsResult', body.join('')));
}

function versionElement(bucket: BucketRecord, key: string, listed: ListedVersion, list: ListQuery): string {
  const { version, versionId, isLatest } = listed;
  const name = `${element('Key', list.encode(key))}${element('VersionId', versionId)}${element('IsLatest', isLatest)}`;
  const owner = objectOwnerElement(bucket, version);
  return version.isDeleteMarker
    ? `<DeleteMarker>${owner}${name}${element('LastModified', new Date(version.lastModifiedMs).toISOString())}</DeleteMarker>`
    : `<Version>${name}${objectElements(version)}${owner}</Version>`;
}

export async function listMultipartUploads(context: S3Context): Promise<void> {
  const record = requireBucket(context);
  const { bucket, query } = context.target;
  const list = listQuery(context, 'max-uploads');
  const keyMarker = query.get('key-marker') ?? '';
  const page =
    list.limit === 0
      ? empty
      : await context.index.listUploads(
          bucket,
          { ...list, after: keyMarker === '' ? undefined : keyMarker },
          query.get('upload-id-marker'),
        );
  const last = page.items.at(-1);
  const uploads = page.items.map((item) =>
    item.type === 'prefix'
      ? ''
      : `<Upload>${element('Key', list.encode(item.name))}${element('UploadId', item.value.uploadId)}${ownerElement(record, 'Initiator')}${ownerElement(record)}${element('StorageClass', item.value.upload.storageClass)}${element('Initiated', new Date(item.value.upload.initiatedAtMs).toISOString())}</Upload>`,
  );
  const body = [
    element('Bucket', bucket),
    element('KeyMarker', list.encode(keyMarker)),
    element('UploadIdMarker', query.get('upload-id-marker') ?? ''),
    page.truncated && last !== undefined
      ? `${element('NextKeyMarker', list.encode(last.name))}${element('NextUploadIdMarker', last.type === 'entry' ? last.value.uploadId : '')}`
      : '',
    element('Prefix', list.encode(list.prefix)),
    list.delimiter === '' ? '' : element('Delimiter', list.encode(list.delimiter)),
    element('EncodingType', list.encodingType),
    element('MaxUploads', list.limit),
    element('IsTruncated', page.truncated),
    uploads.join(''),
    commonPrefixes(page.items, list),
  ];
  sendXml(context.response, 200, document('ListMultipartUploadsResult', body.join('')));
}

const empty = { items: [], truncated: false } as const;

function contents(
  bucket: BucketRecord,
  items: readonly ListItem<ObjectRecord>[],
  list: ListQuery,
  withOwner: boolean,
): string {
  return items
    .map((item) =>
      item.type === 'prefix'
        ? ''
        : `<Contents>${element('Key', list.encode(item.name))}${objectElements(item.value)}${withOwner ? objectOwnerElement(bucket, item.value) : ''}</Contents>`,
    )
    .join('');
}

function objectElements(object: ObjectRecord): string {
  const checksums = object.checksums.map(([algorithm]) => element('ChecksumAlgorithm', algorithm)).join('');
  const type = object.checksums.length === 0 ? '' : element('ChecksumType', object.checksumType);
  return `${element('LastModified', new Date(object.lastModifiedMs).toISOString())}${element('ETag', `"${object.etag}"`)}${checksums}${type}${element('Size', object.size)}${element('StorageClass', object.storageClass)}`;
}

function commonPrefixes(items: readonly ListItem<unknown>[], list: ListQuery): string {
  return items
    .map((item) =>
      item.type === 'prefix' ? `<CommonPrefixes>${element('Prefix', list.encode(item.name))}</CommonPrefixes>` : '',
    )
    .join('');
}

function encodeKeepingSlash(text: string): string {
  return text.split('/').map(uriEncode).join('/');
}
