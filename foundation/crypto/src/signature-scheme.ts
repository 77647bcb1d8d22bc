// Signatures as a port of the parts that sign and verify blocks and votes, so that a simulator of many nodes can have cheaper ones.
import { createEd25519Signer, verifyEd25519 } from '#ed25519';
import type { Ed25519Signer } from './ed25519-signer.js';

export interface SignatureScheme {
  /** Signer of a 32-byte seed. The same message gives the same signature. */
  createSigner(seed: Uint8Array): Ed25519Signer;
  verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
}

/** The scheme of the chain. */
export const ed25519Scheme: SignatureScheme = { createSigner: createEd25519Signer, verify: verifyEd25519 };
