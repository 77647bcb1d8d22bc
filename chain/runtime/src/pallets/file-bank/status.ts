// How far the protection of files has come (x-cess-status of the gateway, `cess file show`): declared,
// all fragments tagged, all of them passed a round since they were tagged. Lost: some segment has fewer than k holders.
import { toHex } from '@cess/primitives';
import type { StorageAccess } from '../../frame/context.js';
import { type FileStatus, fileBankStorage as storage } from './declaration.js';
import type { FileBankNeeds } from './needs.js';

type TagNeeds = Pick<FileBankNeeds, 'tagOf' | 'passedAt'>;

const ORDER = ['Unknown', 'Lost', 'Declared', 'Tagged', 'Proven'] as const satisfies readonly FileStatus[];

/** The least protected of the files decides. Holes and fragments under repair count as not tagged. */
export function statusOfFiles(at: StorageAccess, needs: TagNeeds, ids: readonly Uint8Array[]): FileStatus {
  let least = ORDER.length - 1;
  for (const id of ids) {
    least = Math.min(least, statusOfFile(at, needs, id));
    if (least === 0) break;
  }
  return ORDER[least] ?? 'Unknown';
}

const rankOf = (status: FileStatus): number => ORDER.indexOf(status);

function statusOfFile(at: StorageAccess, needs: TagNeeds, id: Uint8Array): number {
  if (!storage.Files.has(at, id)) return rankOf('Unknown');
  for (const _ of storage.Unrepairable.entries(at, [id], 1)) return rankOf('Lost');
  const passed = new Map<string, number | undefined>();
  let least = ORDER.length - 1;
  for (const [[, segment, fragment], { holder }] of storage.Fragments.entries(at, [id])) {
    const tag = needs.tagOf(at, { fileId: id, segment, fragment });
    if (tag === undefined || holder === undefined) return rankOf('Declared');
    const key = `${holder}:${toHex(tag.keyId)}`;
    if (!passed.has(key)) passed.set(key, needs.passedAt(at, holder, tag.keyId));
    const passedAt = passed.get(key);
    // A round asks about what was tagged before the block that opened it.
    if (passedAt === undefined || passedAt <= tag.taggedAt) least = rankOf('Tagged');
  }
  return least;
}
