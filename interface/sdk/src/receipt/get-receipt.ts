import { delay, isCessError } from '@cess/primitives';
import type { ObjectName } from '../storage/head-object.js';
import { send } from '../storage/send.js';
import type { StorageClient } from '../storage/storage-client.js';

/** The object of a receipt. */
export interface GetReceiptOptions extends ObjectName {
  /** Includes the keys of the object's streams, with which its bytes can be compared with the chain. They open the object: keep it secret. */
  readonly withStreamKeys?: boolean | undefined;
  /** How long to wait until a new object is on the chain. Default 30 s. */
  readonly waitMs?: number | undefined;
}

const pauseMs = 500;

/** The receipt of an object, as bytes to keep. Throws `STORAGE_NOT_FOUND`, `STORAGE_REFUSED`. */
export async function getReceipt(storage: StorageClient, options: GetReceiptOptions): Promise<Uint8Array> {
  const { bucket, key, versionId, signal, withStreamKeys = false, waitMs = 30_000 } = options;
  const query = { receipt: '', versionId, 'stream-keys': withStreamKeys ? '' : undefined };
  const until = storage.nowMs() + waitMs;
  for (;;) {
    try {
      const response = await send(
        { ...storage, attempts: 1 },
        { method: 'GET', path: `/${bucket}/${key}`, query, signal },
      );
      return new Uint8Array(await response.arrayBuffer());
    } catch (error) {
      const isEarly = isCessError(error, 'STORAGE_REFUSED') && error.data.status === 503;
      if (!isEarly || storage.nowMs() >= until) throw error;
      await delay(pauseMs, signal);
    }
  }
}
