// Resumable uploads: PUT /resume/{name}, one range of the file for each request. Every range is a part of an S3 upload, so it is
// durable when it is acknowledged, survives a restart, and ends with the lifecycle rule of the bucket if nobody completes it.
//   cess-js-sdk-nodejs sends the whole file with each range of a file above 2 MiB. The first such body is stored as one part, and
//   those of the later ranges are read and discarded.
import { createHash } from 'node:crypto';
import type { UploadName } from '@cess/object-index';
import type { NamedBucket } from '../s3/configurations/configuration.js';
import type { S3Context } from '../s3/context.js';
import { encryptionOfPart } from '../s3/encryption/write-encryption.js';
import { S3Error } from '../s3/errors.js';
import { assembleObject, maxObjectBytes } from '../s3/handlers/assemble-object.js';
import { beginUpload } from '../s3/handlers/multipart.js';
import { storePayload } from '../s3/handlers/put-object.js';
import { enterPart } from '../s3/handlers/upload-part.js';
import { maxBodyBytes } from '../s3/handlers/write-object.js';
import { withDefaultRetention } from '../s3/stated-by-write.js';
import { redundancyOf } from '../storage-classes.js';
import { parseContentRange } from './content-range.js';
import { uploadPrefix } from './file-id.js';
import { decodeFileName, storedFileName } from './file-name.js';
import { sendContinue, sendData } from './native-answer.js';
import { contextOf, ownBucket } from './native-context.js';
import { NativeError } from './native-error.js';
import type { SignedCall } from './native-route.js';
import { describedBy, newFile, putWhole, refuseHeaders, requireLength } from './put-file.js';
import type { UploadSession } from './upload-sessions.js';

const maxParts = 10_000;
const maxOpenUploads = 1_000;

/** An upload that requests name by the file's name and length. */
interface Upload {
  readonly bucket: NamedBucket;
  readonly name: string;
  readonly total: number;
  /** Of the upload among all of the gateway. */
  readonly id: string;
}

interface Range {
  readonly first: number;
  readonly last: number;
  /** Of the body. */
  readonly length: number;
}

export async function resume(call: SignedCall): Promise<void> {
  refuseHeaders(call);
  const name = decodeFileName(call.params['name'] ?? '');
  const { bytes, total } = parseContentRange(call.headers['content-range']);
  if (total > maxObjectBytes) throw new S3Error('EntityTooLarge');
  const range = bytes === undefined ? undefined : { ...bytes, length: bodyLength(call, bytes, total) };
  const bucket = await ownBucket(call);
  const upload = { bucket, name, total, id: `${uploadPrefix(bucket.record, name, total)} ${name}` };
  await call.sessions.alone(upload.id, () =>
    range === undefined ? showState(call, upload) : takeRange(call, upload, range),
  );
}

/** The body holds the range, or the whole file. Throws LengthMismatch before it is read. */
function bodyLength(call: SignedCall, { first, last }: { first: number; last: number }, total: number): number {
  const length = requireLength(call);
  if (length !== last - first + 1 && length !== total) throw new NativeError('LengthMismatch');
  if (length > maxBodyBytes) throw new S3Error('EntityTooLarge');
  return length;
}

/** Whoever asks for the state of an upload continues it. */
async function showState(call: SignedCall, upload: Upload): Promise<void> {
  const session = await findSession(call, upload);
  if (session === undefined) throw new NativeError('NoSuchUpload');
  if (session.state === 'complete') return sendData(call.response, { fid: session.fid });
  session.messageDigest = call.wallet.messageDigest;
  sendContinue(call.response, session.received, undefined);
}

async function takeRange(call: SignedCall, upload: Upload, range: Range): Promise<void> {
  const { bucket, name, total } = upload;
  const { first, last, length } = range;
  const contentType = call.headers['content-type'];
  if (first === 0 && last === total - 1) {
    await abandon(call, upload);
    const fid = await putWhole(call, bucket, { name, length, contentType });
    const { messageDigest } = call.wallet;
    call.sessions.set(upload.id, { fid, uploadId: '', received: total, parts: 1, messageDigest, state: 'complete' });
    return sendData(call.response, { fid });
  }
  const session = first === 0 ? await begin(call, upload, contentType) : await findSession(call, upload);
  if (session === undefined) throw new NativeError('NoSuchUpload');
  session.messageDigest ??= call.wallet.messageDigest;
  if (session.messageDigest !== call.wallet.messageDigest) throw new NativeError('UploadTaken');
  const context = contextOf(call, {
    bucket,
    key: session.fid,
    headers: { ...describedBy(name, contentType), 'content-length': String(length) },
  });
  if (last < session.received) await discardBody(call);
  else await storeRange(call, context, { bucket, session, range });
  if (last < total - 1) return sendContinue(call.response, session.received, call.headers['content-range']);
  if (session.state === 'open') await complete(context, upload, session);
  sendData(call.response, { fid: session.fid });
}

