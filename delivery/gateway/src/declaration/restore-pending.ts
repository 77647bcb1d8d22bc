// What a restarted gateway has promised to owners' quota, from its index.
import { type FileRecord, isUnreadable, type ObjectIndex, type PackRecord } from '@cess/object-index';
import type { Quota } from './quota-ledger.js';

const packsPerPage = 500;

/** Files in the outbox, and files held for their owners, are acknowledged but not yet deducted from the quota on chain. */
export async function restorePending(index: ObjectIndex, quota: Quota): Promise<void> {
  for await (const { entry } of index.outbox()) {
    const file = entry.type === 'Declare' ? await tryGetFile(index, entry.value) : undefined;
    if (file !== undefined) quota.restore(file, file.storedBytes);
  }
  for await (const held of index.heldFiles()) quota.restore(held, held.storedBytes);
  for await (const { record } of undeclaredPacks(index)) quota.restore(record, record.storedBytes);
}

/** Packs that have no entry in the outbox yet: batches, and packs that were being filled. */
export async function* undeclaredPacks(
  index: Pick<ObjectIndex, 'packs'>,
): AsyncGenerator<{ readonly packId: Uint8Array; readonly record: PackRecord }> {
  for (let after: Uint8Array | undefined; ; ) {
    const page = await index.packs.listPacking(packsPerPage, after);
    for (const packId of page) {
      const record = await index.packs.get(packId);
      if (record !== undefined && (record.pack.kind === 'batch' || record.pack.isOpen)) yield { packId, record };
    }
    after = page.at(-1);
    if (after === undefined) return;
  }
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
