// What a restarted gateway has promised to owners' quota, from its index.
import { type FileRecord, isUnreadable, type ObjectIndex } from '@cess/object-index';
import type { QuotaLedger } from './quota-ledger.js';

/** Files in the outbox, and files held for their owners, are acknowledged but not yet deducted from the quota on chain. */
export async function restorePending(index: ObjectIndex, quota: QuotaLedger): Promise<void> {
  for await (const { entry } of index.outbox()) {
    const file = entry.type === 'Declare' ? await tryGetFile(index, entry.value) : undefined;
    if (file !== undefined) quota.restore(file, file.storedBytes);
  }
  for await (const held of index.heldFiles()) quota.restore(held, held.storedBytes);
}

/** Undefined also for an unreadable record: the declarer sets it aside. */
async function tryGetFile(index: ObjectIndex, fileId: Uint8Array): Promise<FileRecord | undefined> {
  try {
    return await index.getFile(fileId);
  } catch (error) {
    if (isUnreadable(error)) return undefined;
    throw error;
  }
}
