// The operations of S3 that the console uses, for the caller of the session.
import { crc32Base64 } from './checksum.js';
import { ApiError, errorOf, send } from './http.js';
import { childrenOf, escapeXml, parseXml, textOf } from './xml.js';

export interface Bucket {
  readonly name: string;
  readonly created: string;
}

export interface ObjectEntry {
  readonly key: string;
  readonly size: number;
  readonly modified: string;
  readonly storageClass: string;
}

export interface ListingPage {
  readonly objects: readonly ObjectEntry[];
  /** Folders, with their whole prefix. */
  readonly prefixes: readonly string[];
  /** Of the next page. */
  readonly token: string | undefined;
}

export interface VersionEntry {
  readonly versionId: string;
  readonly isLatest: boolean;
  readonly isDeletion: boolean;
  readonly modified: string;
  readonly size: number;
}

export interface ObjectFacts {
  readonly size: number;
  readonly type: string;
  readonly modified: string;
  readonly etag: string;
  readonly storageClass: string;
  readonly versionId: string | undefined;
  readonly encryption: string | undefined;
  readonly status: string | undefined;
  /** Files on the chain that hold its bytes, hex. */
  readonly fileIds: readonly string[];
  readonly metadata: readonly (readonly [string, string])[];
}

export type Tag = readonly [name: string, value: string];

/** One object of a bucket; without a version the current one. */
export interface ObjectName {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string | undefined;
}

const pageSize = 1000;

/** Path of the request; parts of keys that a URL would resolve (`.`, `..`) are encoded whole. */
export function objectPath(
  { bucket, key, versionId }: ObjectName,
  query: Readonly<Record<string, string>> = {},
): string {
  const path = key.split('/').map(encodePart).join('/');
  const all = { ...query, ...(versionId === undefined ? {} : { versionId }) };
  return `/s3/${encodePart(bucket)}/${path}${queryText(all)}`;
}

/** A URL resolves `.` and `..` even where they are encoded, so a name with such a part would reach another object. */
export function isAddressable(key: string): boolean {
  return !key.split('/').some((part) => part === '.' || part === '..');
}

export async function listBuckets(): Promise<readonly Bucket[]> {
  const root = parseXml(await (await send('/s3/')).text());
  return childrenOf(root, 'Buckets')
    .flatMap((list) => childrenOf(list, 'Bucket'))
    .map((bucket) => ({ name: textOf(bucket, 'Name') ?? '', created: textOf(bucket, 'CreationDate') ?? '' }));
}

export async function createBucket(name: string): Promise<void> {
  await send(`/s3/${encodePart(name)}`, { method: 'PUT' });
}

export async function deleteBucket(name: string): Promise<void> {
  await send(`/s3/${encodePart(name)}`, { method: 'DELETE' });
}

export async function enableVersioning(bucket: string): Promise<void> {
  const body =
    '<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>';
  await send(`/s3/${encodePart(bucket)}?versioning`, { method: 'PUT', body });
}

/** The policy of a bucket; undefined if it has none. */
export async function readBucketPolicy(bucket: string): Promise<string | undefined> {
  try {
    return await (await send(`/s3/${encodePart(bucket)}?policy`)).text();
  } catch (error) {
    if (error instanceof ApiError && error.code === 'NoSuchBucketPolicy') return undefined;
    throw error;
  }
}

export interface ListRequest {
  readonly bucket: string;
  readonly prefix: string;
  /** `/` for one folder; empty for everything below. */
  readonly delimiter: string;
  readonly token?: string | undefined;
  readonly signal?: AbortSignal;
}

export async function listObjects({ bucket, prefix, delimiter, token, signal }: ListRequest): Promise<ListingPage> {
  const query = {
    'list-type': '2',
    'encoding-type': 'url',
    'max-keys': String(pageSize),
    prefix,
    ...(delimiter === '' ? {} : { delimiter }),
    ...(token === undefined ? {} : { 'continuation-token': token }),
  };
  const answer = await send(`/s3/${encodePart(bucket)}${queryText(query)}`, signal === undefined ? {} : { signal });
  const root = parseXml(await answer.text());
  return {
    objects: childrenOf(root, 'Contents').map((entry) => ({
      key: decodeText(textOf(entry, 'Key')),
      size: Number(textOf(entry, 'Size')),
      modified: textOf(entry, 'LastModified') ?? '',
      storageClass: textOf(entry, 'StorageClass') ?? 'STANDARD',
    })),
    prefixes: childrenOf(root, 'CommonPrefixes').map((entry) => decodeText(textOf(entry, 'Prefix'))),
    token: textOf(root, 'NextContinuationToken'),
  };
}

/** Versions of one key, the newest first; at most one page of them. */
export async function listVersions(bucket: string, key: string): Promise<readonly VersionEntry[]> {
  const query = { versions: '', 'encoding-type': 'url', prefix: key, 'max-keys': String(pageSize) };
  const root = parseXml(await (await send(`/s3/${encodePart(bucket)}${queryText(query)}`)).text());
  return [...root.children]
    .filter(({ localName }) => localName === 'Version' || localName === 'DeleteMarker')
    .filter((entry) => decodeText(textOf(entry, 'Key')) === key)
    .map((entry) => ({
      versionId: textOf(entry, 'VersionId') ?? 'null',
      isLatest: textOf(entry, 'IsLatest') === 'true',
      isDeletion: entry.localName === 'DeleteMarker',
      modified: textOf(entry, 'LastModified') ?? '',
      size: Number(textOf(entry, 'Size') ?? 0),
    }));
}

