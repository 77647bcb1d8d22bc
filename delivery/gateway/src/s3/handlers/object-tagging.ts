// GetObjectTagging, PutObjectTagging, DeleteObjectTagging: of the current object, or of the version that is named.
import { readWholeBody } from '../body/payload.js';
import type { S3Context } from '../context.js';
import { sendEmpty, sendXml } from '../responses.js';
import { maxObjectTags, parseTagging, type Tags, taggingDocument } from '../tags.js';
import { versionHeaders } from '../versions.js';
import { changeObject } from './change-object.js';
import { requireObject } from './require-object.js';

const maxDocumentBytes = 64 * 1024;

export async function getObjectTagging(context: S3Context): Promise<void> {
  const { object, versionId } = await requireObject(context);
  sendXml(context.response, 200, taggingDocument(object.tags), versionHeaders(versionId));
}

export async function putObjectTagging(context: S3Context): Promise<void> {
  await replaceTags(context, 200, parseTagging(await readWholeBody(context, maxDocumentBytes), maxObjectTags));
}

export async function deleteObjectTagging(context: S3Context): Promise<void> {
  await replaceTags(context, 204, []);
}

async function replaceTags(context: S3Context, status: number, tags: Tags): Promise<void> {
  const versionId = await changeObject(context, () => ({ tags }));
  sendEmpty(context.response, status, versionHeaders(versionId));
}
