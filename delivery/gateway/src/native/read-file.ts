// Reads of files: download, open, metadata, list. Whoever knows a fid may read its file, unless the operator wants signatures; then
// the signer must own the file.
import { SS58_PREFIX } from '@cess/client';
import { encodeSs58 } from '@cess/crypto';
import type { ObjectRecord } from '@cess/object-index';
import { equalBytes, toHex } from '@cess/primitives';
import type { NamedBucket } from '../s3/configurations/configuration.js';
import { sendObject } from '../s3/handlers/get-object.js';
import { objectStatus } from '../s3/object-headers.js';
import { payerOfOwner } from '../usage/payer.js';
import { readRange } from './content-range.js';
import { isFid, nativeBucketName } from './file-id.js';
import { encodeFileName, storedFileName } from './file-name.js';
import { mediaTypeOf } from './media-types.js';
import { sendData } from './native-answer.js';
import { bucketOf, contextOf } from './native-context.js';
import { NativeError } from './native-error.js';
import type { NativeCall, SignedCall } from './native-route.js';

const maxListed = 1_000;

interface FoundFile {
  readonly bucket: NamedBucket;
  readonly fid: string;
  readonly object: ObjectRecord;
}

async function requireFile(call: NativeCall, fid: string): Promise<FoundFile> {
  const bucket = await bucketOf(call, fid);
  const { wallet } = call;
  if (wallet !== undefined && !equalBytes(wallet.account.owner, bucket.record.owner))
    throw new NativeError('NoSuchFile');
  call.charge(payerOfOwner(bucket.record.owner));
  const object = await call.services.index.getObject({ bucket: bucket.name, key: fid });
  if (object === undefined || object.isDeleteMarker) throw new NativeError('NoSuchFile');
  return { bucket, fid, object };
}

export async function downloadFile(call: NativeCall): Promise<void> {
  const found = await requireFile(call, call.params['fid'] ?? '');
  await sendFile(call, found, { type: 'application/octet-stream', disposition: 'attachment' });
}

/** `{fid}.{ending}` or `{fid}{ending}`: the ending selects the media type, else that of the file counts. */
export async function openFile(call: NativeCall): Promise<void> {
  const [, fid = '', ending = ''] = /^([0-9a-f]{64})\.?([a-z0-9]{0,10})$/i.exec(call.params['fid'] ?? '') ?? [];
  const found = await requireFile(call, fid.toLowerCase());
  const { object } = found;
  const byName = mediaTypeOf(storedFileName(object.metadata)) ?? object.contentType;
  const type = ending === '' ? byName : (mediaTypeOf(ending) ?? 'text/plain');
  // Pages and pictures of strangers get no scripts and no origin.
  call.response.setHeader('content-security-policy', "sandbox; default-src 'none'; style-src 'unsafe-inline'");
  call.response.setHeader('x-content-type-options', 'nosniff');
  await sendFile(call, found, { type, disposition: 'inline' });
}

async function sendFile(
  call: NativeCall,
  { bucket, fid, object }: FoundFile,
  { type, disposition }: { readonly type: string; readonly disposition: 'attachment' | 'inline' },
): Promise<void> {
  const range = readRange(call.headers);
  const name = storedFileName(object.metadata);
  const named = name === '' ? disposition : `${disposition}; filename*=UTF-8''${encodeFileName(name)}`;
  const context = contextOf(call, {
    bucket,
    key: fid,
    headers: range === undefined ? {} : { range },
    query: [
      ['response-content-type', type],
      ['response-content-disposition', named],
    ],
  });
  await sendObject(context);
}

export async function showMetadata(call: NativeCall): Promise<void> {
  const { bucket, fid, object } = await requireFile(call, call.params['fid'] ?? '');
  const { index, protection } = call.services;
  const { owner, territory } = bucket.record;
  const user = encodeSs58(owner, SS58_PREFIX);
  sendData(call.response, {
    ...listed(fid, object, territory),
    owner: [{ user, file_name: storedFileName(object.metadata) }],
    content_type: object.contentType,
    etag: object.etag,
    storage_class: object.storageClass,
    status: await objectStatus({ index, protection }, object),
    file_ids: [...new Set(object.extents.map(({ fileId }) => toHex(fileId)))],
  });
}

function listed(fid: string, object: ObjectRecord, territory: string) {
  const { size, lastModifiedMs, metadata } = object;
  const uploadedAt = new Date(lastModifiedMs).toISOString();
  return { territory, fid, size, file_name: storedFileName(metadata), uploaded_at: uploadedAt };
}

/** Files of the signer in one territory, by fid. */
export async function listFiles(call: SignedCall): Promise<void> {
  const { owner, territory } = call.wallet.account;
  const { index } = call.services;
  const name = nativeBucketName(owner, territory);
  const record = await index.getBucket(name);
  const after = call.query.get('after');
  if (after !== undefined && !isFid(after)) throw new NativeError('InvalidFid');
  const limit = pageLength(call.query.get('limit'));
  if (record === undefined) return sendData(call.response, [], { next: null });
  const bucket = { name, record };
  const context = contextOf(call, { bucket, key: '' });
  await context.access.require('s3:ListBucket', { bucket });
  const page = await index.listObjects(name, { prefix: '', delimiter: '', after, limit });
  const files = page.items.flatMap((item) =>
    item.type === 'entry' && isFid(item.name) ? [listed(item.name, item.value, territory)] : [],
  );
  sendData(call.response, files, { next: page.truncated ? (page.items.at(-1)?.name ?? null) : null });
}

function pageLength(text: string | undefined): number {
  const limit = text === undefined ? maxListed : /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > maxListed) throw new NativeError('ParameterInvalid', `limit must be 1 to ${maxListed}.`);
  return limit;
}