async function storeRange(
  call: SignedCall,
  context: S3Context,
  { bucket, session, range }: { bucket: NamedBucket; session: UploadSession; range: Range },
): Promise<void> {
  const { first, last, length } = range;
  const isWholeFile = length !== last - first + 1;
  if (first !== session.received) {
    const { received } = session;
    const headers = received === 0 ? {} : { range: `bytes=0-${received - 1}` };
    throw new NativeError('RangeMismatch', `The upload has its first ${received} bytes.`, { headers });
  }
  // A whole file that comes later does not say which of its bytes are meant to follow those of another body.
  if (isWholeFile && first > 0) throw new NativeError('LengthMismatch');
  if (session.parts >= maxParts)
    throw new S3Error('EntityTooLarge', { message: `An upload has at most ${maxParts} ranges.` });
  const name = { bucket: bucket.name, key: session.fid, uploadId: session.uploadId };
  const upload = await context.index.getUpload(name);
  if (upload === undefined) throw new NativeError('NoSuchUpload');
  await context.access.require('s3:PutObject', { bucket, key: session.fid });
  await call.begin();
  const encryption = await encryptionOfPart(context, upload);
  const how = { lock: encryption.lock, redundancy: redundancyOf(upload.storageClass) };
  const stored = await storePayload(context, bucket, how);
  await enterPart(context, { ...name, partNumber: session.parts + 1 }, encryption, stored);
  session.parts++;
  session.received += length;
}

/** A first range begins the upload anew: the SDK does so after every failure, and the file may have changed since. */
async function begin(call: SignedCall, upload: Upload, contentType: string | undefined): Promise<UploadSession> {
  const { bucket, name, total, id } = upload;
  await abandon(call, upload);
  const open = await call.services.index.listUploads(bucket.name, {
    prefix: '',
    delimiter: '',
    limit: maxOpenUploads,
  });
  if (open.items.length >= maxOpenUploads) throw new NativeError('TooManyUploads');
  const headers = describedBy(name, contentType);
  const { context, fid } = await newFile(call, bucket, { name, length: total, headers });
  const kind = { checksumAlgorithm: undefined, checksumType: 'COMPOSITE' as const };
  const { uploadId } = await beginUpload(context, bucket, fid, kind);
  const { messageDigest } = call.wallet;
  return call.sessions.set(id, { fid, uploadId, received: 0, parts: 0, messageDigest, state: 'open' });
}

async function abandon(call: SignedCall, upload: Upload): Promise<void> {
  const session = await findSession(call, upload);
  if (session === undefined || session.state === 'complete') return;
  const { fid, uploadId } = session;
  await call.services.index.abortUpload({ bucket: upload.bucket.name, key: fid, uploadId });
  session.state = 'aborted';
}

/** The upload as this process knows it, or as the index has it. */
async function findSession(call: SignedCall, upload: Upload): Promise<UploadSession | undefined> {
  const { index } = call.services;
  const { bucket, name, total, id } = upload;
  const known = call.sessions.get(id);
  if (known?.state === 'complete') return known;
  // Lifecycle rules and S3 clients abort uploads as well.
  if (known?.state === 'open' && (await index.getUpload(nameOf(upload, known))) !== undefined)
    return withNewParts(call, known);
  const prefix = uploadPrefix(bucket.record, name, total);
  const { items } = await index.listUploads(bucket.name, { prefix, delimiter: '', limit: maxOpenUploads });
  const found = items.find((item) => item.type === 'entry' && storedFileName(item.value.upload.metadata) === name);
  if (found?.type !== 'entry') return undefined;
  const { uploadId } = found.value;
  const state = { received: 0, parts: 0, messageDigest: undefined, state: 'open' as const };
  return withNewParts(call, call.sessions.set(id, { fid: found.name, uploadId, ...state }));
}

/** Takes parts into account that another gateway of the same index has entered since. */
async function withNewParts({ services }: SignedCall, session: UploadSession): Promise<UploadSession> {
  for (const { partNumber, part } of await services.index.listParts(session.uploadId, session.parts, maxParts)) {
    session.parts = partNumber;
    session.received += part.size;
  }
  return session;
}

async function complete(context: S3Context, upload: Upload, session: UploadSession): Promise<void> {
  const { bucket, total } = upload;
  if (session.received !== total) throw new NativeError('LengthMismatch');
  await context.index.completeUpload(nameOf(upload, session), {
    requestDigest: createHash('sha256').update(session.uploadId).digest(),
    make: (parts, record) => {
      const chosen = [...parts].map(([partNumber, { etag }]) => ({ partNumber, etag, checksums: [] }));
      const object = assembleObject(chosen, parts, record, { nowMs: context.nowMs(), leastPartBytes: 0 });
      if (object.size !== total) throw new NativeError('LengthMismatch');
      return withDefaultRetention(context, bucket, object);
    },
  });
  session.state = 'complete';
}

function nameOf({ bucket }: Upload, { fid, uploadId }: UploadSession): UploadName {
  return { bucket: bucket.name, key: fid, uploadId };
}

async function discardBody({ body }: SignedCall): Promise<number> {
  let discarded = 0;
  for await (const chunk of body.chunks()) discarded += chunk.length;
  return discarded;
}
