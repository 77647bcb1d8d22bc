// What every write of an object has in common, whatever its body comes in: the description, the owner and the encryption that
// the request states, the stored content, and the entry in the index.
import type { StoredBody, StoreRequest } from '@cess/data-path';
import type { NewObject, Precondition, Written } from '@cess/object-index';
import { redundancyOf } from '../../storage-classes.js';
import { ownershipOfNewObject } from '../acl/new-object.js';
import type { NamedBucket } from '../configurations/configuration.js';
import type { S3Context } from '../context.js';
import { encryptionOfWrite, type WriteEncryption } from '../encryption/write-encryption.js';
import { describeObject } from '../object-headers.js';
import { sameBucket } from '../same-bucket.js';
import { statedByWrite } from '../stated-by-write.js';
import { enterStored } from './enter-stored.js';

/** Largest body of one request (Amazon's limit). */
export const maxBodyBytes = 5 * 1024 ** 3;

/** How the content of a write is stored. */
export type ContentStorage = Pick<StoreRequest, 'lock' | 'redundancy'>;

export interface StoredContent extends StoredBody {
  readonly size: number;
  /** Lower-case hex. */
  readonly md5: string;
  readonly checksums: readonly (readonly [string, string])[];
}

export interface ObjectWrite {
  readonly bucket: NamedBucket;
  readonly key: string;
  readonly store: (how: ContentStorage) => Promise<StoredContent>;
  readonly check?: Precondition | undefined;
}

export interface WrittenObject {
  readonly object: NewObject;
  readonly entered: Written;
  readonly encryption: WriteEncryption;
}

/** Checks what the request states, stores the content, and enters the object. On failure it discards what it stored. */
export async function writeObject(
  context: S3Context,
  { bucket, key, store, check }: ObjectWrite,
): Promise<WrittenObject> {
  const { headers, index, storage } = context;
  const ownership = ownershipOfNewObject(context, bucket);
  const description = describeObject(headers);
  const stated = statedByWrite(context, bucket);
  const encryption = await encryptionOfWrite(context, bucket);
  const stored = await store({ lock: encryption.lock, redundancy: redundancyOf(stated.storageClass) });
  const { size, md5, checksums, extents, files } = stored;
  const object = {
    ...description,
    ...stated,
    ...ownership,
    attributes: encryption.attributes(ownership.attributes),
    size,
    etag: encryption.entityTag(md5),
    lastModifiedMs: context.nowMs(),
    checksums,
    checksumType: 'FULL_OBJECT' as const,
    extents,
  };
  const name = { bucket: bucket.name, key };
  const entered = await enterStored(storage, stored, () =>
    index.putObject(name, object, files, sameBucket(bucket.record, check)),
  );
  return { object, entered, encryption };
}
