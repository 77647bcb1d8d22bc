// DeleteObject and DeleteObjects.

import { readWholeBody } from '../body/payload.js';
import { requireBucket } from '../bucket-access.js';
import { writePrecondition } from '../conditions.js';
import type { S3Context } from '../context.js';
import { S3Error, toS3Error } from '../errors.js';
import { assertKey } from '../request.js';
import { sendEmpty, sendXml } from '../responses.js';
import { childrenOf, document, element, parseXml, textOf } from '../xml.js';

const maxKeys = 1000;
const maxDocumentBytes = 2 * 1024 * 1024;

export async function deleteObject(context: S3Context): Promise<void> {
  const { target, index, headers } = context;
  requireBucket(context, target.bucket);
  const precondition = headers['if-match'] === undefined ? undefined : writePrecondition(headers);
  await index.deleteObject({ bucket: target.bucket, key: target.key }, precondition);
  sendEmpty(context.response, 204);
}

export async function deleteObjects(context: S3Context): Promise<void> {
  const { target, index, headers } = context;
  requireBucket(context, target.bucket);
  if (headers['content-md5'] === undefined && !Object.keys(headers).some(isIntegrityHeader)) {
    throw new S3Error('InvalidRequest', { message: 'Missing required header for this request: Content-MD5.' });
  }
  const content = parseXml(await readWholeBody(context, maxDocumentBytes), 'Delete');
  const entries = childrenOf(content, 'Object').map((node) => ({
    key: textOf(node, 'Key'),
    versionId: textOf(node, 'VersionId'),
  }));
  if (entries.length === 0 || entries.length > maxKeys || entries.some(({ key }) => key === undefined || key === '')) {
    throw new S3Error('MalformedXML');
  }
  const quiet = textOf(content, 'Quiet')?.trim() === 'true';
  const outcomes = await Promise.all(
    entries.map(async ({ key, versionId }) => {
      try {
        if (versionId !== undefined && versionId !== 'null') throw new S3Error('NoSuchVersion');
        assertKey(key!);
        await index.deleteObject({ bucket: target.bucket, key: key! });
        return quiet ? '' : `<Deleted>${element('Key', key)}${element('VersionId', versionId)}</Deleted>`;
      } catch (error) {
        const s3Error = toS3Error(error);
        return `<Error>${element('Key', key)}${element('Code', s3Error.code)}${element('Message', s3Error.message)}</Error>`;
      }
    }),
  );
  sendXml(context.response, 200, document('DeleteResult', outcomes.join('')));
}

function isIntegrityHeader(name: string): boolean {
  return name.startsWith('x-amz-checksum-') || name === 'x-amz-trailer' || name === 'x-amz-sdk-checksum-algorithm';
}
