// The checks of compressed encodings that need no curve: flags and ranges. There is one encoding per point.
import { byteAt } from '@cess/primitives';

import { g1EncodedLength, type g2EncodedLength, type PointError } from './bls12.js';

const compressed = 0x80;
const infinity = 0x40;
const largest = 0x20;
const modulus = Buffer.from(
  '1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab',
  'hex',
);

/** What is wrong with the form; `infinity` for its one encoding; `finite` if only the curve can tell. */
export function encodingForm(
  bytes: Uint8Array,
  length: typeof g1EncodedLength | typeof g2EncodedLength,
): 'finite' | 'infinity' | PointError {
  if (bytes.length !== length) return 'LENGTH';
  const flags = byteAt(bytes, 0) & 0xe0;
  if ((flags & compressed) === 0) return 'ENCODING';
  if ((flags & infinity) !== 0) {
    const plain =
      (flags & largest) === 0 && (byteAt(bytes, 0) & 0x1f) === 0 && bytes.subarray(1).every((byte) => byte === 0);
    return plain ? 'infinity' : 'ENCODING';
  }
  for (let offset = 0; offset < length; offset += g1EncodedLength) {
    const coordinate = new Uint8Array(bytes.subarray(offset, offset + g1EncodedLength));
    if (offset === 0) coordinate[0] = byteAt(coordinate, 0) & 0x1f;
    if (Buffer.compare(coordinate, modulus) >= 0) return 'ENCODING';
  }
  return 'finite';
}
