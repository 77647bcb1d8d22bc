// The randomness beacon (docs/protocol/beacon.md): every header folds the output of its author's VRF into it.
// beacon(n) = SHA-512(beacon(n-1) ‖ VRF output); VRF input = domain ‖ beacon(n-1) ‖ u64 little-endian slot.
import { sha512 } from '@cess/crypto';
import { concatBytes, utf8 } from '@cess/primitives';

const domain = utf8('CESS/r2s-vrf/v1');

/** The VRF functions of RFC 9381 as consensus needs them; `@cess/crypto` has them. */
export interface Vrf {
  prove(secretSeed: Uint8Array, alpha: Uint8Array): Uint8Array;
  /** The output, or undefined when the proof is invalid. */
  verify(publicKey: Uint8Array, alpha: Uint8Array, proof: Uint8Array): Uint8Array | undefined;
  proofToHash(proof: Uint8Array): Uint8Array | undefined;
}

/** The VRF input of the author of `slot`. */
export function vrfInput(previousBeacon: Uint8Array, slot: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, slot, true);
  return concatBytes(domain, previousBeacon, bytes);
}

export function nextBeacon(previousBeacon: Uint8Array, vrfOutput: Uint8Array): Uint8Array {
  return sha512(concatBytes(previousBeacon, vrfOutput));
}
