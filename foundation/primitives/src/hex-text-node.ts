// Hexadecimal text by Node's Buffer: an order of magnitude faster than a loop, which matters for bodies of blocks.

/** Lower-case digits. */
export function encodeHexText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** Bytes of an even number of digits. */
export function decodeHexText(digits: string): Uint8Array {
  return new Uint8Array(Buffer.from(digits, 'hex'));
}
