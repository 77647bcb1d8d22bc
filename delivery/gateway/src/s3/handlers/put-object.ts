// PutObject: streams the body into the network and enters the object once every check and every quorum has succeeded.

import { redundancyOf } from '../../storage-classes.js';
import { ownershipOfNewObject } from '../acl/new-object.js';
import { openPayload } from '../body/payload.js';
import { requireNamedBucket } from '../bucket-access.js';
import { afterTransfer, writePrecondition } from '../conditions.js';
import type { S3Context } from '../context.js';
import { encryptionOfWrite } from '../encryption/write-encryption.js';
import { S3Error } from '../errors.js';
import { expirationHeaders } from '../lifecycle-headers.js';
import { checksumResponseHeaders, describeObject } from '../object-headers.js';
import { sendEmpty } from '../responses.js';
import { sameBucket } from '../same-bucket.js';
import { statedByWrite } from '../stated-by-write.js';
import { versionHeaders } from '../versions.js';
import { enterStored } from './enter-stored.js';

/** Largest body of one request (Amazon's limit). */
export const maxBodyBytes = 5 * 1024 ** 3;

export async function putObject(context: S3Context): Promise<void> {
  const { target, headers, index, storage, client, signal } = context;
  const named = requireNamedBucket(context);
  const bucket = named.record;
  const ownership = ownershipOfNewObject(context, named);
  const description = describeObject(headers);
  const stated = statedByWrite(context, named);
  const encryption = await encryptionOfWrite(context, named);
  const precondition = writePrecondition(headers);
  const payload = await openPayload(context);
  if (payload.length > maxBodyBytes) {
    throw new S3Error('EntityTooLarge', {
      details: { ProposedSize: String(payload.length), MaxSizeAllowed: String(maxBodyBytes) },
    });
  }
  const name = { bucket: target.bucket, key: target.key };
  precondition?.(await index.getObject(name), bucket);
  const stored = await storage.store({
    bucketName: target.bucket,
    bucket,
    length: payload.length,
    chunks: payload.chunks,
    lock: encryption.lock,
    redundancy: redundancyOf(stated.storageClass),
    client,
    signal,
  });
  const { md5, checksum } = payload.digests();
  const etag = encryption.entityTag(md5);
  const object = {
    ...description,
    ...stated,
    ...ownership,
    attributes: encryption.attributes(ownership.attributes),
    size: payload.length,
    etag,
    lastModifiedMs: context.nowMs(),
    checksums: checksum === undefined ? [] : [[checksum.algorithm, checksum.value] as const],
    checksumType: 'FULL_OBJECT' as const,
    extents: stored.extents,
  };
  const { object: entered, versionId } = await enterStored(storage, stored, () =>
    index.putObject(name, object, stored.files, sameBucket(bucket, afterTransfer(precondition))),
  );
  sendEmpty(context.response, 200, {
    etag: `"${etag}"`,
    ...encryption.headers,
    ...checksumResponseHeaders(object),
    ...expirationHeaders(context, named, target.key, entered),
    ...versionHeaders(versionId),
  });
}
