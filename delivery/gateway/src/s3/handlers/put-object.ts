// PutObject: streams the body into the network and enters the object once every check and every quorum has succeeded.

import { openPayload, type PayloadInit } from '../body/payload.js';
import { requireNamedBucket } from '../bucket-access.js';
import { afterTransfer, writePrecondition } from '../conditions.js';
import type { NamedBucket } from '../configurations/configuration.js';
import type { S3Context } from '../context.js';
import { S3Error } from '../errors.js';
import { expirationHeaders } from '../lifecycle-headers.js';
import { checksumResponseHeaders } from '../object-headers.js';
import { sendEmpty } from '../responses.js';
import { versionHeaders } from '../versions.js';
import { type ContentStorage, maxBodyBytes, type StoredContent, writeObject } from './write-object.js';

export async function putObject(context: S3Context): Promise<void> {
  const { target, index } = context;
  const bucket = requireNamedBucket(context);
  const precondition = writePrecondition(context.headers);
  const name = { bucket: target.bucket, key: target.key };
  const checkFirst = async () => precondition?.(await index.getObject(name), bucket.record);
  const { object, entered, encryption } = await writeObject(context, {
    bucket,
    key: target.key,
    store: (how) => storePayload(context, bucket, how, checkFirst),
    check: afterTransfer(precondition),
  });
  sendEmpty(context.response, 200, {
    etag: `"${object.etag}"`,
    ...encryption.headers,
    ...checksumResponseHeaders(object),
    ...expirationHeaders(context, bucket, target.key, entered.object),
    ...versionHeaders(entered.versionId),
  });
}

/** Stores the body of the request as it is. `checkFirst` runs before the first byte is read. */
export async function storePayload(
  context: PayloadInit & Pick<S3Context, 'storage' | 'client' | 'signal'>,
  bucket: NamedBucket,
  how: ContentStorage,
  checkFirst: () => Promise<void> = async () => {},
): Promise<StoredContent> {
  const { storage, client, signal } = context;
  const payload = await openPayload(context);
  const { length, chunks } = payload;
  if (length > maxBodyBytes) {
    throw new S3Error('EntityTooLarge', {
      details: { ProposedSize: String(length), MaxSizeAllowed: String(maxBodyBytes) },
    });
  }
  await checkFirst();
  const place = { bucketName: bucket.name, bucket: bucket.record };
  const stored = await storage.store({ ...place, length, chunks, ...how, client, signal });
  const { md5, checksum } = payload.digests();
  const checksums = checksum === undefined ? [] : [[checksum.algorithm, checksum.value] as const];
  return { ...stored, size: length, md5, checksums };
}
