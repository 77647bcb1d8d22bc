// Bytes of integers in preimages: little-endian, of fixed width.
import { invariant } from '@cess/primitives';

/** u16, 2 bytes. */
export function u16Bytes(value: number): Uint8Array {
  invariant(Number.isInteger(value) && value >= 0 && value <= 0xffff, 'a u16');
  return Uint8Array.of(value & 0xff, value >> 8);
}

/** u32, 4 bytes. */
export function u32Bytes(value: number): Uint8Array {
  invariant(Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff, 'a u32');
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

/** The value, which must have that many bytes. */
export function exactly(length: number, value: Uint8Array, name: string): Uint8Array {
  invariant(value.length === length, `${name} has ${length} bytes`);
  return value;
}
