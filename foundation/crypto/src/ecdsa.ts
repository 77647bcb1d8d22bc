// ECDSA over secp256k1 with public key recovery, as Substrate's MultiSignature::Ecdsa: 65 bytes r ‖ s ‖ v over a
// 32-byte message hash, compressed 33-byte keys. Recovery runs on @noble/curves and not on the faster WebAssembly
// module: that one traps on hostile signatures, and 20,000 such traps make it refuse every later call.
import { byteAt, CessError } from '@cess/primitives';
import { keccak256 } from './keccak.js';
import { nobleSecp256k1 } from './noble-curves.js';

export interface EcdsaSigner {
  /** Compressed, 33 bytes. */
  readonly publicKey: Uint8Array;
  /** 65-byte signature of a 32-byte hash, deterministic (RFC 6979), low s. */
  signHash(hash: Uint8Array): Uint8Array;
}

/** Signer of a 32-byte secret key. Throws `KEY_LENGTH` or `KEY_INVALID`. */
export function createEcdsaSigner(secretKey: Uint8Array): EcdsaSigner {
  if (secretKey.length !== 32) {
    throw new CessError('KEY_LENGTH', `An ecdsa secret key is 32 bytes long, this one is ${secretKey.length}.`);
  }
  const { secp256k1 } = nobleSecp256k1();
  if (!secp256k1.utils.isValidSecretKey(secretKey)) {
    throw new CessError(
      'KEY_INVALID',
      'This ecdsa secret key is zero or not below the group order. Create another one.',
    );
  }
  const secret = secretKey.slice();
  return {
    publicKey: secp256k1.getPublicKey(secret, true),
    signHash(hash) {
      assertHash(hash);
      const signature = secp256k1.sign(hash, secret, { prehash: false, format: 'recovered' });
      const out = new Uint8Array(65);
      out.set(signature.subarray(1), 0);
      out[64] = byteAt(signature, 0);
      return out;
    },
  };
}

/** The compressed public key whose signature of the hash this is, undefined if there is none. v may be 0..3 or 27..30. */
export function recoverEcdsa(signature: Uint8Array, messageHash: Uint8Array): Uint8Array | undefined {
  if (signature.length !== 65 || messageHash.length !== 32) return undefined;
  const v = byteAt(signature, 64);
  const recovery = v > 26 ? v - 27 : v;
  if (recovery > 3) return undefined;
  const { secp256k1 } = nobleSecp256k1();
  try {
    return secp256k1.Signature.fromBytes(signature.subarray(0, 64), 'compact')
      .addRecoveryBit(recovery)
      .recoverPublicKey(messageHash)
      .toBytes(true);
  } catch {
    return undefined; // r or s out of range, no point with that x, or the point at infinity
  }
}

/** The address of an account on Ethereum, 20 bytes, from its compressed public key. Throws for a key that is none. */
export function ethereumAddress(publicKey: Uint8Array): Uint8Array {
  const point = nobleSecp256k1().secp256k1.Point.fromBytes(publicKey).toBytes(false);
  return keccak256(point.subarray(1)).subarray(-20);
}

function assertHash(hash: Uint8Array): void {
  if (hash.length !== 32) {
    throw new CessError('KEY_LENGTH', `ecdsa signs a 32-byte hash, this one is ${hash.length} bytes long.`);
  }
}
