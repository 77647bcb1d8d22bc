// Records of the append log and their frame:
//   u32 magic ‖ u32 payload length ‖ 8-byte checksum ‖ payload (SCALE)                     little-endian
// checksum = first 8 bytes of SHA-256(store id ‖ u32 log number ‖ u64 offset ‖ payload). The store id is random and
// secret, so bytes of an uploaded fragment cannot pass as a record, and a record is valid only at its own location.
import { bytes, fixedBytes, option, type Static, struct, u16, u32, u64, variant } from '@cess/codec';
import { sha256 } from '@cess/crypto';
import { concatBytes } from '@cess/primitives';

/** Largest fragment that a record may contain. */
export const maxInlineBytes = 65_536;
export const frameHeaderBytes = 16;
/** Largest frame: a put that contains the largest fragment. */
export const maxFrameBytes = frameHeaderBytes + maxInlineBytes + 512;

const idFields = { orderId: fixedBytes(32), segment: u32, fragment: u16, root: fixedBytes(32) };

const logRecordCodec = variant({
  /** The fragment is held. `inline` is last: bytes that are stored in the log end where the frame ends. */
  put: struct({
    ...idFields,
    length: u32,
    gateway: fixedBytes(32),
    expirySeconds: u64,
    fileId: option(fixedBytes(32)),
    inline: option(bytes({ max: maxInlineBytes })),
  }),
  /** New metadata of a held fragment. */
  update: struct({ ...idFields, expirySeconds: u64, fileId: option(fixedBytes(32)) }),
  delete: struct(idFields),
});

export type LogRecord = Static<typeof logRecordCodec>;

const magic = Uint8Array.of(0x43, 0x46, 0x4c, 0x31); // "CFL1"

/** Location of a record. */
export interface LogLocation {
  /** Number of the log file. */
  readonly log: number;
  /** First byte of the frame. */
  readonly offset: number;
  /** Bytes of the frame. */
  readonly size: number;
}

export function encodeRecord(record: LogRecord): Uint8Array {
  return logRecordCodec.encode(record);
}

/** The frame of a payload at one location of one store. */
export function frameOf(payload: Uint8Array, storeId: Uint8Array, log: number, offset: number): Uint8Array {
  const frame = new Uint8Array(frameHeaderBytes + payload.length);
  frame.set(magic, 0);
  new DataView(frame.buffer).setUint32(4, payload.length, true);
  frame.set(checksum(payload, storeId, log, offset), 8);
  frame.set(payload, frameHeaderBytes);
  return frame;
}

export type ParsedFrame =
  | { readonly kind: 'record'; readonly record: LogRecord; readonly size: number }
  /** More bytes are needed to decide. */
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'damaged' };

/** Reads the frame at the start of `window`, which begins at `offset` of the log. */
export function parseFrame(window: Uint8Array, storeId: Uint8Array, log: number, offset: number): ParsedFrame {
  if (window.length < frameHeaderBytes) return { kind: 'incomplete' };
  const view = new DataView(window.buffer, window.byteOffset, window.byteLength);
  const length = view.getUint32(4, true);
  const size = frameHeaderBytes + length;
  if (magic.some((byte, i) => window[i] !== byte) || size > maxFrameBytes) return { kind: 'damaged' };
  if (window.length < size) return { kind: 'incomplete' };
  const payload = window.subarray(frameHeaderBytes, size);
  const expected = checksum(payload, storeId, log, offset);
  if (expected.some((byte, i) => window[8 + i] !== byte)) return { kind: 'damaged' };
  return { kind: 'record', record: logRecordCodec.decode(payload), size };
}

/** Position of the next possible frame in `window` after the first byte, or -1. */
export function nextFrameStart(window: Uint8Array): number {
  return Buffer.from(window.buffer, window.byteOffset, window.byteLength).indexOf(magic, 1);
}

function checksum(payload: Uint8Array, storeId: Uint8Array, log: number, offset: number): Uint8Array {
  const place = new Uint8Array(12);
  const view = new DataView(place.buffer);
  view.setUint32(0, log, true);
  view.setBigUint64(4, BigInt(offset), true);
  return sha256(concatBytes(storeId, place, payload)).subarray(0, 8);
}
