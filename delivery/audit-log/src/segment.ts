// Segment files. A segment begins with where it stands in the log, so that it can be read without those before it:
// magic (8) ‖ entries before it (u64) ‖ head before it (32) ‖ crc32 of these (u32), then frames: length (u32) ‖ crc32 (u32) ‖ entry.
// The numbers are little-endian.
import { crc32 } from 'node:zlib';
import { equalBytes, utf8 } from '@cess/primitives';

const magic = utf8('CESSAUD1');
const checkedBytes = 48;
export const headerBytes = 52;
export const frameHeaderBytes = 8;
/** Longest entry: keys have 1,024 bytes, user agents are cut. */
const maxEntryBytes = 65_536;

export interface SegmentStart {
  /** Entries of the log before this segment. */
  readonly sequence: number;
  readonly head: Uint8Array;
}

export function encodeHeader({ sequence, head }: SegmentStart): Uint8Array {
  const out = new Uint8Array(headerBytes);
  const view = new DataView(out.buffer);
  out.set(magic);
  view.setBigUint64(8, BigInt(sequence), true);
  out.set(head, 16);
  view.setUint32(checkedBytes, crc32(out.subarray(0, checkedBytes)), true);
  return out;
}

/** Undefined for bytes that are no header. */
export function decodeHeader(bytes: Uint8Array): SegmentStart | undefined {
  if (bytes.length < headerBytes || !equalBytes(bytes.subarray(0, magic.length), magic)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, headerBytes);
  if (view.getUint32(checkedBytes, true) !== crc32(bytes.subarray(0, checkedBytes))) return undefined;
  return { sequence: Number(view.getBigUint64(8, true)), head: bytes.slice(16, checkedBytes) };
}

export function encodeFrame(entry: Uint8Array): Uint8Array {
  const out = new Uint8Array(frameHeaderBytes + entry.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, entry.length, true);
  view.setUint32(4, crc32(entry), true);
  out.set(entry, frameHeaderBytes);
  return out;
}

/** The entry of the frame at `offset`; undefined for a frame that is torn or damaged. */
export function decodeFrame(bytes: Uint8Array, offset: number): Uint8Array | undefined {
  if (bytes.length - offset < frameHeaderBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset);
  const length = view.getUint32(0, true);
  const begin = offset + frameHeaderBytes;
  if (length === 0 || length > maxEntryBytes || bytes.length - begin < length) return undefined;
  const entry = bytes.subarray(begin, begin + length);
  return crc32(entry) === view.getUint32(4, true) ? entry : undefined;
}

/** Names sort in the order of the segments. */
export function segmentName(sequence: number): string {
  return `${sequence.toString().padStart(16, '0')}.audit`;
}

/** Entries of the log before the segment of this name. */
export function entriesBefore(name: string): number {
  return Number.parseInt(name, 10);
}

export function isSegmentName(name: string): boolean {
  return /^\d{16}\.audit$/.test(name);
}
