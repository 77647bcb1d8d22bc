// GetObject, HeadObject and other reads of one object. Every byte of a body is verified before it is sent.

import type { ServerResponse } from 'node:http';
import type { BucketRecord, ObjectRecord } from '@cess/object-index';
import { elementAt, handledElsewhere } from '@cess/primitives';
import { checkRead } from '../conditions.js';
import type { S3Context } from '../context.js';
import { encryptionHeaders, encryptionOfRead, type ReadEncryption } from '../encryption/read-encryption.js';
import { S3Error } from '../errors.js';
import { expirationHeaders } from '../lifecycle-headers.js';
import { type Carriers, fileIdHeader, firstCarriers, objectResponseHeaders, objectStatus } from '../object-headers.js';
import { legalHoldHeaders, retentionHeaders } from '../object-lock/retention.js';
import { responseOverrides } from '../operations/operation.js';
import { type ByteRange, parseRange } from '../range.js';
import { headerText, queryInteger } from '../request.js';
import { sendEmpty } from '../responses.js';
import { assertWantsCiphertext } from '../sealed-by-client.js';
import { requestedVersion, versionHeaders } from '../versions.js';
import { requireObject } from './require-object.js';

export function getObject(context: S3Context): Promise<void> {
  return sendObject(context);
}

export function headObject(context: S3Context): Promise<void> {
  return sendObject(context);
}

/** Answers with the object that the target names; without its content to HEAD. `asStatus` is that of an error page. */
export async function sendObject(context: S3Context, asStatus?: number): Promise<void> {
  const { response } = context;
  const answer = await prepare(context);
  if (answer === undefined) return;
  const { object, range, headers, carriers } = answer;
  const protection = objectStatus(context, object, { range, known: carriers });
  // `begin` awaits it when the first bytes are ready.
  handledElsewhere(protection);
  const begin = async () => {
    response.writeHead(asStatus ?? answer.status, { ...headers, 'x-cess-status': await protection });
  };
  if (context.method !== 'HEAD') return sendContent(context, answer, begin);
  await begin();
  response.end();
}

async function sendContent(context: S3Context, answer: Answer, begin: () => Promise<void>): Promise<void> {
  const { target, response, storage, client, signal } = context;
  const { bucket, object, range, lockFor } = answer;
  const { offset, length } = range ?? { offset: 0, length: object.size };
  const { extents } = object;
  const pieces = storage.read({
    bucketName: target.bucket,
    bucket,
    extents,
    offset,
    length,
    lockFor,
    client,
    signal,
  });
  let started = false;
  let leftBytes = length;
  try {
    for await (const piece of pieces) {
      if (!started) await begin();
      started = true;
      leftBytes -= piece.length;
      await written(response, piece, { isLast: leftBytes === 0, signal });
    }
  } catch (error) {
    if (!started) throw error;
    // The status is already sent: only an aborted connection signals an incomplete body to the client.
    response.destroy();
    if (signal.aborted) return;
    throw error;
  }
  if (!started) await begin();
  if (!response.writableEnded) response.end();
}

/**
 * Resolves when the operating system has taken the bytes; rejects when the connection has ended, because a response that
 * is queued behind another one would never call back. The last ones end the response.
 */
function written(
  response: ServerResponse,
  bytes: Uint8Array,
  { isLast, signal }: { readonly isLast: boolean; readonly signal: AbortSignal },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(new S3Error('ServiceUnavailable', { message: 'The connection has ended.' }));
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    const onTaken = (error?: Error | null) => {
      signal.removeEventListener('abort', onAbort);
      if (error === undefined || error === null) resolve();
      else reject(error);
    };
    if (isLast) response.end(bytes, onTaken);
    else response.write(bytes, onTaken);
  });
}

interface Answer extends Pick<ReadEncryption, 'lockFor'> {
  readonly bucket: BucketRecord;
  readonly object: ObjectRecord;
  readonly range: ByteRange | undefined;
  readonly status: number;
  /** Of its first files. */
  readonly carriers: Carriers;
  readonly headers: Record<string, string>;
}

