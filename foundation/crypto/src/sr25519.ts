// sr25519: Schnorr signatures over Ristretto255 as Substrate uses them (schnorrkel, context "substrate").
// WebAssembly build of the reference library. Only calls that cannot trap are made: lengths are checked before each,
// because a trap inside the module leaves its stack damaged for all later calls.
import { CessError } from '@cess/primitives';
import { sr25519KeypairFromSeed, sr25519Sign, sr25519Verify } from './sr25519-module.js';

export interface Sr25519Signer {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 64-byte signature; two signatures of one message differ. */
  sign(message: Uint8Array): Uint8Array;
}

/** Signer of a 32-byte mini secret (the seed behind every Substrate account). */
export function createSr25519Signer(seed: Uint8Array): Sr25519Signer {
  if (seed.length !== 32) {
    throw new CessError('KEY_LENGTH', `An sr25519 seed is 32 bytes long, this one is ${seed.length}.`);
  }
  const pair = sr25519KeypairFromSeed(seed);
  const secretKey = pair.slice(0, 64);
  const publicKey = pair.slice(64, 96);
  return { publicKey, sign: (message) => sr25519Sign(publicKey, secretKey, message) };
}

/** False for an invalid signature, and for malformed signatures and keys. */
export function verifySr25519(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== 64 || publicKey.length !== 32) return false;
  return sr25519Verify(signature, message, publicKey);
}
