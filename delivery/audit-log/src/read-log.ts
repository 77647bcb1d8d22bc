// Reads a log and checks its hash chain on the way. Memory is bounded by one segment.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CessError, equalBytes } from '@cess/primitives';
import { type AuditEntry, auditEntry, firstHead, nextHead } from './entry.js';
import { decodeFrame, decodeHeader, frameHeaderBytes, headerBytes, isSegmentName } from './segment.js';

/** Entries that are read before other work of the process has its turn. */
const entriesPerTurn = 512;

/** How far a log has grown. */
export interface LogPosition {
  /** Entries so far. */
  readonly sequence: number;
  readonly head: Uint8Array;
}

export interface LoggedEntry extends LogPosition {
  readonly entry: AuditEntry;
}

export interface SegmentEnd extends LogPosition {
  /** Bytes of the header and of whole frames; 0 if there is no header. */
  readonly bytes: number;
  /** Bytes behind them: entries that were not written, or not synchronised before a power cut, or damage. */
  readonly unreadable: number;
}

export const beginning: LogPosition = { sequence: 0, head: firstHead };

/** Names of the segments in `folder`, the oldest first; none if the folder does not exist. */
export async function segmentsOf(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.filter(isSegmentName).sort();
}

/**
 * All entries that are still kept, the oldest first. What cannot be read in the newest segment ends the log: a power cut leaves anything
 * behind what was synchronised. Whether entries are missing there, only an anchor tells. Throws `AUDIT_LOG_DAMAGED` at what cannot be read in
 * an older segment, after the entries before it.
 */
export async function* readAuditLog(folder: string): AsyncGenerator<LoggedEntry, void, undefined> {
  const names = await segmentsOf(folder);
  let after: LogPosition | undefined;
  for (const [index, name] of names.entries()) {
    const read = readSegment(join(folder, name), { after, isNewest: index === names.length - 1 });
    let step = await read.next();
    for (; step.done !== true; step = await read.next()) yield step.value;
    after = step.value;
  }
}

/** The entries of the newest segment, the oldest first. */
export async function* readNewestEntries(folder: string): AsyncGenerator<AuditEntry, void, undefined> {
  const name = (await segmentsOf(folder)).at(-1);
  if (name === undefined) return;
  for await (const { entry } of readSegment(join(folder, name), { isNewest: true })) yield entry;
}

/** The entries of a segment; returns where it ends. */
export async function* readSegment(
  path: string,
  { after, isNewest }: { readonly after?: LogPosition | undefined; readonly isNewest: boolean },
): AsyncGenerator<LoggedEntry, SegmentEnd, undefined> {
  const bytes = await readFile(path);
  const start = decodeHeader(bytes);
  if (start === undefined) {
    if (isNewest) return { ...(after ?? beginning), bytes: 0, unreadable: bytes.length };
    throw damaged(path, 0);
  }
  const expected = after ?? (start.sequence === 0 ? beginning : start);
  if (start.sequence !== expected.sequence || !equalBytes(start.head, expected.head)) throw damaged(path, 0);
  let { sequence, head } = expected;
  let offset = headerBytes;
  let entries = 0;
  while (offset < bytes.length) {
    const encoded = decodeFrame(bytes, offset);
    if (encoded === undefined) {
      if (isNewest) break;
      throw damaged(path, offset);
    }
    if (++entries % entriesPerTurn === 0) await new Promise((resolve) => setImmediate(resolve));
    head = nextHead(head, encoded);
    sequence++;
    yield { sequence, entry: decodeEntry(encoded, path, offset), head };
    offset += frameHeaderBytes + encoded.length;
  }
  return { sequence, head, bytes: offset, unreadable: bytes.length - offset };
}

function decodeEntry(encoded: Uint8Array, file: string, offset: number): AuditEntry {
  try {
    return auditEntry.decode(encoded);
  } catch (cause) {
    throw new CessError('AUDIT_LOG_DAMAGED', `An entry of ${file} cannot be read.`, { file, offset }, { cause });
  }
}

function damaged(file: string, offset: number): CessError<'AUDIT_LOG_DAMAGED'> {
  const message = `The audit log is damaged in ${file} at byte ${offset}, or was changed there.`;
  return new CessError('AUDIT_LOG_DAMAGED', message, { file, offset });
}
