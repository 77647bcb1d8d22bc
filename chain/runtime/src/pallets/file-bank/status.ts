// How far the protection of files has come, for whoever asks (x-cess-status of the gateway, `cess file show`): declared,
// all fragments tagged, all of them passed a round since they were tagged.
import type { StorageAccess } from '../../frame/context.js';
import { auditStorage } from '../audit/types.js';
import { type FileStatus, fileBankStorage as storage } from './types.js';

const ORDER: readonly FileStatus[] = ['Unknown', 'Declared', 'Tagged', 'Proven'];

/** The least protected of the files decides. Holes and fragments under repair count as not tagged. */
export function statusOfFiles(at: StorageAccess, ids: readonly Uint8Array[]): FileStatus {
  let least = ORDER.length - 1;
  for (const id of ids) {
    least = Math.min(least, statusOfFile(at, id));
    if (least === 0) break;
  }
  return ORDER[least]!;
}

function statusOfFile(at: StorageAccess, id: Uint8Array): number {
  if (!storage.Files.has(at, id)) return 0;
  const passed = new Map<string, number | undefined>();
  let least = ORDER.length - 1;
  for (const [[, segment, fragment], { holder }] of storage.Fragments.entries(at, [id])) {
    const tag = auditStorage.Tags.get(at, id, segment, fragment);
    if (tag === undefined || holder === undefined) return 1;
    const key = `${holder}:${Buffer.from(tag.key_id).toString('latin1')}`;
    if (!passed.has(key)) passed.set(key, auditStorage.Registries.get(at, holder, tag.key_id)?.passed_at);
    const passedAt = passed.get(key);
    if (passedAt === undefined || passedAt < tag.tagged_at) least = 2;
  }
  return least;
}
