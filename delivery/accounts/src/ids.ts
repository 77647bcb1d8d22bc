// Unique ids, access key ids and secrets in the forms that Amazon documents ("IAM identifiers").
import type { Rng } from '@cess/primitives';

const base32Digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Prefixes of unique ids. `AKIA` and `ASIA` begin the ids of permanent and of temporary access keys. */
export type IdPrefix = 'AIDA' | 'AGPA' | 'AROA' | 'ANPA' | 'AKIA' | 'ASIA';

/** The prefix and 80 random bits in base 32. */
export function createId(prefix: IdPrefix, rng: Rng): string {
  return prefix + encodeBase32(rng.bytes(10));
}

/** 40 characters with 240 random bits. */
export function createSecretAccessKey(rng: Rng): string {
  return Buffer.from(rng.bytes(30)).toString('base64');
}

/** Base 32 of RFC 4648 without padding. */
export function encodeBase32(bytes: Uint8Array): string {
  let out = '';
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out += base32Digits.charAt((buffer >> bits) & 31);
    }
    buffer &= (1 << bits) - 1;
  }
  return bits === 0 ? out : out + base32Digits.charAt((buffer << (5 - bits)) & 31);
}
