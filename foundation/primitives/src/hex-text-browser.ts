// Hexadecimal text without Node's Buffer, for browsers.

const textOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lower-case digits. */
export function encodeHexText(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += textOfByte[byte];
  return text;
}

/** Bytes of an even number of digits. */
export function decodeHexText(digits: string): Uint8Array {
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16));
}
