// Signatures that held once are not computed again: a transaction is verified at the pool's door, and again when its
// block is built. Only positive results are kept, under a hash of all three inputs, so the answer cannot differ.
import { blake2_256, type RuntimeCrypto } from '@cess/crypto';
import { concatBytes } from '@cess/primitives';

/** Two generations of this many entries each. */
const generationSize = 16_384;

/** The same functions with a bounded cache of valid signatures. */
export function withVerificationCache(crypto: RuntimeCrypto): RuntimeCrypto {
  let young = new Set<string>();
  let old = new Set<string>();
  const remember = (scheme: number, verify: RuntimeCrypto['verifyEd25519']): RuntimeCrypto['verifyEd25519'] => {
    return (signature, message, publicKey) => {
      // Include the lengths, so that no two triples produce the same bytes.
      const lengths = Uint8Array.of(scheme, signature.length & 0xff, publicKey.length & 0xff);
      const id = Buffer.from(blake2_256(concatBytes(lengths, signature, publicKey, message))).toString('latin1');
      if (young.has(id) || old.has(id)) return true;
      if (!verify(signature, message, publicKey)) return false;
      if (young.size >= generationSize) {
        old = young;
        young = new Set();
      }
      young.add(id);
      return true;
    };
  };
  return {
    ...crypto,
    verifySr25519: remember(1, crypto.verifySr25519),
    verifyEd25519: remember(2, crypto.verifyEd25519),
  };
}