/** Status and headers; undefined when 304 was answered. */
async function prepare(context: S3Context): Promise<Answer | undefined> {
  const { target, headers } = context;
  const { bucket, object, versionId } = await requireObject(context);
  if (context.method !== 'HEAD') assertWantsCiphertext(object, headers);
  const encryption =
    context.method === 'HEAD'
      ? { headers: encryptionHeaders(context, object), lockFor: undefined }
      : await encryptionOfRead(context, object);
  if (checkRead(headers, object) === 'notModified') {
    sendEmpty(context.response, 304, {
      etag: `"${object.etag}"`,
      'last-modified': new Date(object.lastModifiedMs).toUTCString(),
      ...versionHeaders(versionId),
    });
    return undefined;
  }
  const carriers = await firstCarriers(context.index, object);
  const answer = {
    ...objectResponseHeaders(object, headers),
    ...fileIdHeader(carriers),
    ...encryption.headers,
    ...(await settingHeaders(context, { bucket, object })),
    ...versionHeaders(versionId),
  };
  for (const parameter of responseOverrides) {
    const value = target.query.get(parameter);
    if (value !== undefined) answer[parameter.slice('response-'.length)] = headerText(value);
  }
  const part = target.query.has('partNumber') ? partRange(context, object) : undefined;
  if (part !== undefined) answer['x-amz-mp-parts-count'] = String(Math.max(object.parts.length, 1));
  const range = part ?? parseRange(ifRangeHolds(headers, object) ? headers['range'] : undefined, object.size);
  const length = range?.length ?? object.size;
  answer['content-length'] = String(length);
  if (range !== undefined && object.size > 0) {
    answer['content-range'] = `bytes ${range.offset}-${range.offset + range.length - 1}/${object.size}`;
  }
  const { lockFor } = encryption;
  return { bucket, object, lockFor, range, status: range === undefined ? 200 : 206, carriers, headers: answer };
}

/** What rules and settings say about the object; some of it needs a permission of its own. */
async function settingHeaders(
  context: S3Context,
  { bucket, object }: Pick<Answer, 'bucket' | 'object'>,
): Promise<Record<string, string>> {
  const { access, target } = context;
  const { tags, retention, legalHold } = object;
  const subject = {
    bucket: { name: target.bucket, record: bucket },
    key: target.key,
    versionId: requestedVersion(target),
  };
  const isOfVersion = subject.versionId !== undefined;
  const { bucket: named, key } = subject;
  const may = (action: string) => access.allows(action, subject);
  const showsTags = tags.length > 0 && (await may(isOfVersion ? 's3:GetObjectVersionTagging' : 's3:GetObjectTagging'));
  return {
    ...(isOfVersion ? {} : expirationHeaders(context, named, key, object)),
    ...(showsTags ? { 'x-amz-tagging-count': String(tags.length) } : {}),
    ...(retention !== undefined && (await may('s3:GetObjectRetention')) ? retentionHeaders(object) : {}),
    ...(legalHold && (await may('s3:GetObjectLegalHold')) ? legalHoldHeaders(object) : {}),
  };
}

function partRange(context: S3Context, object: ObjectRecord): ByteRange {
  if (context.headers['range'] !== undefined) {
    throw new S3Error('InvalidRequest', {
      message: 'Cannot specify both Range header and partNumber query parameter.',
    });
  }
  const part = queryInteger(context.target, 'partNumber', { min: 1, max: 10_000 }, 1);
  const sizes = object.parts.length === 0 ? [object.size] : object.parts.map(({ size }) => size);
  if (part > sizes.length) throw new S3Error('InvalidPartNumber');
  const offset = sizes.slice(0, part - 1).reduce((sum, size) => sum + size, 0);
  return { offset, length: elementAt(sizes, part - 1) };
}

function ifRangeHolds(headers: Readonly<Record<string, string>>, object: ObjectRecord): boolean {
  const condition = headers['if-range'];
  if (condition === undefined) return true;
  return condition.startsWith('"')
    ? condition === `"${object.etag}"`
    : Date.parse(condition) >= Math.floor(object.lastModifiedMs / 1000) * 1000;
}
