// Signer of extrinsics with an ed25519 key; all that `@cess/client/signers` offers to browsers.
import { createEd25519Signer } from '@cess/crypto';
import type { ExtrinsicSigner } from '@cess/runtime/declarations';

/** The account of a 32-byte seed. */
export function ed25519Account(seed: Uint8Array): ExtrinsicSigner {
  const signer = createEd25519Signer(seed);
  return { account: signer.publicKey, sign: (payload) => ({ type: 'Ed25519', value: signer.sign(payload) }) };
}
