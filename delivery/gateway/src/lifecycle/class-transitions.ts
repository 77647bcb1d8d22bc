// Moves a version to another storage class: its content is read and stored again with the other redundancy, piece by piece and without its
// client, and enters the index in the place of the old one if the version is still the same.
import type { StoredBody } from '@cess/data-path';
import type { BucketRecord, ObjectIndex, Recoding } from '@cess/object-index';
import type { ObjectStorage } from '../object-storage.js';
import { encryptionOf } from '../s3/encryption/object-encryption.js';
import { enterStored } from '../s3/handlers/enter-stored.js';
import { haveSameRedundancy, redundancyOf, type StorageClassName } from '../storage-classes.js';
import type { SeenVersion } from './seen-versions.js';

/** Bytes of one stored file: copies of clients take turns with them. */
const pieceBytes = 512 * 1024 * 1024;
/** To whom memory and disk space are given. */
const client = 'lifecycle';

export interface ClassTransition {
  readonly bucketName: string;
  readonly bucket: BucketRecord;
  readonly seen: SeenVersion;
  readonly storageClass: StorageClassName;
  /** Taken inside the transaction that enters the new content. */
  readonly decide: Recoding['decide'];
  readonly signal: AbortSignal;
}

/**
 * Whether the version was moved. `locked`: the key of the bucket is not enough to read its content. Throws the errors of the data path, whereupon
 * nothing has changed.
 */
export async function moveToClass(
  { index, storage }: { readonly index: ObjectIndex; readonly storage: ObjectStorage },
  transition: ClassTransition,
): Promise<'moved' | 'unchanged' | 'locked'> {
  const { bucketName, seen, storageClass, decide } = transition;
  const { key, version, versionId } = seen;
  const name = { bucket: bucketName, key };
  const enter = async (content: Recoding['content'], files: Recoding['files']) =>
    (await index.recodeVersion(name, { versionId, storageClass, content, files, decide })) ? 'moved' : 'unchanged';
  if (version.size === 0 || haveSameRedundancy(version.storageClass, storageClass)) return enter(undefined, []);
  if (encryptionOf(version) !== undefined) return 'locked';
  const stored = await storeAgain(storage, transition);
  const content = { before: version.extents, after: stored.extents };
  return enterStored(
    storage,
    stored,
    () => enter(content, stored.files),
    (outcome) => outcome === 'moved',
  );
}

async function storeAgain(storage: ObjectStorage, transition: ClassTransition): Promise<StoredBody> {
  const { bucketName, bucket, seen, storageClass, signal } = transition;
  const { size, extents } = seen.version;
  const redundancy = redundancyOf(storageClass);
  const stored: StoredBody[] = [];
  const whole = () => ({
    extents: stored.flatMap((piece) => piece.extents),
    files: stored.flatMap((piece) => piece.files),
  });
  try {
    for (let offset = 0; offset < size; offset += pieceBytes) {
      const length = Math.min(pieceBytes, size - offset);
      const chunks = storage.read({ bucketName, bucket, extents, offset, length, client, signal, feedsStore: true });
      const store = () => storage.store({ bucketName, bucket, length, chunks, redundancy, client, signal });
      stored.push(await storage.copying(store));
    }
    return whole();
  } catch (error) {
    storage.discard(whole());
    throw error;
  }
}
