// How far the lifecycle worker is in its round over all buckets, so that a restart continues behind it.
import { type Static, safeInteger as size, str, struct, versionedRecord } from '@cess/codec';
import { utf8 } from '@cess/primitives';
import { decodeRecord, isUnreadable } from './errors.js';
import type { ObjectIndex } from './object-index.js';

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

type Notes = Pick<ObjectIndex, 'readNote' | 'writeNote'>;

/** Undefined between two rounds. A cursor that cannot be read costs a repetition of the round, which changes nothing. */
export async function readLifecycleCursor(index: Notes): Promise<LifecycleCursor | undefined> {
  const value = await index.readNote(cursorKey);
  if (value === undefined) return undefined;
  try {
    return decodeRecord(cursorRecord, value, 'the lifecycle cursor');
  } catch (error) {
    if (isUnreadable(error)) return undefined;
    throw error;
  }
}

export function writeLifecycleCursor(index: Notes, at: LifecycleCursor | undefined): Promise<void> {
  return index.writeNote(cursorKey, at === undefined ? undefined : cursorRecord.encode(at));
}
