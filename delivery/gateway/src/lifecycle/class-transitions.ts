// Moves a version to another storage class: its content is read and stored again with the other redundancy, piece by piece and without its
// client, and enters the index in the place of the old one if the version is still the same. Content under a key of a customer or a
// named key is stored again as it is sealed: its stream keys stay wrapped.
import type { StoredBody } from '@cess/data-path';
import type { BucketRecord, ObjectIndex, Recoding } from '@cess/object-index';
import { toHex } from '@cess/primitives';
import type { ObjectStorage } from '../object-storage.js';
import { encryptionOf } from '../s3/encryption/object-encryption.js';
import { enterStored } from '../s3/handlers/enter-stored.js';
import { haveSameRedundancy, redundancyOf, type StorageClassName } from '../storage-classes.js';
import type { SeenVersion } from './seen-versions.js';

/** Bytes of one stored file that is sealed anew: copies of clients take turns with them. */
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
 * Whether the version was moved. `locked`: the key of the bucket is not enough to read its content, and it cannot be stored again as it is
 * sealed (ADR 67). Throws the errors of the data path, whereupon nothing has changed.
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
  const isLocked = encryptionOf(version) !== undefined;
  if (isLocked && !(await canMoveSealed(index, transition))) return 'locked';
  const stored = await storeAgain(storage, transition, isLocked ? sealedPieces : openedPieces);
  const content = { before: version.extents, after: stored.extents };
  return enterStored(
    storage,
    stored,
    () => enter(content, stored.files),
    (outcome) => outcome === 'moved',
  );
}

/**
 * Only files that this version alone reads, and reads whole. With the same number of data fragments, or in two files of that number, a
 * fragment would be the same bytes twice, and a provider that got both could keep one copy for the two.
 */
async function canMoveSealed(index: ObjectIndex, { seen, storageClass }: ClassTransition): Promise<boolean> {
  const { extents, storageClass: before } = seen.version;
  if (redundancyOf(before).k === redundancyOf(storageClass).k) return false;
  const files = await Promise.all(extents.map(({ fileId }) => index.getFile(fileId)));
  const areDistinct = new Set(extents.map(({ fileId }) => toHex(fileId))).size === extents.length;
  return (
    areDistinct &&
    extents.every(({ offset, length }, at) => {
      const file = files[at];
      return file?.references === 1 && offset === 0 && length === file.plaintextLength;
    })
  );
}

type Piece = () => Promise<StoredBody>;

function sealedPieces(
  storage: ObjectStorage,
  { bucketName, bucket, seen, storageClass, signal }: ClassTransition,
): Piece[] {
  const redundancy = redundancyOf(storageClass);
  return seen.version.extents.map(
    ({ fileId }) =>
      () =>
        storage.storeSealed({ bucketName, bucket, fileId, redundancy, client, signal }),
  );
}

function openedPieces(
  storage: ObjectStorage,
  { bucketName, bucket, seen, storageClass, signal }: ClassTransition,
): Piece[] {
  const { size, extents } = seen.version;
  const redundancy = redundancyOf(storageClass);
  return Array.from({ length: Math.ceil(size / pieceBytes) }, (_, piece) => () => {
    const offset = piece * pieceBytes;
    const length = Math.min(pieceBytes, size - offset);
    const chunks = storage.read({ bucketName, bucket, extents, offset, length, client, signal, feedsStore: true });
    return storage.store({ bucketName, bucket, length, chunks, redundancy, client, signal });
  });
}

async function storeAgain(
  storage: ObjectStorage,
  transition: ClassTransition,
  piecesOf: (storage: ObjectStorage, transition: ClassTransition) => readonly Piece[],
): Promise<StoredBody> {
  const stored: StoredBody[] = [];
  const whole = () => ({
    extents: stored.flatMap((piece) => piece.extents),
    files: stored.flatMap((piece) => piece.files),
  });
  try {
    for (const store of piecesOf(storage, transition)) stored.push(await storage.copying(store));
    return whole();
  } catch (error) {
    storage.discard(whole());
    throw error;
  }
}
