// Tags of one fragment after another with the keys of an enclave.
import { type Bls12, createEd25519Signer } from '@cess/crypto';
import { invariant } from '@cess/primitives';
import { createFieldKernel, type FragmentIdentity, sigGen } from '@cess/proofs';
import type { TagSetAnswer } from './enclave.js';
import type { EnclaveSecrets } from './sealed-state.js';

export type TagSecrets = Pick<EnclaveSecrets, 'signerSeed' | 'tagSecret'>;

/** Tags of a fragment, or undefined when its root is not that of the identity. The identity names the key of the secrets. */
export function tagComputation(
  bls: Bls12,
  { signerSeed, tagSecret: secret }: TagSecrets,
): (identity: FragmentIdentity, fragment: Uint8Array) => TagSetAnswer | undefined {
  const kernel = createFieldKernel();
  const signer = createEd25519Signer(signerSeed);
  return (identity, fragment) => {
    const tagSet = sigGen({ bls, kernel, secret, signer, identity, fragment });
    if (tagSet.ok) return tagSet.value;
    invariant(tagSet.error === 'ROOT_MISMATCH', 'the request was checked to name the key of this enclave');
    return undefined;
  };
}
