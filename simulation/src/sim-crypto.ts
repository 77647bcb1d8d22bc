// Signatures and VRF of a simulation: keyed hashes, which nobody can make without the seed of the key, because verification looks the seed
// up in a register of all keys. They stand in for ed25519 and the VRF of RFC 9381, which would take most of the time (SI-4).
import type { Vrf } from '@cess/consensus';
import { createEd25519Signer, type SignatureScheme, sha512 } from '@cess/crypto';
import { concatBytes, equalBytes, utf8 } from '@cess/primitives';
import { keyText } from './sorted-store.js';

const signing = utf8('signature');
const proving = utf8('vrf');
/** A proof has 80 bytes; the hash fills the first 64. */
const proofPadding = new Uint8Array(16);

export interface SimCrypto {
  readonly signatures: SignatureScheme;
  readonly vrf: Vrf;
}

/** Over the keys of these seeds; the public keys are those of ed25519. */
export function createSimCrypto(seeds: readonly Uint8Array[]): SimCrypto {
  const publicKeys = seeds.map((seed) => createEd25519Signer(seed).publicKey);
  const seedOf = new Map(publicKeys.map((key, i) => [keyText(key), seeds[i] as Uint8Array]));
  const keyOf = new Map(seeds.map((seed, i) => [keyText(seed), publicKeys[i] as Uint8Array]));
  const sign = (seed: Uint8Array, message: Uint8Array) => sha512(concatBytes(signing, seed, message));
  const prove = (seed: Uint8Array, alpha: Uint8Array) =>
    concatBytes(sha512(concatBytes(proving, seed, alpha)), proofPadding);
  return {
    signatures: {
      createSigner: (seed) => ({
        publicKey: keyOf.get(keyText(seed)) ?? createEd25519Signer(seed).publicKey,
        sign: (message) => sign(seed, message),
      }),
      verify: (signature, message, publicKey) => {
        const seed = seedOf.get(keyText(publicKey));
        return seed !== undefined && equalBytes(signature, sign(seed, message));
      },
    },
    vrf: {
      prove,
      verify: (publicKey, alpha, proof) => {
        const seed = seedOf.get(keyText(publicKey));
        return seed !== undefined && equalBytes(proof, prove(seed, alpha)) ? sha512(proof) : undefined;
      },
      proofToHash: (proof) => sha512(proof),
    },
  };
}
