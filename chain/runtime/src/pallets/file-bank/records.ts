// What is known of files and fragments.
import { invariant } from '@cess/primitives';
import type { StorageAccess } from '../../frame/context.js';
import type { FragmentPlace } from '../../shared-types.js';
import { fileBankStorage as storage } from './declaration.js';

export interface FragmentRecord {
  readonly orderId: Uint8Array;
  readonly root: Uint8Array;
  readonly length: number;
  readonly holder: number | undefined;
}

/** A fragment of a file that is not being deleted. */
export function fragmentRecord(
  at: StorageAccess,
  { fileId, segment, fragment }: FragmentPlace,
): FragmentRecord | undefined {
  const file = storage.Files.get(at, fileId);
  const info = storage.Fragments.get(at, fileId, segment, fragment);
  if (file === undefined || info === undefined) return undefined;
  const shape = storage.Segments.get(at, fileId, segment);
  invariant(shape !== undefined, 'a fragment belongs to a segment');
  return { orderId: file.order_id, root: info.root, length: shape.fragment_length, holder: info.holder };
}

/** Since when a file is being deleted. */
export function deletedAt(at: StorageAccess, fileId: Uint8Array): number | undefined {
  return storage.PendingDeletion.get(at, fileId)?.deleted_at;
}
