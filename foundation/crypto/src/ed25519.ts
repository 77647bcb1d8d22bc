// Ed25519 (RFC 8032) over node:crypto with raw 32-byte seeds and keys. The only Ed25519 in the project: acceptance of
// odd keys and signatures differs between libraries, and consensus needs one answer everywhere.
import { sign, verify } from 'node:crypto';
import { publicKeyObject, rawPublicKey, secretKeyObject } from './node-keys.js';

/** A signing key that stays in memory as long as its owner needs it. */
export interface Ed25519Signer {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 64-byte signature R ‖ S. */
  sign(message: Uint8Array): Uint8Array;
}

/** Signer of a 32-byte seed. Throws `KEY_LENGTH` on another length. */
export function createEd25519Signer(seed: Uint8Array): Ed25519Signer {
  const key = secretKeyObject('ed25519', seed);
  return {
    publicKey: rawPublicKey(key),
    sign: (message) => new Uint8Array(sign(null, message, key)),
  };
}

/** False for a wrong signature and for bytes that are no signature or no key. */
export function verifyEd25519(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== 64 || publicKey.length !== 32) return false;
  return verify(null, message, publicKeyObject('ed25519', publicKey), signature);
}
