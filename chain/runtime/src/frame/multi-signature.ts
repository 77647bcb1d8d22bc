// Signature checks of extrinsics.
import type { MultiSignature } from '@cess/chain-primitives';
import { blake2_256, type RuntimeCrypto } from '@cess/crypto';
import { equalBytes } from '@cess/primitives';

/** Whether `account` signed `payload`. An ecdsa account is BLAKE2b-256 of the compressed key. */
export function verifyMultiSignature(
  crypto: RuntimeCrypto,
  account: Uint8Array,
  signature: MultiSignature,
  payload: Uint8Array,
): boolean {
  switch (signature.type) {
    case 'Ed25519':
      return crypto.verifyEd25519(signature.value, payload, account);
    case 'Sr25519':
      return crypto.verifySr25519(signature.value, payload, account);
    case 'Ecdsa': {
      const key = crypto.recoverEcdsa(signature.value, blake2_256(payload));
      return key !== undefined && equalBytes(blake2_256(key), account);
    }
  }
}
