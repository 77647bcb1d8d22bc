// SS58: account ids as text (docs.substrate.io "SS58 address format"): base58 of prefix ‖ id ‖ checksum, where the
// checksum is the first two bytes of BLAKE2b-512("SS58PRE" ‖ prefix ‖ id). Prefixes 0..63 take one byte, up to 16383
// two bytes. Only 32-byte ids: this chain has no others.

import { byteAt, CessError, concatBytes, err, ok, type Result, utf8 } from '@cess/primitives';
import { blake2b512 } from '#blake2b-512';
import { decodeBase58, encodeBase58 } from './base58.js';

const idLength = 32;
const checksumLength = 2;
/** Enough for 36 bytes; longer text is refused before the quadratic decoding. */
const maxTextLength = 52;

/** The text form of an account id. Throws `SS58_PREFIX` outside 0..16383 and for the reserved 46 and 47. */
export function encodeSs58(accountId: Uint8Array, prefix: number): string {
  if (accountId.length !== idLength) {
    throw new CessError('SS58_LENGTH', `An account id is 32 bytes long, this one is ${accountId.length}.`);
  }
  const body = concatBytes(prefixBytes(prefix), accountId);
  return encodeBase58(concatBytes(body, checksumOf(body)));
}

/** Account id and prefix of an address, or what is wrong with it. */
export function decodeSs58(text: string): Result<{ accountId: Uint8Array; prefix: number }, string> {
  if (text.length > maxTextLength) return err('The address is too long.');
  const bytes = decodeBase58(text);
  if (bytes === undefined) return err('The address holds a character that base58 does not have.');
  const first = bytes[0] ?? 0;
  const prefixLength = first & 0x40 ? 2 : 1;
  if (first & 0x80) return err('The address begins with a reserved prefix.');
  if (bytes.length !== prefixLength + idLength + checksumLength) return err('The address has the wrong length.');
  const body = bytes.subarray(0, prefixLength + idLength);
  const expected = checksumOf(body);
  if (bytes[body.length] !== expected[0] || bytes[body.length + 1] !== expected[1]) {
    return err('The checksum of the address is wrong: a letter was mistyped or lost.');
  }
  const second = byteAt(bytes, 1);
  const prefix = prefixLength === 1 ? first : ((first & 0x3f) << 2) | (second >> 6) | ((second & 0x3f) << 8);
  if (prefixLength === 2 && prefix < 64) return err('The prefix of the address is not in its shortest form.');
  return ok({ accountId: body.slice(prefixLength), prefix });
}

function prefixBytes(prefix: number): Uint8Array {
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > 16_383 || prefix === 46 || prefix === 47) {
    throw new CessError('SS58_PREFIX', `${prefix} is no SS58 prefix: use 0 to 16383 without 46 and 47.`, { prefix });
  }
  if (prefix < 64) return Uint8Array.of(prefix);
  return Uint8Array.of(((prefix & 0xfc) >> 2) | 0x40, (prefix >> 8) | ((prefix & 0x03) << 6));
}

function checksumOf(body: Uint8Array): Uint8Array {
  return blake2b512(concatBytes(utf8('SS58PRE'), body)).subarray(0, checksumLength);
}
