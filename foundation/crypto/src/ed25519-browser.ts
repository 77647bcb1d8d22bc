// Ed25519 (RFC 8032) for browsers. It serves clients that verify finality and sign transactions, not consensus. Libraries
// disagree on non-canonical keys and signatures: this one may reject some that the nodes accept, never the reverse.
import { CessError } from '@cess/primitives';
import { ed25519 } from '@noble/curves/ed25519.js';
import { isSoundEd25519Key } from './ed25519-keys.js';
import type { Ed25519Signer } from './ed25519-signer.js';

/** Signer of a 32-byte seed. Throws `KEY_LENGTH` on another length. */
export function createEd25519Signer(seed: Uint8Array): Ed25519Signer {
  if (seed.length !== 32) {
    throw new CessError('KEY_LENGTH', `A raw key is 32 bytes long, this one is ${seed.length}.`, {
      length: seed.length,
    });
  }
  const secret = seed.slice();
  return { publicKey: ed25519.getPublicKey(secret), sign: (message) => ed25519.sign(message, secret) };
}

/** False for an invalid signature, and for malformed signatures and keys and those of small order (ed25519-keys.ts). */
export function verifyEd25519(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== 64 || publicKey.length !== 32 || !isSoundEd25519Key(publicKey)) return false;
  return ed25519.verify(signature, message, publicKey, { zip215: false });
}
