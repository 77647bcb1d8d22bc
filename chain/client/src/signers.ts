// @cess/client/signers: signers of extrinsics from a 32-byte seed. Browsers see signers-browser.ts alone.
import { createSr25519Signer } from '@cess/crypto';
import type { ExtrinsicSigner } from '@cess/runtime/declarations';

export * from './signers-browser.js';

/** The account of a 32-byte seed. */
export function sr25519Account(seed: Uint8Array): ExtrinsicSigner {
  const signer = createSr25519Signer(seed);
  return { account: signer.publicKey, sign: (payload) => ({ type: 'Sr25519', value: signer.sign(payload) }) };
}
