// X25519 (RFC 7748) over node:crypto with raw 32-byte keys.
import { diffieHellman } from 'node:crypto';
import { CessError } from '@cess/primitives';
import { publicKeyObject, rawPublicKey, secretKeyObject } from './node-keys.js';

export interface X25519Pair {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 32 bytes; never leaves the owner. */
  readonly secretKey: Uint8Array;
}

export function x25519PairFromSecret(secretKey: Uint8Array): X25519Pair {
  return { publicKey: rawPublicKey(secretKeyObject('x25519', secretKey)), secretKey: secretKey.slice() };
}

/** The shared secret. Throws `KEY_INVALID` for a public key of small order (all-zero result, RFC 7748 §6.1). */
export function x25519SharedSecret(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  try {
    const shared = diffieHellman({
      privateKey: secretKeyObject('x25519', secretKey),
      publicKey: publicKeyObject('x25519', publicKey),
    });
    return new Uint8Array(shared);
  } catch (cause) {
    throw new CessError(
      'KEY_INVALID',
      'This X25519 public key is not usable. Ask its owner for the right one.',
      {},
      { cause },
    );
  }
}
