// The cryptography that the chain's runtime may use: deterministic functions with the same result on every machine.

import { verifyEd25519 } from '#ed25519';
import { sha256 } from '#sha2';
import { blake2_128, blake2_256 } from './blake2.js';
import type { Bls12 } from './bls12.js';
import { createMclBls12 } from './bls12-mcl.js';
import { recoverEcdsa } from './ecdsa.js';
import { nobleSecp256k1 } from './noble-curves.js';
import { verifySr25519 } from './sr25519.js';
import { twox64, twox128 } from './twox.js';
import { vrfVerify } from './vrf.js';

/** All functions are total: they return false or undefined for malformed keys and signatures. */
export interface RuntimeCrypto {
  blake2_256(bytes: Uint8Array): Uint8Array;
  blake2_128(bytes: Uint8Array): Uint8Array;
  twox64(bytes: Uint8Array): Uint8Array;
  twox128(bytes: Uint8Array): Uint8Array;
  sha256(bytes: Uint8Array): Uint8Array;
  verifySr25519(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
  verifyEd25519(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
  /** The output of a VRF proof of this key over the message; undefined if it does not hold. */
  verifyVrf(publicKey: Uint8Array, message: Uint8Array, proof: Uint8Array): Uint8Array | undefined;
  /** 65-byte signature of a 32-byte hash to the compressed 33-byte public key. */
  recoverEcdsa(signature: Uint8Array, messageHash: Uint8Array): Uint8Array | undefined;
  /** Pairings of storage proofs. */
  readonly bls: Bls12;
}

/** Creates its own curve backend. Do not share it between threads. */
export async function createRuntimeCrypto(): Promise<RuntimeCrypto> {
  // Load the module now: block execution must not depend on whether a file can be read.
  nobleSecp256k1();
  const bls = await createMclBls12();
  const verifyVrf: RuntimeCrypto['verifyVrf'] = (key, message, proof) => vrfVerify(key, message, proof);
  return {
    ...{ blake2_256, blake2_128, twox64, twox128, sha256, verifySr25519, verifyEd25519, verifyVrf, recoverEcdsa, bls },
  };
}
