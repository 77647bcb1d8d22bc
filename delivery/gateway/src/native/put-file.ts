// Uploads in one request: a form with the part `file`, or the bytes as they are.
import type { NamedBucket } from '../s3/configurations/configuration.js';
import type { S3Context } from '../s3/context.js';
import { S3Error } from '../s3/errors.js';
import { MultipartForm } from '../s3/forms/multipart-form.js';
import { storeFile } from '../s3/handlers/post-object.js';
import { storePayload } from '../s3/handlers/put-object.js';
import { writeObject } from '../s3/handlers/write-object.js';
import { newFid } from './file-id.js';
import { assertFileName, decodeFileName, encodeFileName, nameMetadata } from './file-name.js';
import { mediaTypeOf } from './media-types.js';
import { sendData } from './native-answer.js';
import { contextOf, ownBucket } from './native-context.js';
import { NativeError } from './native-error.js';
import type { SignedCall } from './native-route.js';

/** Headers of DeOSS that would change what is stored or where. Ignoring them would break a promise. */
const refusedHeaders = ['cipher', 'miner', 'longitude', 'latitude'];

export function refuseHeaders({ headers }: SignedCall): void {
  const refused = refusedHeaders.find((name) => headers[name] !== undefined);
  if (refused === undefined) return;
  throw new NativeError(
    'NotOffered',
    `The header ${refused} is not offered: files are encrypted with the keys of the bucket, and the gateway selects the providers.`,
  );
}

/** How a file is described in its object. */
export function describedBy(name: string, contentType: string | undefined): Record<string, string> {
  const type = contentType ?? mediaTypeOf(name) ?? 'application/octet-stream';
  return { 'content-type': type, [`x-amz-meta-${nameMetadata}`]: encodeFileName(name) };
}

/** A file on its way into the bucket: the context of its S3 operation, and its fid. */
export async function newFile(
  call: SignedCall,
  bucket: NamedBucket,
  { name, length, headers }: { name: string; length: number; headers: Readonly<Record<string, string>> },
): Promise<{ readonly context: S3Context; readonly fid: string }> {
  const fid = newFid(bucket.record, name, length);
  const context = contextOf(call, { bucket, key: fid, headers });
  await context.access.require('s3:PutObject', { bucket, key: fid });
  await call.begin();
  return { context, fid };
}

export async function putObjectOfName(call: SignedCall): Promise<void> {
  refuseHeaders(call);
  const name = decodeFileName(call.params['name'] ?? '');
  const length = requireLength(call);
  const bucket = await ownBucket(call);
  const fid = await putWhole(call, bucket, { name, length, contentType: call.headers['content-type'] });
  sendData(call.response, { fid });
}

/** Stores the body of the request as a file. */
export async function putWhole(
  call: SignedCall,
  bucket: NamedBucket,
  { name, length, contentType }: { name: string; length: number; contentType: string | undefined },
): Promise<string> {
  const headers = { ...describedBy(name, contentType), 'content-length': String(length) };
  const { context, fid } = await newFile(call, bucket, { name, length, headers });
  await writeObject(context, { bucket, key: fid, store: (how) => storePayload(context, bucket, how) });
  return fid;
}

export async function putForm(call: SignedCall): Promise<void> {
  refuseHeaders(call);
  const length = requireLength(call);
  const bucket = await ownBucket(call);
  const form = new MultipartForm({
    chunks: call.body.chunks(),
    length,
    contentType: call.headers['content-type'],
  });
  try {
    const { file } = await form.readFields();
    const name = assertFileName(file.filename);
    const headers = describedBy(name, file.contentType);
    const { context, fid } = await newFile(call, bucket, { name, length, headers });
    const sizes = { sizes: [] };
    await writeObject(context, {
      bucket,
      key: fid,
      store: (how) => storeFile(context, bucket, { ...how, form, headers, sizes }),
    });
    sendData(call.response, { fid });
  } finally {
    await form.close();
  }
}

export function requireLength({ headers }: SignedCall): number {
  const length = /^\d{1,15}$/.test(headers['content-length'] ?? '') ? Number(headers['content-length']) : undefined;
  if (length === undefined) throw new S3Error('MissingContentLength');
  return length;
}
