// @cess/client/signers: signers of extrinsics from a 32-byte seed.
import { createEd25519Signer, createSr25519Signer } from '@cess/crypto';
import type { ExtrinsicSigner } from '@cess/runtime/declarations';

export function sr25519Account(seed: Uint8Array): ExtrinsicSigner {
  const signer = createSr25519Signer(seed);
  return { account: signer.publicKey, sign: (payload) => ({ type: 'Sr25519', value: signer.sign(payload) }) };
}

export function ed25519Account(seed: Uint8Array): ExtrinsicSigner {
  const signer = createEd25519Signer(seed);
  return { account: signer.publicKey, sign: (payload) => ({ type: 'Ed25519', value: signer.sign(payload) }) };
}
