// Hexadecimal text of byte strings, as JSON-RPC and the command line show them.
import { decodeHexText, encodeHexText } from '#hex-text';
import { CessError } from './error.js';

/** Lower-case hex without prefix. */
export function toHex(bytes: Uint8Array): string {
  return encodeHexText(bytes);
}

/** Lower-case hex with `0x`. */
export function toHex0x(bytes: Uint8Array): string {
  return `0x${toHex(bytes)}`;
}

/** Bytes of hex text with or without `0x`. Throws `HEX_MALFORMED` on anything else. */
export function fromHex(text: string): Uint8Array {
  const digits = text.startsWith('0x') ? text.slice(2) : text;
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits)) {
    throw new CessError('HEX_MALFORMED', 'Expected an even number of hexadecimal digits.', { length: text.length });
  }
  return decodeHexText(digits);
}
