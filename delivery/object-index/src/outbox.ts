// The outbox inside an index transaction: declarations and deletions that are not on chain yet. A declaration that the
// chain rejects for a reason of the owner's (expired territory, missing quota, revoked authorization) leaves the outbox: its
// file is held until the reason ends, however long that takes, and is queued again then.
import { type CessError, isCessError } from '@cess/primitives';
import { decodeRecord, isUnreadable } from './errors.js';
import { findFile } from './file-table.js';
import { putFile, putSegment, removeFile } from './files.js';
import type { IndexBackend } from './index-backend.js';
import type { IndexView, Portions, ReadView } from './index-view.js';
import type { TerritoryName } from './keys.js';
import * as keys from './keys.js';
import { backendPages, pageOf } from './pages.js';
import {
  type FileRecord,
  fileRecord,
  type HoldReason,
  heldRecord,
  type OutboxEntry,
  outboxEntry,
  segmentRecord,
} from './records.js';

/** Whether the chain records this provider as the holder of the fragment. */
export type IsRecorded = (fragment: {
  readonly fileId: Uint8Array;
  readonly segment: number;
  readonly fragment: number;
  readonly holder: number;
}) => boolean;

/** A change that a transaction makes together with its own. */
export type IndexChange = (view: IndexView) => Portions;

export interface OutboxItem {
  readonly sequence: number;
  readonly entry: OutboxEntry;
}

export interface Hold {
  readonly item: OutboxItem;
  readonly reason: HoldReason;
}

export interface HeldFile extends TerritoryName {
  readonly fileId: Uint8Array;
  readonly reason: HoldReason;
  readonly sinceMs: number;
  readonly storedBytes: number;
}

export async function* readOutbox(
  backend: IndexBackend,
  onUnreadable: (sequence: number, error: CessError) => void = () => {},
  pageEntries?: number,
): AsyncGenerator<OutboxItem> {
  for await (const page of backendPages(backend, keys.rangeOf(keys.outboxPrefix), pageEntries)) {
    for (const [key, value] of page) {
      const sequence = keys.sequenceOfKey(key);
      const entry = tryOutboxEntry(value, sequence);
      if (isCessError(entry)) onUnreadable(sequence, entry);
      else yield { sequence, entry };
    }
  }
}

/** A file that became unreadable meanwhile keeps its outbox entry: its next reader sets it aside. */
export function* settleDeclarations(view: IndexView, items: readonly OutboxItem[], isRecorded: IsRecorded): Portions {
  for (const { sequence, entry } of items) {
    const file = yield* readFile(view, entry.value);
    if (file === 'unreadable') continue;
    view.delete(keys.outboxKey(sequence));
    if (file === undefined) continue;
    if (file.state === 'stored') putFile(view, entry.value, { ...file, state: 'declared' });
    for (let index = 0; index < file.segmentCount; index++) yield* noteRecorded(view, entry.value, index, isRecorded);
  }
}

export function* settleDeletions(view: IndexView, items: readonly OutboxItem[]): Portions {
  for (const { sequence, entry } of items) {
    const file = yield* readFile(view, entry.value);
    if (file === 'unreadable') continue;
    view.delete(keys.outboxKey(sequence));
    if (file !== undefined) removeFile(view, entry.value, file);
  }
}

export function* holdDeclarations(view: IndexView, holds: readonly Hold[], nowMs: number): Portions {
  for (const { item, reason } of holds) {
    const fileId = item.entry.value;
    const file = yield* readFile(view, fileId);
    if (file === 'unreadable') continue;
    view.delete(keys.outboxKey(item.sequence));
    if (file === undefined) continue;
    const { storedBytes } = file;
    view.put(keys.heldKey(file, fileId), heldRecord.encode({ reason, sinceMs: nowMs, storedBytes }));
  }
}

export function* releaseHeld(view: IndexView, files: readonly HeldFile[], nextSequence: () => number): Portions {
  for (const { owner, territory, fileId } of files) {
    const key = keys.heldKey({ owner, territory }, fileId);
    // Deleted meanwhile, or about to be: its deletion ends the hold.
    const file = yield* readFile(view, fileId);
    if ((yield* view.get(key)) === undefined || (file !== 'unreadable' && file?.state !== 'stored')) continue;
    view.delete(key);
    view.put(keys.outboxKey(nextSequence()), outboxEntry.encode({ type: 'Declare', value: fileId }));
  }
}

/** An unreadable record of a hold counts as held without quota: its file can still be released. */
export async function* readHeld(backend: IndexBackend, territory?: TerritoryName): AsyncGenerator<HeldFile> {
  for await (const page of backendPages(backend, keys.rangeOf(keys.heldPrefix(territory)))) {
    for (const [key, value] of page) {
      const name = keys.heldOfKey(key);
      if (name !== undefined) yield { ...name, ...holdOf(value) };
    }
  }
}

export async function* readHeldTerritories(backend: IndexBackend): AsyncGenerator<TerritoryName> {
  let range = keys.rangeOf(keys.heldPrefix());
  for (;;) {
    const [entry] = await pageOf(backend, { ...range, limit: 1 });
    const name = entry === undefined ? undefined : keys.heldOfKey(entry[0]);
    if (name === undefined) return;
    yield { owner: name.owner, territory: name.territory };
    const { lt } = keys.rangeOf(keys.heldPrefix(name));
    if (lt === undefined) return;
    range = { ...range, gte: lt };
  }
}

export function* readHoldReason(view: ReadView, fileId: Uint8Array): Portions<HoldReason | undefined> {
  const file = yield* findFile(view, fileId);
  const value = file === undefined ? undefined : yield* view.get(keys.heldKey(file, fileId));
  return value === undefined ? undefined : holdOf(value).reason;
}

/** What a record of a hold says. */
export function holdOf(value: Uint8Array): Pick<HeldFile, 'reason' | 'sinceMs' | 'storedBytes'> {
  const record = tryDecode(heldRecord, value);
  return record === 'unreadable' ? { reason: 'quota-exceeded', sinceMs: 0, storedBytes: 0 } : record;
}

function tryOutboxEntry(value: Uint8Array, sequence: number): OutboxEntry | CessError {
  try {
    return decodeRecord(outboxEntry, value, `outbox entry ${sequence}`);
  } catch (error) {
    if (isUnreadable(error)) return error;
    throw error;
  }
}

function* readFile(view: ReadView, fileId: Uint8Array): Portions<FileRecord | 'unreadable' | undefined> {
  const value = yield* view.get(keys.fileKey(fileId));
  return value === undefined ? undefined : tryDecode(fileRecord, value);
}

function tryDecode<T>(codec: { decode(bytes: Uint8Array): T }, value: Uint8Array): T | 'unreadable' {
  try {
    return decodeRecord(codec, value, 'a file');
  } catch (error) {
    if (isUnreadable(error)) return 'unreadable';
    throw error;
  }
}

function* noteRecorded(view: IndexView, fileId: Uint8Array, index: number, isRecorded: IsRecorded): Portions {
  const value = yield* view.get(keys.segmentKey(fileId, index));
  const segment = value === undefined ? undefined : tryDecode(segmentRecord, value);
  // Readers of an unreadable segment set its file aside.
  if (segment === undefined || segment === 'unreadable') return;
  const fragments = segment.fragments.map((entry, fragment) => ({
    ...entry,
    attested: entry.holder !== undefined && isRecorded({ fileId, segment: index, fragment, holder: entry.holder }),
  }));
  putSegment(view, fileId, index, { ...segment, fragments });
}
