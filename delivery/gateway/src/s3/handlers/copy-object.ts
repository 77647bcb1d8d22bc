// CopyObject: creates an object that references the same stored files, which reads and writes the index only. Between owners or
// territories the content is stored again, so that each owner pays for and decides about what its own objects hold.
import type { BucketRecord, NewObject, ObjectRecord, Precondition, Written } from '@cess/object-index';
import { equalBytes } from '@cess/primitives';
import { haveSameRedundancy, redundancyOf } from '../../storage-classes.js';
import { ownershipOfNewObject } from '../acl/new-object.js';
import { parseAlgorithm } from '../body/checksums.js';
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
import { statedByWrite, tagsOfCopy } from '../stated-by-write.js';
import { versionHeaders } from '../versions.js';
import { document, element } from '../xml.js';
import { type CopySource, resolveCopySource, rewrapFor, sourceVersionHeaders } from './copy-source.js';
import { digestWhileReading } from './digest-while-reading.js';
import { enterStored } from './enter-stored.js';
import { maxBodyBytes } from './put-object.js';

/** With one of these, a copy onto itself states something about the object, as at Amazon. */
const changingHeaders = [
  'x-amz-storage-class',
  'x-amz-server-side-encryption',
  'x-amz-server-side-encryption-customer-algorithm',
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
    requireChecksum(headers['x-amz-checksum-algorithm'], current);
    return {
      ...current,
      ...stated,
      tags: tagsOfCopy(headers, stated.tags, current.tags),
      owner,
      attributes: encryption.attributes([...withAcl(current.attributes, undefined), ...attributes]),
      ...(directive === 'REPLACE' ? described : {}),
      lastModifiedMs: context.nowMs(),
    };
  };
  const check = sameBucket(named.record, writePrecondition(headers));
  const copy = { source, bucket: named.record, lockFor, encryption, make, check };
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
}

function isOfOneOwner(one: BucketRecord, other: BucketRecord): boolean {
  return equalBytes(one.owner, other.owner) && one.territory === other.territory;
}

function shareContent(context: S3Context, { source, make, check }: Copy): Promise<Written> {
  const { target, index } = context;
  return index.copyObject(
    { bucket: target.bucket, key: target.key },
    { bucket: source.bucketName, key: source.key, versionId: source.versionId },
    make,
    rewrapFor(context, source),
    check,
  );
}

async function storeContent(context: S3Context, copy: Copy): Promise<Written> {
  const { source, bucket, lockFor, encryption, make, check } = copy;
  const { target, index, storage, client, signal } = context;
  const { size: length, extents } = source.object;
  if (length > maxBodyBytes) {
    throw new S3Error('InvalidRequest', {
      message: `The specified copy source is larger than the maximum allowable size for a copy source: ${maxBodyBytes}`,
    });
  }
  const object = make(source.object);
  const origin = { bucketName: source.bucketName, bucket: source.bucket };
  const digest = await digestWhileReading(context, { ...origin, extents, offset: 0, length, lockFor }, undefined);
  const { chunks } = digest;
  const { lock } = encryption;
  const redundancy = redundancyOf(object.storageClass ?? 'STANDARD');
  const stored = await storage.copying(() =>
    storage.store({ bucketName: target.bucket, bucket, length, chunks, lock, redundancy, client, signal }),
  );
  const isUnderNewKey = lockFor !== undefined || lock !== undefined;
  const described = isUnderNewKey ? { ...inOnePiece(object), etag: encryption.entityTag(digest.finish().md5) } : object;
  const name = { bucket: target.bucket, key: target.key };
  return enterStored(storage, stored, () =>
    index.putObject(name, { ...described, extents: stored.extents }, stored.files, check),
  );
}

/** The object without its parts, and without checksums that follow from them: its entity tag no longer names parts. */
function inOnePiece(object: NewObject): NewObject {
  return object.checksumType === 'FULL_OBJECT'
    ? { ...object, parts: [] }
    : { ...object, parts: [], checksums: [], checksumType: 'FULL_OBJECT' };
}

/** A copy keeps the checksums of its source: another algorithm would need its bytes read again. */
function requireChecksum(named: string | undefined, { checksums, checksumType }: ObjectRecord): void {
  const algorithm = named === undefined ? undefined : parseAlgorithm(named);
  const isThere = checksumType === 'FULL_OBJECT' && checksums.some(([own]) => own === algorithm);
  if (algorithm === undefined || isThere) return;
  throw new S3Error('NotImplemented', { details: { Header: 'x-amz-checksum-algorithm' } });
}
