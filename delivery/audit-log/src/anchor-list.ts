// The anchors of a log, kept beside it in the file `anchors`. The chain keeps the newest anchor and one hash over all, which proves the
// list. The file begins with an anchor that was made before the list, if there was one, and how many those were:
// magic (8) ‖ count (u32) ‖ history (32) ‖ sequence (u64) ‖ head (32) ‖ crc32 (u32), then anchors: sequence (u64) ‖ head (32) ‖ crc32 (u32).
// The numbers are little-endian.
import { open, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { equalBytes, utf8 } from '@cess/primitives';
import { onDisk } from '@cess/store';
import { anchorHistory, noAnchors } from '@cess/types';
import { syncFolder, writeWhole } from './files.js';
import { beginning, type LogPosition } from './read-log.js';

/** The anchors of a log as the chain knows them. */
export interface AnchorState extends LogPosition {
  /** Number of anchors. */
  readonly count: number;
  /** Hash over all of them. */
  readonly history: Uint8Array;
}

const fileName = 'anchors';
const magic = utf8('CESSANC1');
const anchorBytes = 44;
const headerBytes = 88;

export const neverAnchored: AnchorState = { ...beginning, count: 0, history: noAnchors };

/** The writer of the list. Memory does not grow with it. Its methods throw the codes of `mapStorageError`. */
export class AnchorList {
  private constructor(
    private readonly folder: string,
    private length: number,
    private state: AnchorState,
    private before: AnchorState | undefined,
  ) {}

  /** Undefined if the folder has no list, or none that can be read. */
  static async open(folder: string): Promise<AnchorList | undefined> {
    const read = await readAnchors(folder);
    if (read === undefined) return undefined;
    let [length, state, before]: [number, AnchorState, AnchorState | undefined] = [0, read.start, undefined];
    for (const next of read.later) [length, state, before] = [length + 1, next, state];
    return new AnchorList(folder, length, state, before);
  }

  /** Begins a list after the anchors that the chain has. A former list is kept under another name. */
  static async begin(folder: string, start: AnchorState): Promise<AnchorList> {
    await onDisk(folder, async () => {
      const path = join(folder, fileName);
      await rename(path, `${path}.until-${start.count}`).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      });
      await writeFile(`${path}.tmp`, encodeStart(start), { flush: true });
      await rename(`${path}.tmp`, path);
      await syncFolder(folder);
    });
    return new AnchorList(folder, 0, start, undefined);
  }

  /** All anchors of the list and before it. */
  get total(): AnchorState {
    return this.state;
  }

  /** The same without the newest anchor; undefined for an empty list. */
  get beforeNewest(): AnchorState | undefined {
    return this.before;
  }

  /** Adds an anchor; it survives a power cut. Call it before the anchor is submitted. */
  async append(anchor: LogPosition): Promise<void> {
    await onDisk(this.folder, async () => {
      const file = await open(join(this.folder, fileName), 'r+');
      const end = headerBytes + this.length * anchorBytes;
      try {
        // A torn rest of an earlier write must not remain.
        await file.truncate(end);
        await writeWhole(file, encodeAnchor(anchor), end);
        await file.datasync();
      } finally {
        await file.close();
      }
    });
    this.length++;
    this.before = this.state;
    this.state = withAnchor(this.state, anchor);
  }
}

export interface ReadAnchors {
  /** What the list begins after. */
  readonly start: AnchorState;
  /** The state after each anchor of the list, the oldest first. A torn end is left out. */
  readonly later: Iterable<AnchorState>;
}

/** Undefined if the folder has no list, or none that can be read. */
export async function readAnchors(folder: string): Promise<ReadAnchors | undefined> {
  const file = await onDisk(folder, () =>
    readFile(join(folder, fileName)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return Buffer.alloc(0);
      throw error;
    }),
  );
  const bytes = new Uint8Array(file.buffer, file.byteOffset, file.length);
  const start = decodeStart(bytes);
  return start && { start, later: { [Symbol.iterator]: () => statesIn(bytes, start) } };
}

function* statesIn(bytes: Uint8Array, start: AnchorState): Generator<AnchorState, void, undefined> {
  let state = start;
  for (let at = headerBytes; ; at += anchorBytes) {
    const anchor = decodeAnchor(bytes, at);
    if (anchor === undefined) return;
    state = withAnchor(state, anchor);
    yield state;
  }
}

export function isSameState(one: AnchorState | undefined, other: AnchorState): boolean {
  return one !== undefined && one.count === other.count && equalBytes(one.history, other.history);
}

/** The state after one more anchor. */
export function withAnchor({ count, history }: AnchorState, anchor: LogPosition): AnchorState {
  const { sequence, head } = anchor;
  const next = anchorHistory(history, { sequence: BigInt(sequence), root: head });
  return { sequence, head, count: count + 1, history: next };
}

function encodeStart({ count, history, sequence, head }: AnchorState): Uint8Array {
  const out = new Uint8Array(headerBytes);
  out.set(magic);
  new DataView(out.buffer).setUint32(8, count, true);
  out.set(history, 12);
  putAnchor(out, 44, { sequence, head });
  return withChecksum(out);
}

function decodeStart(bytes: Uint8Array): AnchorState | undefined {
  const header = checked(bytes, 0, headerBytes);
  if (header === undefined || !equalBytes(header.subarray(0, magic.length), magic)) return undefined;
  const count = new DataView(header.buffer, header.byteOffset).getUint32(8, true);
  return { count, history: header.slice(12, 44), ...anchorAt(header, 44) };
}

function encodeAnchor(anchor: LogPosition): Uint8Array {
  const out = new Uint8Array(anchorBytes);
  putAnchor(out, 0, anchor);
  return withChecksum(out);
}

/** Undefined at the end, and for bytes that were not written whole. */
function decodeAnchor(bytes: Uint8Array, at: number): LogPosition | undefined {
  const frame = checked(bytes, at, anchorBytes);
  return frame && anchorAt(frame, 0);
}

function putAnchor(out: Uint8Array, at: number, { sequence, head }: LogPosition): void {
  new DataView(out.buffer).setBigUint64(at, BigInt(sequence), true);
  out.set(head, at + 8);
}

function anchorAt(bytes: Uint8Array, at: number): LogPosition {
  const sequence = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(at, true);
  return { sequence: Number(sequence), head: bytes.slice(at + 8, at + 40) };
}

/** The last four bytes become the checksum of the others. */
function withChecksum(out: Uint8Array): Uint8Array {
  const at = out.length - 4;
  new DataView(out.buffer).setUint32(at, crc32(out.subarray(0, at)), true);
  return out;
}

function checked(bytes: Uint8Array, at: number, length: number): Uint8Array | undefined {
  if (bytes.length - at < length) return undefined;
  const part = bytes.subarray(at, at + length);
  const sum = new DataView(part.buffer, part.byteOffset).getUint32(length - 4, true);
  return crc32(part.subarray(0, length - 4)) === sum ? part : undefined;
}
