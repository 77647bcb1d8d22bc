// GetObjectAttributes: what is known of an object without reading it.
import type { ObjectRecord } from '@cess/object-index';
import { checkRead } from '../conditions.js';
import type { S3Context } from '../context.js';
import { encryptionHeaders } from '../encryption/read-encryption.js';
import { S3Error } from '../errors.js';
import { sendXml } from '../responses.js';
import { versionHeaders } from '../versions.js';
import { document, element } from '../xml.js';
import { requireObject } from './require-object.js';

const names = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'] as const;
type Attribute = (typeof names)[number];
const maxPartsPerPage = 1000;

export async function getObjectAttributes(context: S3Context): Promise<void> {
  const wanted = requestedAttributes(context.headers['x-amz-object-attributes']);
  const page = requestedParts(context.headers);
  const { object, versionId } = await requireObject(context);
  // An answer repeats what a key proves, but no header about it, as at Amazon.
  encryptionHeaders(context, object);
  // A 304 would leave the caller without attributes; Amazon answers conditions on this operation with 412 alone.
  if (checkRead(context.headers, object) === 'notModified') throw new S3Error('PreconditionFailed');
  const shown: Readonly<Record<Attribute, string>> = {
    ETag: element('ETag', object.etag),
    Checksum: checksumElement(object),
    ObjectParts: partsElement(object, page),
    StorageClass: element('StorageClass', object.storageClass),
    ObjectSize: element('ObjectSize', object.size),
  };
  const body = names.filter((name) => wanted.has(name)).map((name) => shown[name]);
  sendXml(context.response, 200, document('GetObjectAttributesResponse', body.join('')), {
    'last-modified': new Date(object.lastModifiedMs).toUTCString(),
    ...versionHeaders(versionId),
  });
}

function requestedAttributes(header: string | undefined): ReadonlySet<string> {
  const wanted = (header ?? '').split(',').flatMap((item) => (item.trim() === '' ? [] : [item.trim()]));
  if (wanted.length === 0) {
    throw new S3Error('InvalidArgument', {
      message:
        'The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty',
    });
  }
  if (wanted.some((item) => !names.some((name) => name === item)))
    throw new S3Error('InvalidArgument', { message: 'Invalid attribute name specified.' });
  return new Set(wanted);
}

interface PartsPage {
  readonly marker: number;
  readonly limit: number;
}

function requestedParts(headers: S3Context['headers']): PartsPage {
  const limit = headerInteger(headers, 'x-amz-max-parts', maxPartsPerPage);
  return { marker: headerInteger(headers, 'x-amz-part-number-marker', 0), limit: Math.min(limit, maxPartsPerPage) };
}

function headerInteger(headers: S3Context['headers'], name: string, absent: number): number {
  const text = headers[name]?.trim();
  if (text === undefined) return absent;
  if (!/^\d{1,9}$/.test(text)) {
    throw new S3Error('InvalidArgument', {
      message: `${name} must be a whole number.`,
      details: { ArgumentName: name, ArgumentValue: text.slice(0, 255) },
    });
  }
  return Number(text);
}

function checksumElement({ checksums, checksumType }: ObjectRecord): string {
  if (checksums.length === 0) return '';
  return `<Checksum>${checksumValues(checksums)}${element('ChecksumType', checksumType)}</Checksum>`;
}

/** Parts of a multipart object. They are listed one by one only where each has a checksum, as at Amazon. */
function partsElement({ parts }: ObjectRecord, { marker, limit }: PartsPage): string {
  if (parts.length === 0) return '';
  const count = element('PartsCount', parts.length);
  if (parts.some(({ checksums }) => checksums.length === 0)) return `<ObjectParts>${count}</ObjectParts>`;
  const shown = parts.slice(marker, marker + limit);
  const last = marker + shown.length;
  const list = shown.map(
    ({ size, checksums }, place) =>
      `<Part>${checksumValues(checksums)}${element('PartNumber', marker + place + 1)}${element('Size', size)}</Part>`,
  );
  const paging = [
    element('PartNumberMarker', marker),
    element('NextPartNumberMarker', last),
    element('MaxParts', limit),
    element('IsTruncated', last < parts.length),
  ];
  return `<ObjectParts>${count}${paging.join('')}${list.join('')}</ObjectParts>`;
}

function checksumValues(checksums: ObjectRecord['checksums']): string {
  return checksums.map(([algorithm, value]) => element(`Checksum${algorithm}`, value)).join('');
}
