import { send } from './send.js';
import type { StorageClient } from './storage-client.js';
import { elements, textOfElement } from './xml.js';

/** Which keys to list. */
export interface ListObjectsOptions {
  readonly bucket: string;
  readonly prefix?: string | undefined;
  /** `/`: keys below a folder are listed as that folder. */
  readonly delimiter?: string | undefined;
  /** Lists only what comes behind this key. */
  readonly startAfter?: string | undefined;
  /** Entries of one request. Default 1000. */
  readonly pageSize?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An object, or a folder of objects. */
export type ListedEntry =
  | {
      readonly type: 'object';
      readonly key: string;
      readonly sizeBytes: number;
      readonly etag: string;
      readonly lastModified: Date;
      readonly storageClass: string;
    }
  | { readonly type: 'folder'; readonly prefix: string };

/** Objects in the order of their keys, page by page as they are taken. Throws `STORAGE_NOT_FOUND`. */
export async function* listObjects(
  storage: StorageClient,
  options: ListObjectsOptions,
): AsyncGenerator<ListedEntry, void, undefined> {
  const { bucket, prefix, delimiter, startAfter, pageSize, signal } = options;
  let token: string | undefined;
  do {
    const query = {
      'list-type': 2,
      'encoding-type': 'url',
      'max-keys': pageSize,
      prefix,
      delimiter,
      'start-after': startAfter,
      'continuation-token': token,
    };
    const response = await send(storage, { method: 'GET', path: `/${bucket}`, query, signal });
    const xml = await response.text();
    yield* entriesOf(xml);
    token = textOfElement(xml, 'IsTruncated') === 'true' ? textOfElement(xml, 'NextContinuationToken') : undefined;
  } while (token !== undefined);
}

function entriesOf(xml: string): ListedEntry[] {
  const objects = elements(xml, 'Contents').map((content): ListedEntry => {
    const text = (name: string): string => textOfElement(content, name) ?? '';
    return {
      type: 'object',
      key: decodeKey(text('Key')),
      sizeBytes: Number(text('Size')),
      etag: text('ETag'),
      lastModified: new Date(text('LastModified')),
      storageClass: text('StorageClass'),
    };
  });
  const folders = elements(xml, 'CommonPrefixes').map((content): ListedEntry => {
    return { type: 'folder', prefix: decodeKey(textOfElement(content, 'Prefix') ?? '') };
  });
  const nameOf = (entry: ListedEntry) => (entry.type === 'object' ? entry.key : entry.prefix);
  return [...objects, ...folders].toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

/** Keys are URL-encoded, so that none is altered by XML. */
function decodeKey(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}
