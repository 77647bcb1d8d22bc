// Ed25519 (RFC 8032) over node:crypto with raw 32-byte seeds and keys. Nodes use no other implementation: libraries disagree
// on non-canonical keys and signatures, and consensus needs the same result everywhere.
import { sign, verify } from 'node:crypto';
import { isSoundEd25519Key } from './ed25519-keys.js';
import type { Ed25519Signer } from './ed25519-signer.js';
import { publicKeyObject, rawPublicKey, secretKeyObject } from './node-keys.js';

/** Signer of a 32-byte seed. Throws `KEY_LENGTH` on another length. */
export function createEd25519Signer(seed: Uint8Array): Ed25519Signer {
  const key = secretKeyObject('ed25519', seed);
  return {
    publicKey: rawPublicKey(key),
    sign: (message) => new Uint8Array(sign(null, message, key)),
  };
}

/** False for an invalid signature, and for malformed signatures and keys and those of small order (ed25519-keys.ts). */
export function verifyEd25519(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== 64 || publicKey.length !== 32 || !isSoundEd25519Key(publicKey)) return false;
  return verify(null, message, publicKeyObject('ed25519', publicKey), signature);
}
