// Key objects of node:crypto from raw 32-byte Ed25519 and X25519 keys (DER prefixes of RFC 8410). Importing costs
// more than half of a verification, so public keys are kept in a bounded cache; secret keys exist only in their signer.
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { BoundedCache, CessError, concatBytes, fromHex, toHex } from '@cess/primitives';

export type RawKeyType = 'ed25519' | 'x25519';

const publicPrefixes = {
  ed25519: fromHex('302a300506032b6570032100'),
  x25519: fromHex('302a300506032b656e032100'),
} as const;
const secretPrefixes = {
  ed25519: fromHex('302e020100300506032b657004220420'),
  x25519: fromHex('302e020100300506032b656e04220420'),
} as const;

const publicKeys = new BoundedCache<KeyObject>(4096);

/** The key object of a raw 32-byte public key. Validates the point on first use only. */
export function publicKeyObject(type: RawKeyType, raw: Uint8Array): KeyObject {
  assertRawKey(raw);
  const cacheKey = `${type}:${toHex(raw)}`;
  const cached = publicKeys.get(cacheKey);
  if (cached !== undefined) return cached;
  const der = concatBytes(publicPrefixes[type], raw);
  const key = createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
  publicKeys.set(cacheKey, key);
  return key;
}

/** The key object of a raw 32-byte secret key (Ed25519: the seed of RFC 8032). */
export function secretKeyObject(type: RawKeyType, raw: Uint8Array): KeyObject {
  assertRawKey(raw);
  const der = Buffer.from(concatBytes(secretPrefixes[type], raw));
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}

/** The raw 32-byte public key that belongs to a secret key object. */
export function rawPublicKey(secretKey: KeyObject): Uint8Array {
  const spki = createPublicKey(secretKey).export({ format: 'der', type: 'spki' });
  return new Uint8Array(spki.subarray(spki.length - 32));
}

function assertRawKey(raw: Uint8Array): void {
  if (raw.length !== 32) {
    throw new CessError('KEY_LENGTH', `A raw key is 32 bytes long, this one is ${raw.length}.`, { length: raw.length });
  }
}