export async function headObject(name: ObjectName): Promise<ObjectFacts> {
  const { headers } = await send(objectPath(name), { method: 'HEAD' });
  const own = [...headers].filter(([header]) => header.startsWith('x-amz-meta-'));
  return {
    size: Number(headers.get('content-length')),
    type: headers.get('content-type') ?? '',
    modified: headers.get('last-modified') ?? '',
    etag: (headers.get('etag') ?? '').replace(/"/g, ''),
    storageClass: headers.get('x-amz-storage-class') ?? 'STANDARD',
    versionId: headers.get('x-amz-version-id') ?? undefined,
    encryption: headers.get('x-amz-server-side-encryption') ?? undefined,
    status: headers.get('x-cess-status') ?? undefined,
    fileIds: (headers.get('x-cess-file-id') ?? '').split(/[, ]+/).filter((id) => id !== ''),
    metadata: own.map(([header, value]) => [header.slice('x-amz-meta-'.length), value]),
  };
}

export async function putEmpty(name: ObjectName): Promise<void> {
  await send(objectPath(name), { method: 'PUT', body: '' });
}

export async function deleteObject(name: ObjectName): Promise<void> {
  await send(objectPath(name), { method: 'DELETE' });
}

/** A copy onto itself: in a bucket with versioning it becomes a new version. Metadata, tags and content type stay. */
export async function changeStorageClass(name: ObjectName, storageClass: string): Promise<void> {
  await copy(name, name, { 'x-amz-storage-class': storageClass });
}

/** Copies within the gateway; metadata, tags and content type come along. */
export async function copyObject(from: ObjectName, to: ObjectName): Promise<void> {
  await copy(from, to, {});
}

async function copy(from: ObjectName, to: ObjectName, stated: Readonly<Record<string, string>>): Promise<void> {
  const headers = { ...stated, 'x-amz-copy-source': objectPath(from).slice('/s3'.length) };
  const answer = await send(objectPath(to), { method: 'PUT', headers });
  // A copy that fails late answers 200 with an error in its body.
  const root = parseXml(await answer.text());
  if (root.localName === 'Error') throw new Error(textOf(root, 'Message') ?? 'The copy failed.');
}

export interface PartEntry {
  readonly part: number;
  /** With its quotation marks. */
  readonly etag: string;
  readonly size: number;
}

/** All parts of an upload that have arrived. */
async function listParts(name: ObjectName, uploadId: string): Promise<readonly PartEntry[]> {
  const parts: PartEntry[] = [];
  for (let marker: string | undefined = '0'; marker !== undefined; ) {
    const answer: Response = await send(objectPath(name, { uploadId, 'part-number-marker': marker }));
    const root = parseXml(await answer.text());
    for (const entry of childrenOf(root, 'Part')) {
      const [part, size] = [Number(textOf(entry, 'PartNumber')), Number(textOf(entry, 'Size'))];
      parts.push({ part, size, etag: textOf(entry, 'ETag') ?? '' });
    }
    marker = textOf(root, 'IsTruncated') === 'true' ? textOf(root, 'NextPartNumberMarker') : undefined;
  }
  return parts;
}

/**
 * What the gateway has of an upload: its parts, or `complete` where it has made the object of parts with these ETags, in order; undefined
 * where it does not know the upload. It remembers completions for a day.
 */
export async function findUpload(
  name: ObjectName,
  uploadId: string,
  etags: readonly string[] | undefined,
): Promise<readonly PartEntry[] | 'complete' | undefined> {
  const unlessUnknown = async <T>(answer: Promise<T>): Promise<T | undefined> => {
    try {
      return await answer;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  };
  const parts = await unlessUnknown(listParts(name, uploadId));
  if (parts !== undefined || etags === undefined) return parts;
  // The upload is over, so this makes nothing new: the gateway repeats its answer to the same request, or refuses.
  const repeated = completeUpload(name, uploadId, etags).then(() => 'complete' as const);
  return unlessUnknown(repeated);
}

/** Makes the object of an upload whose parts have these ETags, in order. */
export async function completeUpload(name: ObjectName, uploadId: string, etags: readonly string[]): Promise<void> {
  const parts = etags.map(
    (etag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${escapeXml(etag)}</ETag></Part>`,
  );
  const body = `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts.join('')}</CompleteMultipartUpload>`;
  const answer = await send(objectPath(name, { uploadId }), { method: 'POST', body });
  const text = await answer.text();
  // A completion that fails late answers 200 with an error in its body.
  if (parseXml(text).localName === 'Error') throw errorOf(500, text, null);
}

export async function abortUpload(name: ObjectName, uploadId: string): Promise<void> {
  await send(objectPath(name, { uploadId }), { method: 'DELETE' });
}

export async function readTags(name: ObjectName): Promise<readonly Tag[]> {
  const root = parseXml(await (await send(objectPath(name, { tagging: '' }))).text());
  return childrenOf(root, 'TagSet')
    .flatMap((set) => childrenOf(set, 'Tag'))
    .map((tag) => [textOf(tag, 'Key') ?? '', textOf(tag, 'Value') ?? '']);
}

export async function writeTags(name: ObjectName, tags: readonly Tag[]): Promise<void> {
  const set = tags.map(([key, value]) => `<Tag><Key>${escapeXml(key)}</Key><Value>${escapeXml(value)}</Value></Tag>`);
  const body = `<Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><TagSet>${set.join('')}</TagSet></Tagging>`;
  const headers = { 'x-amz-checksum-crc32': crc32Base64(body) };
  await send(objectPath(name, { tagging: '' }), { method: 'PUT', body, headers });
}

export function encodePart(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function queryText(query: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(query).map(([name, value]) =>
    value === '' && name !== 'prefix' ? encodePart(name) : `${encodePart(name)}=${encodePart(value)}`,
  );
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

/** `encoding-type=url` writes spaces as `+`. */
function decodeText(text: string | undefined): string {
  return decodeURIComponent((text ?? '').replace(/\+/g, ' '));
}
