import type { ObjectName } from './head-object.js';
import { send } from './send.js';
import type { StorageClient } from './storage-client.js';
import { elements, escapeXml, textOfElement } from './xml.js';

/** The tags of an object. Throws `STORAGE_NOT_FOUND`. */
export async function getObjectTags(
  storage: StorageClient,
  { bucket, key, versionId, signal }: ObjectName,
): Promise<Readonly<Record<string, string>>> {
  const query = { tagging: '', versionId };
  const response = await send(storage, { method: 'GET', path: `/${bucket}/${key}`, query, signal });
  const tags = elements(await response.text(), 'Tag').map((tag) => [
    textOfElement(tag, 'Key') ?? '',
    textOfElement(tag, 'Value') ?? '',
  ]);
  return Object.fromEntries(tags) as Record<string, string>;
}

/** Replaces the tags of an object: at most 10. Throws `STORAGE_NOT_FOUND`, `STORAGE_REFUSED`. */
export async function setObjectTags(
  storage: StorageClient,
  { bucket, key, versionId, signal }: ObjectName,
  tags: Readonly<Record<string, string>>,
): Promise<void> {
  const list = Object.entries(tags).map(
    ([name, value]) => `<Tag><Key>${escapeXml(name)}</Key><Value>${escapeXml(value)}</Value></Tag>`,
  );
  const body = `<Tagging><TagSet>${list.join('')}</TagSet></Tagging>`;
  const query = { tagging: '', versionId };
  await send(storage, { method: 'PUT', path: `/${bucket}/${key}`, query, body, signal });
}
