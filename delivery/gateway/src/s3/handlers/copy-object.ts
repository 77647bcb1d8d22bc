// CopyObject: creates an object that references the same stored files. Reads and writes the index only.
import type { ObjectRecord } from '@cess/object-index';
import { parseAlgorithm } from '../body/checksums.js';
import { requireNamedBucket } from '../bucket-access.js';
import { writePrecondition } from '../conditions.js';
import type { S3Context } from '../context.js';
import { S3Error } from '../errors.js';
import { describeObject } from '../object-headers.js';
import { sendXml } from '../responses.js';
import { sameBucket } from '../same-bucket.js';
import { statedByWrite, tagsOfCopy } from '../stated-by-write.js';
import { versionHeaders } from '../versions.js';
import { document, element } from '../xml.js';
import { resolveCopySource, rewrapFor, sourceVersionHeaders } from './copy-source.js';

export async function copyObject(context: S3Context): Promise<void> {
  const { target, headers, index } = context;
  const named = requireNamedBucket(context);
  const bucket = named.record;
  const directive = headers['x-amz-metadata-directive'] ?? 'COPY';
  if (directive !== 'COPY' && directive !== 'REPLACE') {
    throw new S3Error('InvalidArgument', { message: 'Unknown metadata directive.' });
  }
  const described = describeObject(headers);
  const stated = statedByWrite(context, named);
  const source = await resolveCopySource(context);
  const onItself = source.bucketName === target.bucket && source.key === target.key;
  const isCurrent = source.versionId === undefined || bucket.versioning === 'never';
  if (onItself && isCurrent && directive === 'COPY') {
    throw new S3Error('InvalidRequest', {
      message:
        'This copy request is illegal because it is trying to copy an object to itself without changing its metadata.',
    });
  }
  const { object: copied, versionId } = await index.copyObject(
    { bucket: target.bucket, key: target.key },
    { bucket: source.bucketName, key: source.key, versionId: source.versionId },
    (current) => {
      if (current.etag !== source.object.etag) throw new S3Error('PreconditionFailed');
      requireChecksum(headers['x-amz-checksum-algorithm'], current);
      const kept = { ...current, ...stated, owner: undefined };
      return {
        ...kept,
        ...(directive === 'REPLACE' ? described : {}),
        tags: tagsOfCopy(headers, stated.tags, current.tags),
        lastModifiedMs: context.nowMs(),
      };
    },
    rewrapFor(context, source, bucket),
    sameBucket(bucket, writePrecondition(headers)),
  );
  const checksums = copied.checksums.map(([algorithm, value]) => element(`Checksum${algorithm}`, value)).join('');
  const body = `${element('LastModified', new Date(copied.lastModifiedMs).toISOString())}${element('ETag', `"${copied.etag}"`)}${checksums}`;
  sendXml(context.response, 200, document('CopyObjectResult', body), {
    'x-amz-server-side-encryption': 'AES256',
    ...versionHeaders(versionId),
    ...sourceVersionHeaders(source),
  });
}

/** A copy keeps the checksums of its source: another algorithm would need its bytes read again. */
function requireChecksum(named: string | undefined, { checksums, checksumType }: ObjectRecord): void {
  const algorithm = named === undefined ? undefined : parseAlgorithm(named);
  const isThere = checksumType === 'FULL_OBJECT' && checksums.some(([own]) => own === algorithm);
  if (algorithm === undefined || isThere) return;
  throw new S3Error('NotImplemented', { details: { Header: 'x-amz-checksum-algorithm' } });
}
