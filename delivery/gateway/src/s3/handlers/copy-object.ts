// CopyObject: creates an object that references the same stored files. The content is read only where the copy needs a digest that
// its source lacks. Between owners or territories it is stored again, so that each owner pays for and decides about what its own
// objects hold.
import {
  type BucketRecord,
  haveSameExtents,
  type NewObject,
  type ObjectRecord,
  type Precondition,
  type Written,
} from '@cess/object-index';
import { equalBytes } from '@cess/primitives';
import { haveSameRedundancy, redundancyOf } from '../../storage-classes.js';
import { ownershipOfNewObject } from '../acl/new-object.js';
import { requireNamedBucket } from '../bucket-access.js';
import { writePrecondition } from '../conditions.js';
import { withAcl } from '../configurations/access-control-list.js';
import type { S3Context } from '../context.js';
import { encryptionOfRead, type ReadEncryption } from '../encryption/read-encryption.js';
import { encryptionOfWrite, type WriteEncryption } from '../encryption/write-encryption.js';
import { S3Error } from '../errors.js';
import { expirationHeaders } from '../lifecycle-headers.js';
import { describeObject } from '../object-headers.js';
import { sendXml } from '../responses.js';
import { sameBucket } from '../same-bucket.js';
import { statedByWrite } from '../stated-by-write.js';
import { versionHeaders } from '../versions.js';
import { statedRedirect, withRedirect } from '../website/redirect-location.js';
import { document, element } from '../xml.js';
import { contentInOnePiece, type DigestPlan, planDigests, requireCopySize } from './copied-content.js';
import { tagsOfCopy } from './copied-tags.js';
import { type CopySource, resolveCopySource, rewrapFor, sourceVersionHeaders } from './copy-source.js';
import { digestOfStored, digestWhileReading } from './digest-while-reading.js';
import { enterStored } from './enter-stored.js';

/** With one of these, a copy onto itself states something about the object, as at Amazon. */
const changingHeaders = [
  'x-amz-storage-class',
  'x-amz-server-side-encryption',
  'x-amz-server-side-encryption-customer-algorithm',
  'x-amz-website-redirect-location',
];

export async function copyObject(context: S3Context): Promise<void> {
  const { target, headers } = context;
  const named = requireNamedBucket(context);
  const directive = headers['x-amz-metadata-directive'] ?? 'COPY';
  if (directive !== 'COPY' && directive !== 'REPLACE') {
    throw new S3Error('InvalidArgument', { message: 'Unknown metadata directive.' });
  }
  const described = describeObject(headers);
  const stated = statedByWrite(context, named);
  const { owner, attributes } = ownershipOfNewObject(context, named);
  const encryption = await encryptionOfWrite(context, named);
  const source = await resolveCopySource(context);
  const { lockFor } = await encryptionOfRead(context, source.object, 'x-amz-copy-source-');
  const copiedTags = await tagsOfCopy(context, source, stated.tags);
  const onItself = source.bucketName === target.bucket && source.key === target.key;
  const isCurrent = source.versionId === undefined || named.record.versioning === 'never';
  const changesNothing = changingHeaders.every((name) => headers[name] === undefined);
  if (onItself && isCurrent && directive === 'COPY' && changesNothing) {
    throw new S3Error('InvalidRequest', {
      message:
        "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    });
  }
  const make = (current: ObjectRecord): NewObject => {
    if (current.etag !== source.object.etag) throw new S3Error('PreconditionFailed');
    return {
      ...current,
      ...stated,
      tags: copiedTags(current.tags),
      owner,
      attributes: encryption.attributes([...withAcl(current.attributes, undefined), ...attributes]),
      ...(directive === 'REPLACE' ? described : { headers: withRedirect(current.headers, statedRedirect(headers)) }),
      lastModifiedMs: context.nowMs(),
    };
  };
  requireCopySize(source.object.size);
  const check = sameBucket(named.record, writePrecondition(headers));
  const digests = planDigests(headers, source.object);
  const copy = { source, bucket: named.record, lockFor, encryption, make, check, digests };
  // A stored file has one redundancy, and one wrap for a bucket, so content of another class or under another key is stored again.
  const sharesContent =
    isOfOneOwner(source.bucket, named.record) &&
    haveSameRedundancy(source.object.storageClass, stated.storageClass) &&
    lockFor === undefined &&
    encryption.lock === undefined;
  const { object: copied, versionId } = await (sharesContent
    ? shareContent(context, copy)
    : storeContent(context, copy));
  const checksums = copied.checksums.map(([algorithm, value]) => element(`Checksum${algorithm}`, value)).join('');
  const body = `${element('LastModified', new Date(copied.lastModifiedMs).toISOString())}${element('ETag', `"${copied.etag}"`)}${checksums}`;
  sendXml(context.response, 200, document('CopyObjectResult', body), {
    ...encryption.headers,
    ...expirationHeaders(context, named, target.key, copied),
    ...versionHeaders(versionId),
    ...sourceVersionHeaders(source),
  });
}

interface Copy extends Pick<ReadEncryption, 'lockFor'> {
  readonly source: CopySource;
  readonly bucket: BucketRecord;
  readonly encryption: WriteEncryption;
  readonly make: (source: ObjectRecord) => NewObject;
  readonly check: Precondition;
  readonly digests: DigestPlan;
}

function isOfOneOwner(one: BucketRecord, other: BucketRecord): boolean {
  return equalBytes(one.owner, other.owner) && one.territory === other.territory;
}

/** Refuses a source that was stored anew since it was looked at: its redundancy, or the keys of its content, may be others now. */
async function shareContent(context: S3Context, { source, make, check, digests }: Copy): Promise<Written> {
  const { target, index } = context;
  const { bucketName, object } = source;
  const plan = { bucketName, bucket: source.bucket, extents: object.extents, offset: 0, length: object.size };
  const read = digests.isNeeded ? await digestOfStored(context, plan, digests.algorithm) : undefined;
  return index.copyObject(
    { bucket: target.bucket, key: target.key },
    { bucket: bucketName, key: source.key, versionId: source.versionId },
    (current) => {
      const made = make(current);
      if (!haveSameExtents(current.extents, object.extents)) throw new S3Error('OperationAborted');
      return read === undefined ? made : { ...made, ...contentInOnePiece(made, digests, read) };
    },
    rewrapFor(context, source),
    check,
  );
}

async function storeContent(context: S3Context, copy: Copy): Promise<Written> {
  const { source, bucket, lockFor, encryption, make, check, digests } = copy;
  const { target, index, storage, client, signal } = context;
  const { size: length, extents } = source.object;
  const object = make(source.object);
  const plan = { bucketName: source.bucketName, bucket: source.bucket, extents, offset: 0, length, lockFor };
  const { chunks, finish } = await digestWhileReading(context, plan, digests.algorithm);
  const { lock } = encryption;
  const redundancy = redundancyOf(object.storageClass ?? 'STANDARD');
  const stored = await storage.copying(() =>
    storage.store({ bucketName: target.bucket, bucket, length, chunks, lock, redundancy, client, signal }),
  );
  const content = contentInOnePiece(object, digests, finish());
  const described = { ...object, ...content, etag: encryption.entityTag(content.etag) };
  const name = { bucket: target.bucket, key: target.key };
  return enterStored(storage, stored, () =>
    index.putObject(name, { ...described, extents: stored.extents }, stored.files, check),
  );
}
