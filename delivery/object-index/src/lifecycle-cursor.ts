// How far the lifecycle worker is in its round over all buckets, so that a restart continues behind it.
import { type Static, safeInteger as size, str, struct, versionedRecord } from '@cess/codec';
import { utf8 } from '@cess/primitives';
import type { Kv } from '@cess/store';
import { decodeRecord, isUnreadable } from './errors.js';

const cursor = struct({
  /** When the round began. */
  startedAtMs: size,
  bucket: str,
  /** Everything before this key of the bucket is done. */
  key: str,
});
export type LifecycleCursor = Static<typeof cursor>;

const cursorRecord = versionedRecord({ name: 'lifecycle cursor', version: 1, codec: cursor });
const cursorKey = utf8('\0cess-lifecycle-cursor');

/** Undefined between two rounds. A cursor that cannot be read costs a repetition of the round, which changes nothing. */
export function readLifecycleCursor(kv: Kv): LifecycleCursor | undefined {
  const value = kv.get(cursorKey);
  if (value === undefined) return undefined;
  try {
    return decodeRecord(cursorRecord, value, 'the lifecycle cursor');
  } catch (error) {
    if (isUnreadable(error)) return undefined;
    throw error;
  }
}

export function writeLifecycleCursor(kv: Kv, at: LifecycleCursor | undefined): Promise<void> {
  return kv.write(
    [
      at === undefined
        ? { type: 'delete', key: cursorKey }
        : { type: 'put', key: cursorKey, value: cursorRecord.encode(at) },
    ],
    { durable: true },
  );
}
