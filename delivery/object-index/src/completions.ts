// Completed uploads inside an index transaction. A client whose first answer was lost repeats its completion: it gets
// the same answer, and nothing is written again, so that an object that was put since stays. Completions are kept for a
// day, at most 10,000 of them; each new one removes a few that are older.
import { decodeRecord, isUnreadable } from './errors.js';
import type { IndexView, Portions, ReadView } from './index-view.js';
import * as keys from './keys.js';
import { type CompletionRecord, completionRecord } from './records.js';

export const maxCompletions = 10_000;
export const completionLifetimeMs = 24 * 3600 * 1000;
/** Removed with each new completion: more than one, so that the table shrinks after its limits. */
const removedAtOnce = 4;

export interface CompletionName {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
}

export function* findCompletion(view: ReadView, name: CompletionName): Portions<CompletionRecord | undefined> {
  const value = yield* view.get(keys.completionKey(name.bucket, name.key, name.uploadId));
  return value === undefined ? undefined : completionRecord.decode(value);
}

export function* addCompletion(view: IndexView, name: CompletionName, completion: CompletionRecord): Portions {
  const key = keys.completionKey(name.bucket, name.key, name.uploadId);
  view.put(key, completionRecord.encode(completion));
  view.put(keys.completionOrderKey(completion.sequence), key);
  yield* removeOutdated(view, completion);
}

/**
 * Removes up to `limit` completions of a bucket; returns how many there were. Their entries in the order of age expire
 * like all others.
 */
export function* removeCompletions(view: IndexView, bucket: string, limit: number): Portions<number> {
  const found = yield* view.page({ ...keys.rangeOf(keys.completionPrefix(bucket)), limit });
  for (const [key] of found) view.delete(key);
  return found.length;
}

function* removeOutdated(view: IndexView, newest: CompletionRecord): Portions {
  const range = keys.rangeOf(keys.completionOrderPrefix);
  for (const [orderKey, key] of yield* view.page({ ...range, limit: removedAtOnce })) {
    const isSurplus = keys.sequenceOfCompletionOrder(orderKey) + maxCompletions <= newest.sequence;
    if (!isSurplus && !isExpired(yield* view.get(key), newest)) return;
    view.delete(key);
    view.delete(orderKey);
  }
}

/** True also for a record that is missing or cannot be read: it must not keep others from being removed. */
function isExpired(value: Uint8Array | undefined, { completedAtMs }: CompletionRecord): boolean {
  if (value === undefined) return true;
  try {
    const record = decodeRecord(completionRecord, value, 'a completion');
    return record.completedAtMs + completionLifetimeMs < completedAtMs;
  } catch (error) {
    if (isUnreadable(error)) return true;
    throw error;
  }
}
